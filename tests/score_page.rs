//! The page of `gradus score`: it tells what the JSON tells, where it happens.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;
use serde_json::Value;

/// Eight bars of a melody: a repeated note, a rest, and a scale.
const TOKENS: &str = "[[14, 1, 1, 1, 14, 1, 14, 1, 14, 1, 14, 1, 14, 14, 14, 14, 0, 1, 1, 1, 1, 1, 1, 1, \
                      16, 1, 18, 1, 19, 1, 21, 1]]";

/// The cells of the table of bars, row by row; the first of a row is its name.
fn bars(page: &str) -> Vec<Vec<String>> {
    let table = page.split("Sums of the bars").nth(1).unwrap().split("</table>").next().unwrap();
    let rows = table.split("<tr>").skip(1).map(|row| row.split("</tr>").next().unwrap());
    let cell = |cell: &str| cell.rsplit('>').next().unwrap().to_owned();
    rows.map(|row| {
        let row = row.replace("</td>", "</th>");
        row.split("</th>").filter(|part| !part.is_empty()).map(cell).collect()
    })
    .collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

#[test]
fn the_sums_of_the_bars_are_those_of_the_steps() {
    let place = Workplace::new();
    place.write("piece.json", TOKENS);
    let report = place.json("score --tokens piece.json --json --html pages/piece.html");
    let page = std::fs::read_to_string(place.path("pages/piece.html")).unwrap();
    let rows = bars(&page);
    let (head, rows) = rows.split_first().unwrap();
    let (whole, rows) = rows.split_last().unwrap();
    let steps = report[0]["steps"].as_array().unwrap();

    assert_eq!(rows.len(), steps.len() / 16, "sixteen steps a bar");
    assert_eq!(head[1], "total");
    for (column, term) in head.iter().enumerate().skip(1) {
        let of = |step: &Value| {
            let share = if term == "total" { &step["total"] } else { &step["terms"][term] };
            share.as_f64().unwrap()
        };
        for (bar, row) in rows.iter().enumerate() {
            let sum: f64 = steps[bar * 16..(bar + 1) * 16].iter().map(of).sum();
            assert!((number(&row[column]) - sum).abs() < 0.00501, "{term} in bar {}", bar + 1);
        }
        let total = if term == "total" { &report[0]["total"] } else { &report[0]["totals"][term] };
        assert!((number(&whole[column]) - total.as_f64().unwrap()).abs() < 0.00501, "{term}");
    }
    // A term either has a column, or pays nothing and is named as such.
    let quiet = page.split("pay nothing here: ").nth(1).unwrap().split(".</p>").next().unwrap();
    for (term, total) in report[0]["totals"].as_object().unwrap() {
        let pays = steps.iter().any(|step| step["terms"][term] != 0.0);
        assert_eq!(head.contains(term), pays, "{term}");
        assert_eq!(quiet.split(", ").any(|name| name == term), !pays, "{term} {total}");
    }
}

#[test]
fn every_term_that_pays_has_a_roll_and_each_note_and_rest_tells_what_it_earns() {
    let place = Workplace::new();
    place.write("piece.json", TOKENS);
    let report = place.json("score --tokens piece.json --json --html piece.html");
    let page = std::fs::read_to_string(place.path("piece.html")).unwrap();
    let terms = bars(&page)[0].len() - 1;
    assert!(terms > 3, "{terms}");
    assert_eq!(page.matches("<svg").count(), terms);
    assert_eq!(page.matches("class=\"pick\"").count(), terms);
    assert_eq!(page.matches("<audio").count(), 1);

    let steps = report[0]["steps"].as_array().unwrap();
    let total = |range: std::ops::Range<usize>| -> f64 {
        steps[range].iter().map(|step| step["total"].as_f64().unwrap()).sum()
    };
    let said = |words: &str| {
        let after = page.split(words).nth(1).unwrap_or_else(|| panic!("nothing about {words}"));
        number(after.trim_start().split([' ', '\n', '<']).next().unwrap())
    };
    assert!((said("C4, 1.1 to 1.2:") - total(0..4)).abs() < 0.00501);
    assert!((said("G4, 2.4+1/2 to 3.1:") - total(30..32)).abs() < 0.00501);
    // Somewhere in the rest there is a step that earns something, or loses it.
    let rest = (16..24).find(|&step| total(step..step + 1).abs() > 0.01).unwrap();
    let fraction = ["", "+1/4", "+1/2", "+3/4"][rest % 4];
    let event = if rest == 16 { "rest" } else { "-" };
    let place = format!("{}.{}{fraction}, {event}:", rest / 16 + 1, rest / 4 % 4 + 1);
    assert!((said(&place) - total(rest..rest + 1)).abs() < 0.00501);
}

#[test]
fn a_page_is_not_overwritten_and_needs_nothing_outside() {
    let place = Workplace::new();
    place.write("piece.json", TOKENS);
    place.write("silence.json", "[[0, 1, 1, 1]]");
    place.write("piece.html", "mine");
    let error = place.error("score --tokens piece.json --html piece.html");
    assert!(error.contains("piece.html") && error.contains("--force"), "{error}");
    assert_eq!(std::fs::read(place.path("piece.html")).unwrap(), b"mine");
    let said = place.output("score --tokens piece.json --html piece.html --force");
    assert!(said.contains("page: piece.html"), "{said}");
    let page = std::fs::read_to_string(place.path("piece.html")).unwrap();
    assert!(!page.contains("http") && !page.contains("<script"), "no address and no program");
    place.output("score --tokens silence.json --html silence.html");
    assert!(std::fs::read_to_string(place.path("silence.html")).unwrap().contains("nothing to hear"));
}
