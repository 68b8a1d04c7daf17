//! The help texts: what they say to type can be typed, and they fit a terminal.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use clap::{Command, CommandFactory};
use common::Workplace;
use gradus::{cli::Cli, config::TrainingConfig, critic::CriticFile};

/// Every command with those below it, each by its whole name.
fn commands() -> Vec<(String, Command)> {
    fn collect(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
        found.push((name.to_owned(), command.clone()));
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            collect(below, &format!("{name} {}", below.get_name()), found);
        }
    }
    let mut program = Cli::command();
    program.build();
    let mut found = Vec::new();
    collect(&program, "gradus", &mut found);
    found
}

fn after_help(command: &Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

/// The examples of a help text, without what a shell does with the output and without a remark behind them.
fn examples(command: &Command) -> Vec<String> {
    let help = after_help(command);
    let examples = help.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| line.starts_with("gradus "));
    let before = |line: &str, mark: &str| line.split(mark).next().unwrap().to_owned();
    examples.map(|line| before(&before(&before(line, " > "), " | "), "  ").trim().to_owned()).collect()
}

#[test]
fn every_example_of_every_help_text_is_accepted_and_names_configs_that_there_are() {
    let mut read = 0;
    for (name, command) in commands() {
        let examples = examples(&command);
        let has_commands = command.has_subcommands() && name != "gradus";
        assert!(has_commands || !examples.is_empty(), "{name} has no example");
        for example in examples {
            read += 1;
            let words: Vec<_> = example.split_whitespace().collect();
            assert!(name == "gradus" || example.starts_with(&name), "{name}: {example}");
            if let Err(error) = Cli::command().try_get_matches_from(&words) {
                panic!("{name}: {example}: {error}");
            }
            let sets = words.windows(2).filter(|pair| pair[0] == "--set").map(|pair| pair[1].to_owned());
            let sets: Vec<_> = sets.collect();
            match words[1..] {
                ["train" | "audit", config, ..] => drop(TrainingConfig::load(Path::new(config), &sets).unwrap()),
                ["critic", "fit", config, ..] => drop(CriticFile::load(Path::new(config), &sets).unwrap()),
                ["sweep", sweep, ..] => {
                    Workplace::new().output(&format!("sweep {} --dry-run", absolute(sweep)));
                }
                _ => {}
            }
        }
    }
    assert!(read > 30, "{read}");
}

/// A config's path from anywhere; a bare name stays what it is.
fn absolute(config: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(config);
    if path.exists() { path.display().to_string() } else { config.to_owned() }
}

#[test]
fn help_is_wrapped_once() {
    for (name, command) in commands() {
        // What is broken into lines in the text would be broken again on a terminal that is narrower than those.
        let help = after_help(&command);
        for paragraph in help.split("\n\n") {
            let lines: Vec<_> = paragraph.lines().collect();
            let is_list = lines.iter().skip(1).all(|line| line.starts_with("  "));
            assert!(is_list, "{name}: a paragraph is one line:\n{paragraph}");
            let list = lines.iter().filter(|line| line.starts_with("  "));
            for line in list {
                assert!(line.chars().count() <= 78, "{name}: too long for 80 columns: {line}");
            }
        }
        for columns in [60, 80, 120] {
            let help = command.clone().term_width(columns).render_long_help().to_string();
            for line in help.lines().filter(|line| line.trim().contains(' ')) {
                assert!(line.chars().count() <= columns, "{name} at {columns}: {line}");
            }
        }
    }
}

/// Commands that report nothing of their own, each with why.
const WITHOUT_JSON: [(&str, &str); 4] = [
    ("gradus train", "the run directory is its report: metrics.jsonl and what eval says"),
    ("gradus schema", "a schema is JSON"),
    ("gradus completions", "a script for a shell"),
    ("gradus man", "a page for a reader of manuals"),
];

/// How each command that reports is called, in an order in which each finds what it needs.
const CALLS: [&str; 19] = [
    "list",
    "check melody",
    "bench --seconds 1 --threads 1",
    "init folder",
    "corpus inspect --corpus midi",
    "score midi/seed-0-01.mid",
    "render midi/seed-0-01.mid",
    "audit tiny.toml --beam 1",
    "compose results/tiny -n 1",
    "eval results/tiny --episodes 4",
    "plot results/tiny",
    "report results/tiny --pieces 3",
    "compare results/tiny",
    "critic fit markov",
    "critic fit markov --resume",
    "critic eval results/critics/markov --stretch 32",
    "critic score results/critics/markov midi/seed-0-01.mid",
    "sweep sweep.toml --dry-run",
    "sweep sweep.toml",
];

#[test]
fn every_command_that_reports_prints_one_document_of_json_and_nothing_else() {
    for (name, command) in commands() {
        let reports = !command.has_subcommands() && !WITHOUT_JSON.iter().any(|(silent, _)| *silent == name);
        let has_json = command.get_arguments().any(|argument| argument.get_id() == "json");
        assert_eq!(reports, has_json, "{name} --json");
        let called = CALLS.iter().any(|call| format!("gradus {call} ").starts_with(&format!("{name} ")));
        assert!(!reports || called, "{name} is not tried here");
    }
    let place = Workplace::new();
    place.write("sweep.toml", "config = \"tiny.toml\"\n[vary]\n\"agent.ppo.clip\" = [0.1, 0.2]\n");
    place.output("train tiny.toml");
    for piece in ["seed-0-01.mid", "seed-0-02.mid"] {
        let bytes = std::fs::read(place.path(&format!("results/tiny/seed-0/compositions/{piece}"))).unwrap();
        place.write(&format!("midi/{piece}"), bytes);
    }
    for call in CALLS {
        let call = call.replace("critic fit markov", "critic fit critics/markov");
        let output = place.gradus(&format!("{call} --json")).env("CLICOLOR_FORCE", "1").output().unwrap();
        let (told, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{call}: {error}");
        let document: Result<serde_json::Value, _> = serde_json::from_str(&told);
        assert!(document.is_ok(), "{call}: {told}");
        assert!(!told.contains('\u{1b}'), "{call} paints its JSON");
    }
}
