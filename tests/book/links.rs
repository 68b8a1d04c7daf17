//! Every link of the book leads somewhere, and every page can be reached.

use std::{collections::BTreeSet, path::Path};

use crate::page::{Page, root, sources};

/// Where there are documents beside the book.
const FOLDERS: [&str; 9] =
    ["", "benches", "benches/peers", "configs", "configs/rewards", "corpus", "fuzz", "results", "results/reference"];

#[test]
fn every_link_leads_to_a_file() {
    let mut lost = Vec::new();
    for page in Page::all() {
        for target in targets(&page.text) {
            let path = target.split('#').next().unwrap();
            let folder = sources().join(&page.name).parent().unwrap().to_owned();
            if !path.is_empty() && !folder.join(path).exists() {
                lost.push(format!("{}: {target}", page.name));
            }
        }
    }
    assert!(lost.is_empty(), "links that lead nowhere:\n{}", lost.join("\n"));
}

#[test]
fn every_link_beside_the_book_leads_to_a_file() {
    let mut lost = Vec::new();
    let mut read = 0;
    for folder in FOLDERS.map(|folder| root().join(folder)) {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "md") {
                continue;
            }
            read += 1;
            for target in targets(&std::fs::read_to_string(&path).unwrap()) {
                let file = target.split('#').next().unwrap();
                if !file.is_empty() && !folder.join(file).exists() {
                    lost.push(format!("{}: {target}", path.display()));
                }
            }
        }
    }
    assert!(read > FOLDERS.len() && lost.is_empty(), "links that lead nowhere:\n{}", lost.join("\n"));
}

#[test]
fn every_link_within_a_page_leads_to_a_heading() {
    let mut lost = Vec::new();
    for page in Page::all() {
        for target in targets(&page.text) {
            let Some((path, anchor)) = target.split_once('#') else { continue };
            let place = if path.is_empty() { sources().join(&page.name) } else { folder(&page).join(path) };
            let text = std::fs::read_to_string(place).unwrap_or_default();
            if !text.lines().filter_map(heading).any(|heading| heading == anchor) {
                lost.push(format!("{}: {target}", page.name));
            }
        }
    }
    assert!(lost.is_empty(), "links to headings that are not there:\n{}", lost.join("\n"));
}

#[test]
fn the_contents_name_every_page_once() {
    let contents = std::fs::read_to_string(sources().join("SUMMARY.md")).unwrap();
    let named = targets(&contents);
    let distinct: BTreeSet<_> = named.iter().map(String::as_str).collect();
    assert_eq!(distinct.len(), named.len(), "SUMMARY.md names a page twice");
    let pages = Page::all();
    let there: BTreeSet<_> = pages.iter().map(|page| page.name.as_str()).filter(|name| *name != "SUMMARY.md").collect();
    assert_eq!(distinct, there, "left: the pages that SUMMARY.md names; right: those there are");
}

fn folder(page: &Page) -> std::path::PathBuf {
    sources().join(&page.name).parent().unwrap_or(Path::new("")).to_owned()
}

/// Where the links and pictures of a page lead within the repository.
fn targets(markdown: &str) -> Vec<String> {
    let mut fenced = false;
    let mut targets = Vec::new();
    for line in markdown.lines() {
        fenced ^= line.starts_with("```");
        if fenced {
            continue;
        }
        for part in line.split("](").skip(1) {
            let target = part.split([')', ' ']).next().unwrap();
            if !target.contains("://") {
                targets.push(target.to_owned());
            }
        }
    }
    targets
}

/// The anchor that mdBook gives a heading.
fn heading(line: &str) -> Option<String> {
    let text = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect())
}
