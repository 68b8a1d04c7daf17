//! A judged piece as a page of HTML that needs nothing but itself: where each term pays, and how it sounds.

use std::ops::Range;

use askama::Template;
use gradus_envs::Transcribed;
use gradus_music::{
    Note, Score, Tick,
    piano_roll::{self, Options, Step, Value, Values, tint},
};

use super::judged::Judged;
use crate::{page::inline, sound::audio_element};

#[derive(Template)]
#[template(path = "score.html")]
struct Page<'a> {
    config: &'a str,
    pieces: Vec<PieceView>,
    /// The numbers of the views that a piece has at most, from 1.
    views: Vec<usize>,
}

struct PieceView {
    name: String,
    about: String,
    /// Which voice of a file was judged, and why.
    melody: Option<String>,
    /// What was changed for the judgement.
    changes: Vec<String>,
    /// Nothing where there is nothing to hear.
    audio: Option<String>,
    views: Vec<TermView>,
    /// The terms that never pay.
    quiet: String,
    /// Without the bars' names.
    head: Vec<String>,
    bars: Vec<BarSums>,
    whole: Vec<String>,
}

/// A term, or the total, as a piano roll.
struct TermView {
    name: String,
    about: String,
    roll: String,
}

/// What a bar earns.
struct BarSums {
    number: usize,
    /// A term's sum and its colour.
    sums: Vec<(String, String)>,
}

/// A term or the total: its name and what it says of each step.
struct Line {
    name: String,
    eval_only: bool,
    shares: Vec<f64>,
}

/// The page of judged pieces.
pub(super) fn html(judged: &[Judged], config: &str) -> anyhow::Result<String> {
    let pieces: Vec<_> = judged.iter().map(PieceView::new).collect::<Result<_, _>>()?;
    let most = pieces.iter().map(|piece| piece.views.len()).max().unwrap_or(0);
    Ok(Page { config, pieces, views: (1..=most).collect() }.render()?)
}

impl PieceView {
    fn new(judged: &Judged) -> anyhow::Result<Self> {
        let Judged { judgement, score, .. } = judged;
        let (lines, quiet) = lines(judged);
        let notes = score.notes().count();
        let total = signed(judgement.total());
        Ok(Self {
            name: judged.name.clone(),
            about: format!("{}; {} steps, {notes} notes, total {total}", judged.about(), judgement.steps.len()),
            melody: judged.melody.clone(),
            changes: judged.changes(),
            audio: audio_element(score)?,
            views: lines.iter().map(|line| TermView::new(judged, line, &lines)).collect(),
            quiet: quiet.join(", "),
            head: lines.iter().map(Line::title).collect(),
            bars: bars(judged, &lines),
            whole: lines.iter().map(|line| signed(line.shares.iter().sum())).collect(),
        })
    }
}

/// The total and the terms that pay anywhere, and the names of the others.
fn lines(judged: &Judged) -> (Vec<Line>, Vec<&str>) {
    let steps = &judged.judgement.steps;
    let total = steps.iter().map(|step| f64::from(step.total)).collect();
    let mut lines = vec![Line { name: "total".to_owned(), eval_only: false, shares: total }];
    let mut quiet = Vec::new();
    for (term, name) in judged.judgement.terms.iter().enumerate() {
        let shares: Vec<_> = steps.iter().map(|step| f64::from(step.shares[term])).collect();
        if shares.iter().any(|share| *share != 0.0) {
            lines.push(Line { name: name.clone(), eval_only: judged.measured_only[term], shares });
        } else {
            quiet.push(name.as_str());
        }
    }
    (lines, quiet)
}

impl Line {
    fn title(&self) -> String {
        if self.eval_only { format!("{} (measured only)", self.name) } else { self.name.clone() }
    }
}

impl TermView {
    fn new(judged: &Judged, line: &Line, lines: &[Line]) -> Self {
        let score = &judged.score;
        let note_value = |note: &Note| {
            let steps = judged.steps_of(note);
            let words = format!(
                "{}, {} to {}: {}",
                judged.key.spell(note.pitch),
                judged.place(note.start),
                judged.place(note.end()),
                explained(line, lines, &steps)
            );
            Value { value: line.sum(&steps), words }
        };
        let step_value = |(index, step): (usize, &Transcribed)| {
            let (from, to) = judged.span(step);
            let event = judged.event_name(step);
            let words = format!("{}, {event}: {}", judged.place(from), explained(line, lines, &(index..index + 1)));
            Step { from, to, value: Value { value: line.shares[index], words } }
        };
        let notes: Vec<_> = score.pitched_notes().map(note_value).collect();
        let steps: Vec<_> = judged.transcript.steps.iter().enumerate().map(step_value).collect();
        let most = |values: &mut dyn Iterator<Item = &Value>| values.map(|value| value.value.abs()).fold(0.0, f64::max);
        let most = (most(&mut notes.iter()), most(&mut steps.iter().map(|step| &step.value)));
        let rested: f64 = line.shares.iter().sum::<f64>() - notes.iter().map(|note| note.value).sum::<f64>();
        let about = format!(
            "The notes earn {}, the rests {}. Fullest colour: {:.2} a note; highest bar: {:.2} a step.",
            signed(line.shares.iter().sum::<f64>() - rested),
            signed(rested),
            most.0,
            most.1
        );
        let values = Values { notes, steps, most };
        let titled = Score { title: Some(line.title()), ..score.clone() };
        let options = Options { width: 720.0, row: 8.0, beats_per_line: 16.0 };
        let roll = inline(&piano_roll::svg_of_values(&titled, &options, &values));
        Self { name: format!("{} {}", line.title(), signed(line.shares.iter().sum())), about, roll }
    }
}

impl Line {
    fn sum(&self, steps: &Range<usize>) -> f64 {
        self.shares[steps.clone()].iter().sum()
    }
}

/// What some steps earn, and for the total, by which terms.
fn explained(line: &Line, lines: &[Line], steps: &Range<usize>) -> String {
    let sum = signed(line.sum(steps));
    if line.name != lines[0].name {
        return sum;
    }
    let parts =
        lines[1..].iter().filter(|part| !part.eval_only && part.shares[steps.clone()].iter().any(|x| *x != 0.0));
    let parts: Vec<_> = parts.map(|part| format!("{} {}", part.name, signed(part.sum(steps)))).collect();
    if parts.is_empty() { sum } else { format!("{sum} ({})", parts.join(", ")) }
}

fn bars(judged: &Judged, lines: &[Line]) -> Vec<BarSums> {
    let steps = &judged.transcript.steps;
    let begun = |at: Tick| steps.partition_point(|step| judged.span(step).0 < at);
    let all: Vec<(usize, Vec<f64>)> = judged
        .bars
        .iter()
        .map(|bar| (bar.number, begun(bar.start)..begun(bar.end)))
        .filter(|(_, steps)| !steps.is_empty())
        .map(|(number, steps)| (number, lines.iter().map(|line| line.sum(&steps)).collect()))
        .collect();
    // Each column has a scale of its own, as each roll has.
    let most: Vec<f64> =
        (0..lines.len()).map(|line| all.iter().map(|(_, sums)| sums[line].abs()).fold(0.0, f64::max)).collect();
    let sums =
        |sums: &Vec<f64>| sums.iter().zip(&most).map(|(&sum, most)| (signed(sum), tint(sum, most * 2.5))).collect();
    all.iter().map(|(number, bar)| BarSums { number: *number, sums: sums(bar) }).collect()
}

/// With a sign, unless it rounds to zero.
fn signed(value: f64) -> String {
    let text = format!("{value:+.2}");
    if text.trim_start_matches(['+', '-']) == "0.00" { "0.00".to_owned() } else { text }
}
