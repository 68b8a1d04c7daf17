//! What the pages have their readers type and write: run, page by page, each in a folder of its own.

use std::{
    path::{Path, PathBuf},
    process::{self, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use gradus::{config::TrainingConfig, critic::CriticFile};
use gradus_music::{Corpus, midi};

use crate::{
    block::{Block, Command},
    common::{Workplace, files},
    page::{Page, root},
};

/// Pages at a time; each command uses the cores that are left to it.
const READERS: usize = 2;

#[test]
fn the_commands_of_every_page_do_what_it_shows() {
    let pages: Vec<_> = Page::all().into_iter().filter(|page| !page.is_generated()).collect();
    let only = std::env::var("BOOK_PAGE").ok();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if only.as_ref().is_none_or(|only| page.name.starts_with(only)) {
                        let result = std::panic::catch_unwind(|| follow(page));
                        let failure = result.unwrap_or_else(|_| Some(format!("{}: panicked", page.name)));
                        failures.lock().unwrap().extend(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// In the README's commands the program is built by cargo where it is not installed yet, and the trainings are as long as they
/// are: here the one is the program that the tests have built, and the others stop after this many steps.
const STEPS: u64 = 2_048;

#[test]
fn the_commands_of_the_readme_work_in_the_order_given_in_a_fresh_clone() {
    if std::env::var("BOOK_PAGE").is_ok_and(|only| only != "README.md") {
        return;
    }
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let page = Page { name: "../../README.md".to_owned(), text };
    let commands: Vec<_> =
        page.blocks().iter().filter(|block| block.language() == "console").flat_map(Block::commands).collect();
    assert!(commands.len() > 20, "the README shows what can be done");
    let place = Workplace::new();
    copy(&root().join("configs"), &place.path("configs"));
    for (path, config) in files(&place.path("configs")) {
        let shortened = String::from_utf8(config).unwrap().lines().map(shortened).collect::<Vec<_>>().join("\n");
        std::fs::write(path, shortened).unwrap();
    }
    if let Some(failure) = follow_in(&place, &page) {
        panic!("{failure}");
    }
}

/// A line of a config, with fewer steps where it says how many there are.
fn shortened(line: &str) -> String {
    match line.split_once("total-steps = ") {
        Some(("", _)) => format!("total-steps = {STEPS}"),
        _ => line.to_owned(),
    }
}

#[test]
fn every_config_of_a_page_is_one() {
    for page in Page::all() {
        for block in page.blocks().iter().filter(|block| block.language() == "toml") {
            let place = format!("{}:{}", page.name, block.line);
            load(&page, block).unwrap_or_else(|error| panic!("{place}: {error:#}"));
        }
    }
}

#[test]
fn what_is_left_out_says_why() {
    for page in Page::all() {
        for block in page.blocks().iter().filter(|block| block.has("ignore")) {
            let Page { name, .. } = &page;
            assert!(block.above.starts_with("<!-- not run: "), "{name}:{}: say why above it", block.line);
        }
    }
}

/// Does what a page says; what went wrong, if anything did.
fn follow(page: &Page) -> Option<String> {
    let place = Workplace::new();
    copy(&root().join("configs"), &place.path("configs"));
    if page.text.contains("my/midi") {
        lend_music(&place);
    }
    follow_in(&place, page)
}

/// Does what a page says in a place that has what it needs.
fn follow_in(place: &Workplace, page: &Page) -> Option<String> {
    for block in page.blocks() {
        if let Some(name) = block.file() {
            place.write(name, &block.text);
        }
        if block.language() != "console" || block.has("ignore") {
            continue;
        }
        for command in block.commands() {
            if let Some(failure) = try_out(&command, &place.path("")) {
                return Some(format!("{}:{}: {failure}", page.name, command.line));
            }
        }
    }
    None
}

/// What went wrong with a command, if anything did.
fn try_out(command: &Command, folder: &Path) -> Option<String> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_gradus"));
    let mut path = program.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut shell = process::Command::new("sh");
    // On a terminal both streams run together.
    shell
        .arg("-c")
        .arg(format!("exec 2>&1\n{}", command.text.replace("cargo run --release -- ", "gradus ")))
        .current_dir(folder)
        .env("PATH", path)
        .stdin(Stdio::null());
    let output = shell.output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    let problem = match command.missing(&text) {
        _ if !output.status.success() => format!("ended with {}", output.status),
        Some(line) => format!("did not say (in this order)\n  {line}"),
        None => return None,
    };
    Some(format!("$ {}\n{problem}\nbut said\n{text}", command.text))
}

/// Reads a block as the config of a training, or of a critic where it says so, among the files of its page.
fn load(page: &Page, block: &Block) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    // Configs lie beside these.
    copy(&root().join("configs/rewards"), &folder.path().join("rewards"));
    for other in page.blocks() {
        if let Some(name) = other.file() {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            std::fs::write(path, &other.text)?;
        }
    }
    let path = folder.path().join("config.toml");
    std::fs::write(&path, &block.text)?;
    if block.text.contains("[critic") || block.text.contains("[data") {
        CriticFile::load(&path, &[])?;
        return Ok(());
    }
    if block.text.contains("[vary]") {
        // A sweep; the commands below it read it.
        return Ok(());
    }
    let config = TrainingConfig::load(&path, &[])?;
    // What is built on a fitted model or a file of the reader's can be made only where that is.
    if !["model", "init", "corpus ="].iter().any(|word| block.text.contains(word)) {
        config.environment(&config.library())?;
    }
    Ok(())
}

/// Puts some tunes at `my/midi`.
fn lend_music(place: &Workplace) {
    let corpus = Corpus::embedded().unwrap();
    let tunes = corpus.pieces.iter().filter(|piece| piece.collection == "ryans-mammoth");
    for piece in tunes.step_by(10) {
        let name = piece.name.rsplit('/').next().unwrap();
        place.write(&format!("my/midi/{name}.mid"), midi::to_bytes(&piece.score).unwrap());
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
