//! A judged piece as a page of HTML that needs nothing but itself: where each term pays, and how it sounds.

use std::ops::Range;

use askama::Template;
use gradus_music::{
    GridNote, Score, Tempo,
    piano_roll::{self, Options, Step, Value, Values, tint},
};

use super::{Judged, name, place, token_name};
use crate::{
    number::{number, signed},
    page::inline,
    sound::audio_element,
};

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
pub(super) fn html(judged: &[Judged<'_>], config: &str, tempo: f64) -> anyhow::Result<String> {
    let tempo = Tempo::from_bpm(tempo)?;
    let pieces: Vec<_> = judged
        .iter()
        .enumerate()
        .map(|(number, judged)| PieceView::new(judged, name(&judged.piece.name, number), tempo))
        .collect::<Result<_, _>>()?;
    let most = pieces.iter().map(|piece| piece.views.len()).max().unwrap_or(0);
    Ok(Page { config, pieces, views: (1..=most).collect() }.render()?)
}

impl PieceView {
    fn new(judged: &Judged<'_>, name: String, tempo: Tempo) -> anyhow::Result<Self> {
        let Judged { piece, judgement, setting, .. } = judged;
        let score = setting.vocabulary.score(&piece.tokens, setting.grid, setting.meter, Some(setting.key), tempo);
        let (lines, quiet) = lines(judged);
        let notes = setting.vocabulary.decode(&piece.tokens);
        let views = lines.iter().map(|line| TermView::new(judged, &score, &notes, line, &lines));
        let bars = bars(&lines, setting.steps_per_bar());
        Ok(Self {
            about: format!("{} steps, {} notes, total {}", piece.tokens.len(), notes.len(), signed(judgement.total())),
            name,
            audio: audio_element(&score)?,
            views: views.collect(),
            quiet: quiet.join(", "),
            head: lines.iter().map(Line::title).collect(),
            bars,
            whole: lines.iter().map(|line| signed(line.shares.iter().sum())).collect(),
        })
    }
}

/// The total and the terms that pay anywhere, and the names of the others.
fn lines<'a>(judged: &'a Judged<'_>) -> (Vec<Line>, Vec<&'a str>) {
    let steps = &judged.judgement.steps;
    let total = steps.iter().map(|step| f64::from(step.total)).collect();
    let mut lines = vec![Line { name: "total".to_owned(), eval_only: false, shares: total }];
    let mut quiet = Vec::new();
    for (term, name) in judged.judgement.terms.iter().enumerate() {
        let shares: Vec<_> = steps.iter().map(|step| f64::from(step.shares[term])).collect();
        if shares.iter().any(|share| *share != 0.0) {
            lines.push(Line { name: name.clone(), eval_only: judged.rewards.is_eval_only(term), shares });
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
    fn new(judged: &Judged<'_>, score: &Score, notes: &[GridNote], line: &Line, lines: &[Line]) -> Self {
        let setting = &judged.setting;
        let steps_per_beat = setting.steps_per_beat();
        let note_value = |note: &GridNote| {
            let steps = note.start as usize..(note.start + note.length) as usize;
            let words = format!(
                "{}, {}, beat {}: {}",
                note.pitch,
                stretch(&steps),
                place(steps.start, steps_per_beat),
                explained(line, lines, &steps)
            );
            Value { value: line.sum(&steps), words }
        };
        let step_value = |step: usize| {
            let token = token_name(judged.judgement.steps[step].token.0, setting.vocabulary.low());
            let words = format!(
                "step {step}, beat {}, {token}: {}",
                place(step, steps_per_beat),
                explained(line, lines, &(step..step + 1))
            );
            let tick = |step: usize| setting.grid.tick(step as u32, score.resolution);
            Step { from: tick(step), to: tick(step + 1), value: Value { value: line.shares[step], words } }
        };
        let notes: Vec<_> = notes.iter().map(note_value).collect();
        let steps: Vec<_> = (0..line.shares.len()).map(step_value).collect();
        let most = |values: &mut dyn Iterator<Item = &Value>| values.map(|value| value.value.abs()).fold(0.0, f64::max);
        let most = (most(&mut notes.iter()), most(&mut steps.iter().map(|step| &step.value)));
        let rested: f64 = line.shares.iter().sum::<f64>() - notes.iter().map(|note| note.value).sum::<f64>();
        let about = format!(
            "The notes earn {}, the rests {}. Fullest color: {} a note; highest bar: {} a step.",
            signed(line.shares.iter().sum::<f64>() - rested),
            signed(rested),
            number(most.0),
            number(most.1)
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

fn stretch(steps: &Range<usize>) -> String {
    match steps.len() {
        1 => format!("step {}", steps.start),
        _ => format!("steps {} to {}", steps.start, steps.end - 1),
    }
}

fn bars(lines: &[Line], steps_per_bar: usize) -> Vec<BarSums> {
    let steps = lines.first().map_or(0, |line| line.shares.len());
    let all: Vec<Vec<f64>> = (0..steps)
        .step_by(steps_per_bar)
        .map(|start| start..(start + steps_per_bar).min(steps))
        .map(|bar| lines.iter().map(|line| line.sum(&bar)).collect())
        .collect();
    // Each column has a scale of its own, as each roll has.
    let most: Vec<f64> =
        (0..lines.len()).map(|line| all.iter().map(|sums| sums[line].abs()).fold(0.0, f64::max)).collect();
    let sums =
        |sums: &Vec<f64>| sums.iter().zip(&most).map(|(&sum, most)| (signed(sum), tint(sum, most * 2.5))).collect();
    (1..).zip(&all).map(|(number, bar)| BarSums { number, sums: sums(bar) }).collect()
}
