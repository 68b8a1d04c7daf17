//! The reference: a page for every environment, reward term, algorithm, critic and plot, from their own documentation.

mod plots;
mod settings;
mod source;

use std::{fs, path::PathBuf, sync::LazyLock};

use gradus::config::TrainingConfig;
use gradus_agents::AgentConfig;
use gradus_envs::{EnvironmentConfig, Library, registry::Entry, rewards::RewardConfig};
use gradus_models::critics::CriticConfig;
use serde_json::Value;

use crate::{
    common::files,
    page::{Page, root, sources},
};
use source::Source;

/// A folder of the reference.
struct Kind {
    /// Its name.
    folder: &'static str,
    /// What its things are called in the contents.
    title: &'static str,
    /// What one is.
    one: &'static str,
    /// Its things.
    entries: &'static [Entry],
    /// What stands in a config above the name of a thing.
    table: &'static str,
}

const KINDS: [Kind; 4] = [
    Kind {
        folder: "environments",
        title: "Environments",
        one: "An environment",
        entries: EnvironmentConfig::ENTRIES,
        table: "env",
    },
    Kind {
        folder: "rewards",
        title: "Reward terms",
        one: "A reward term",
        entries: RewardConfig::ENTRIES,
        table: "[reward]",
    },
    Kind {
        folder: "algorithms",
        title: "Algorithms",
        one: "An algorithm",
        entries: AgentConfig::ENTRIES,
        table: "agent",
    },
    Kind { folder: "critics", title: "Critics", one: "A critic", entries: CriticConfig::ENTRIES, table: "critic" },
];

#[test]
fn the_reference_is_what_the_code_says() {
    let pages = pages();
    let update = std::env::var_os("UPDATE_BOOK").is_some();
    let mut stale = Vec::new();
    for (name, text) in &pages {
        let path = sources().join(name);
        if fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        stale.push(name.clone());
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    for page in Page::all().into_iter().filter(Page::is_generated) {
        if !pages.iter().any(|(name, _)| *name == page.name) {
            if update {
                fs::remove_file(sources().join(&page.name)).unwrap();
            }
            stale.push(page.name);
        }
    }
    assert!(update || stale.is_empty(), "{stale:?} are out of date; UPDATE_BOOK=1 cargo test --test book renews them");
}

/// Every generated page, by its path from `docs/src`: the reference, and the contents with the reference in them.
fn pages() -> Vec<(String, String)> {
    let mut contents = String::new();
    let mut pages = Vec::new();
    for kind in &KINDS {
        contents += &listed(kind.folder, kind.title, kind.entries.iter().map(|entry| (entry.name, entry.summary)));
        for entry in kind.entries {
            pages.push((format!("reference/{}/{}.md", kind.folder, entry.name), page(kind, entry)));
        }
        pages.push((overview_path(kind.folder), overview(kind)));
    }
    contents += &listed("plots", "Plots", gradus::plots::PLOTS.iter().map(|plot| (plot.name, plot.summary)));
    pages.extend(plots::pages());
    pages.push(("SUMMARY.md".to_owned(), with_reference(&contents)));
    pages
}

/// The lines of a kind in the table of contents.
fn listed<'a>(folder: &str, title: &str, things: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let things = things.map(|(name, _)| format!("  - [`{name}`](reference/{folder}/{name}.md)\n"));
    format!("- [{title}]({})\n{}", overview_path(folder), things.collect::<String>())
}

fn overview_path(folder: &str) -> String {
    format!("reference/{folder}/README.md")
}

/// The table of contents as it is, its reference written anew.
fn with_reference(contents: &str) -> String {
    const MARK: &str = "# Reference\n";
    let summary = fs::read_to_string(sources().join("SUMMARY.md")).unwrap();
    let (before, _) = summary.split_once(MARK).expect("SUMMARY.md has a heading `# Reference`");
    format!("{before}{MARK}\n{contents}")
}

/// All things of a kind with a line about each.
fn overview(kind: &Kind) -> String {
    let rows = kind
        .entries
        .iter()
        .map(|Entry { name, summary, .. }| format!("| [`{name}`]({name}.md) | {} |\n", summary.replace('|', "\\|")));
    let name = kind.title;
    let list = match kind.folder {
        "environments" => "envs",
        "algorithms" => "agents",
        other => other,
    };
    format!(
        "{MARK}# {name}\n\n`gradus list {list}` shows the same.\n\n| name | what it is |\n|---|---|\n{}",
        rows.collect::<String>()
    )
}

const MARK: &str = "<!-- Written by `UPDATE_BOOK=1 cargo test --test book` from the code's own documentation. -->\n\n";

/// The page of a registered thing.
fn page(kind: &Kind, entry: &Entry) -> String {
    let Entry { name, summary, .. } = entry;
    let source = Source::of((entry.path)());
    let schema: Value = (entry.settings)().into();
    let mut text = format!("{MARK}# `{name}`\n\n{}: {summary}.\n\n{}", kind.one, source.documentation());
    let settings = settings::table(&schema);
    text += "\n## Settings\n\n";
    text += &if settings.is_empty() { "None.\n".to_owned() } else { settings };
    text += &format!("\nIn a config, every setting at its default:\n\n```toml\n{}```\n", written(kind, entry));
    if kind.folder == "rewards" {
        text += &places(name);
    }
    let configs = configs_with(kind, name);
    if !configs.is_empty() {
        text += &format!("\nConfigs that have it: {}.\n", configs.join(", "));
    }
    format!("{text}\nSource: `{}`.\n", source.file())
}

/// The thing with its default settings, as in a config.
fn written(kind: &Kind, entry: &Entry) -> String {
    let settings = match kind.folder {
        "environments" => defaults(&EnvironmentConfig::defaults(), entry.name),
        "rewards" => defaults(&RewardConfig::defaults(), entry.name),
        "algorithms" => defaults(&AgentConfig::defaults(), entry.name),
        _ => defaults(&CriticConfig::defaults(), entry.name),
    };
    if kind.folder == "rewards" {
        let settings = settings[entry.name].as_table().unwrap();
        let pair = |(key, value): (&String, &toml::Value)| match key.as_str() {
            // The default is a sample's whole text; a config names the file.
            "source" => "file = \"rewards/leap.rhai\"".to_owned(),
            _ => format!("{key} = {}", inline(value)),
        };
        let pairs: Vec<_> = settings.iter().map(pair).collect();
        let place = placements(entry.name).next().filter(|place| place.env != "melody").map(|place| place.table);
        let place = place.map(|table| format!("{table}\n")).unwrap_or_default();
        return format!("{place}[[reward]]\n{} = {{ {} }}\n", entry.name, pairs.join(", "));
    }
    let table = toml::Table::from_iter([(kind.table.to_owned(), toml::Value::Table(settings))]);
    shortest_floats(&toml::to_string(&table).unwrap())
}

fn defaults<C: serde::Serialize>(all: &[C], name: &str) -> toml::Table {
    let mut tables = all.iter().map(|config| toml::Table::try_from(config).unwrap());
    tables.find(|table| table.contains_key(name)).unwrap()
}

/// An environment that composes, as a config names it.
struct Placement {
    env: &'static str,
    /// What makes it so, for those who read.
    about: &'static str,
    table: &'static str,
}

const PLACEMENTS: [Placement; 3] = [
    Placement { env: "melody", about: "", table: "[env.melody]\n" },
    Placement { env: "phrase", about: "", table: "[env.phrase]\n" },
    Placement { env: "phrase", about: " with `duration = \"free\"`", table: "[env.phrase]\nduration = \"free\"\n" },
];

/// The environments whose pieces a term can judge, as far as it can be made without a fitted model.
fn placements(term: &str) -> impl Iterator<Item = &'static Placement> {
    static LIBRARY: LazyLock<Library> = LazyLock::new(Library::embedded);
    let term = RewardConfig::defaults().into_iter().find(|other| other.name() == term).unwrap();
    PLACEMENTS.iter().filter(move |place| {
        let config: TrainingConfig = toml::from_str(place.table).unwrap();
        term.config().is_ready() && config.env.config().build(std::slice::from_ref(&term), &LIBRARY).is_ok()
    })
}

/// Where a term can be used.
fn places(term: &str) -> String {
    let mut named: Vec<&Placement> = Vec::new();
    for place in placements(term) {
        // What serves as it is need not be made so.
        if !named.iter().any(|other| other.env == place.env) {
            named.push(place);
        }
    }
    if named.is_empty() {
        return String::new();
    }
    let named: Vec<_> =
        named.iter().map(|place| format!("[`{0}`](../environments/{0}.md){1}", place.env, place.about)).collect();
    format!("\nIt can judge the pieces of {}.\n", named.join(" and "))
}

/// A value within a line.
fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::Table(table) => {
            let pairs: Vec<_> = table.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => shortest_floats(&other.to_string()),
    }
}

/// Numbers that came from single precision, with no more digits than they have.
fn shortest_floats(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let mut shortened = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        let end = rest[start..].find(|c| !is_digit(c)).map_or(rest.len(), |length| start + length);
        let number = &rest[start..end];
        shortened += &rest[..start];
        shortened += &match number.parse::<f64>() {
            Ok(value) if number.len() > 12 && number.contains('.') => settings::shortest(value),
            _ => number.to_owned(),
        };
        rest = &rest[end..];
    }
    shortened + rest
}

/// The configs in which the thing stands.
fn configs_with(kind: &Kind, name: &str) -> Vec<String> {
    let configs = files(&root().join("configs")).into_iter().filter_map(|(path, contents)| {
        let table: toml::Table = toml::from_str(std::str::from_utf8(&contents).ok()?).ok()?;
        let has = |value: &toml::Value| value.as_table().is_some_and(|table| table.contains_key(name));
        let has = match kind.table {
            "[reward]" => table.get("reward")?.as_array()?.iter().any(has),
            key => has(table.get(key)?),
        };
        has.then(|| format!("`{}`", path.strip_prefix(root()).unwrap().display()))
    });
    configs.collect()
}

/// The path of a crate's sources.
fn room(name: &str) -> PathBuf {
    root().join(name.strip_prefix("gradus_").unwrap_or("")).join("src")
}
