//! Where a registered thing is written down, and what its source says of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, Expr, Item, Lit, Meta, Type};

use super::room;
use crate::page::root;

/// The traits whose implementors carry the documentation of what is registered.
const TRAITS: [&str; 3] = ["Env", "RewardTerm", "Dynamics"];

/// The source of a registered thing.
pub(super) struct Source {
    /// The module's file.
    path: PathBuf,
    /// Its documentation, that of the module and that of the type that does the work.
    parts: Vec<String>,
}

impl Source {
    /// The source of the thing whose settings are the type `path`, such as `Weighted<gradus_envs::rewards::leap::Config>`;
    /// what stands within the last pair of brackets counts.
    pub(super) fn of(path: &str) -> Self {
        let path = path.rsplit('<').next().unwrap().trim_end_matches('>');
        let mut modules: Vec<_> = path.split("::").collect();
        let room = room(modules.remove(0));
        modules.pop();
        if modules.last() == Some(&"config") {
            modules.pop();
        }
        let stem = room.join(modules.join("/"));
        let candidates = [stem.with_extension("rs"), stem.join("mod.rs")];
        let path = candidates.into_iter().find(|path| path.exists()).expect("a module is a file");
        let mut parts = vec![documentation(&parsed(&path).attrs)];
        let items: Vec<_> = files_of(&path).iter().flat_map(|path| parsed(path).items).collect();
        let workers = items.iter().filter_map(worker);
        parts.extend(workers.filter_map(|name| items.iter().find_map(|item| struct_documentation(item, &name))));
        Self { path, parts }
    }

    /// The file, from the repository's root.
    pub(super) fn file(&self) -> String {
        relative(&self.path)
    }

    /// The documentation as markdown: each of its headings begins a paragraph.
    pub(super) fn documentation(&self) -> String {
        self.parts.iter().map(|part| paragraphs(part)).collect::<Vec<_>>().join("\n")
    }
}

/// The files of a module: itself, and those beside it where it is a folder.
fn files_of(module: &Path) -> Vec<PathBuf> {
    if !module.ends_with("mod.rs") {
        return vec![module.to_owned()];
    }
    let entries = fs::read_dir(module.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect();
    files.sort();
    files
}

fn parsed(path: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The documentation of a plot: that of its module and of its function `draw`.
pub(super) fn plot_documentation(file: &str) -> String {
    let file = parsed(&root().join(file));
    let draw = file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == "draw" => Some(documentation(&function.attrs)),
        _ => None,
    });
    format!("{}\n{}", paragraphs(&documentation(&file.attrs)), paragraphs(&draw.unwrap_or_default()))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// The type that does the work, where an item gives it one of [`TRAITS`].
fn worker(item: &Item) -> Option<String> {
    let Item::Impl(block) = item else { return None };
    let (path, _) = block.trait_.as_ref()?;
    let Type::Path(of) = &*block.self_ty else { return None };
    TRAITS.iter().any(|name| path.segments.last().is_some_and(|last| last.ident == name)).then_some(())?;
    Some(of.path.segments.last()?.ident.to_string())
}

fn struct_documentation(item: &Item, name: &str) -> Option<String> {
    let Item::Struct(item) = item else { return None };
    (item.ident == name).then(|| documentation(&item.attrs))
}

/// The lines of a doc comment, without the space before each.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(value) => match &value.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned() + "\n").collect()
}

/// The text with a paragraph for each `**Heading**`, and links to code as the code's name.
fn paragraphs(text: &str) -> String {
    let mut markdown = String::new();
    for line in text.lines() {
        let line = without_code_links(line);
        let mut rest = line.as_str();
        while !rest.is_empty() {
            let end = rest.find(". **").map_or(rest.len(), |at| at + 1);
            if rest.starts_with("**") && !markdown.is_empty() && !markdown.ends_with("\n\n") {
                markdown.push('\n');
            }
            markdown += &rest[..end];
            markdown.push('\n');
            rest = rest[end..].trim_start();
        }
        if line.is_empty() {
            markdown.push('\n');
        }
    }
    markdown
}

/// The line with `` [`Name`](path) `` and `` [`Name`] `` as `` `Name` ``; links to the web stay.
fn without_code_links(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("[`") {
        let Some(end) = rest[start..].find("`]").map(|length| start + length) else { break };
        text += &rest[..start];
        text += &rest[start + 1..=end];
        rest = &rest[end + 2..];
        if let Some(target) = rest.strip_prefix('(') {
            rest = target.split_once(')').map_or(target, |(_, behind)| behind);
        }
    }
    text + rest
}

#[test]
fn each_heading_begins_a_paragraph_and_links_to_code_are_its_names() {
    let text = "Leaps.\n**Range**: 0 to `a`. **Source**: [`Old`](x::Old), p. 4\nor **more**.\n";
    let expected = "Leaps.\n\n**Range**: 0 to `a`.\n\n**Source**: `Old`, p. 4\nor **more**.\n";
    assert_eq!(paragraphs(text), expected);
}
