//! A judged piece as JSON and as text.

use gradus_envs::{ActionBuffer, Transcribed};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::judged::Judged;
use crate::output;

#[derive(Serialize)]
pub(super) struct PieceReport<'a> {
    name: &'a str,
    /// What the music is, in words.
    about: String,
    /// Which voice of a file was judged, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    melody: Option<&'a str>,
    /// What was changed for the judgement, in words.
    changes: Vec<String>,
    steps: Vec<StepReport<'a>>,
    totals: Terms<'a, f64>,
    total: f64,
}

#[derive(Serialize)]
struct StepReport<'a> {
    /// Where the step is a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<u32>,
    bar: usize,
    beat: f64,
    /// A pitch as the file has it, `rest`, or `-`.
    event: String,
    /// In quarter-note beats.
    length: f64,
    terms: Terms<'a, f32>,
    total: f32,
}

/// A number a term, as a JSON object in the terms' order.
struct Terms<'a, T>(&'a [String], &'a [T]);

impl<T: Serialize> Serialize for Terms<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter().zip(self.1) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'a> PieceReport<'a> {
    pub(super) fn new(judged: &'a Judged) -> Self {
        let judgement = &judged.judgement;
        let terms = &judgement.terms;
        let steps = judged.transcript.steps.iter().zip(&judgement.steps).map(|(step, judgement)| {
            let (start, end) = judged.span(step);
            let place = judged.place(start);
            StepReport {
                token: token(step),
                bar: place.bar,
                beat: place.beat,
                event: judged.event_name(step),
                length: (end - start).beats(judged.score.resolution),
                terms: Terms(terms, &judgement.shares),
                total: judgement.total,
            }
        });
        Self {
            name: &judged.name,
            about: judged.about(),
            melody: judged.melody.as_deref(),
            changes: judged.changes(),
            steps: steps.collect(),
            totals: Terms(terms, judgement.totals()),
            total: judgement.total(),
        }
    }
}

fn token(step: &Transcribed) -> Option<u32> {
    match step.action {
        ActionBuffer::Discrete(token) => Some(token),
        _ => None,
    }
}

/// What the music is, a row for each step at which something was paid, and the totals.
pub(super) fn describe(judged: &Judged) -> String {
    let Judged { name, transcript, judgement, .. } = judged;
    let mut text = format!("{name}: {}\n", judged.about());
    judged.melody.iter().for_each(|melody| text += &format!("  melody: {melody}\n"));
    judged.changes().iter().for_each(|change| text += &format!("  {change}\n"));
    text += &format!("  {} steps, total {:.2}\n", transcript.steps.len(), judgement.total());
    let row = |(step, said): (&Transcribed, &gradus_envs::StepJudgement)| {
        let shares = judgement.terms.iter().zip(&said.shares).filter(|(_, share)| **share != 0.0);
        let paid: Vec<_> = shares.map(|(term, share)| format!("{term} {share:+.2}")).collect();
        let place = judged.place(judged.span(step).0).to_string();
        (!paid.is_empty()).then(|| vec![place, judged.event_name(step), format!("{:.2}", said.total), paid.join(", ")])
    };
    let rows: Vec<_> = transcript.steps.iter().zip(&judgement.steps).filter_map(row).collect();
    if !rows.is_empty() {
        let head = ["place", "event", "total", "terms"].map(str::to_owned).to_vec();
        text += &output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    }
    let totals = judgement.terms.iter().zip(judgement.totals());
    let totals: Vec<_> = totals.map(|(term, total)| vec![term.clone(), format!("{total:.2}")]).collect();
    text + output::table(&totals).as_str()
}
