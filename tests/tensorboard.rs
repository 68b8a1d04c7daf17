//! What TensorBoard shows of a run, read as its own reader does.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    collections::BTreeMap,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use common::{Workplace, files};
use prost::Message;

/// `Event`, with the fields that are looked at.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    session: Option<Session>,
}

#[derive(Clone, PartialEq, Message)]
struct Session {
    #[prost(int32, tag = "1")]
    status: i32,
}

const START: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    scalar: Option<f32>,
    #[prost(message, optional, tag = "4")]
    image: Option<Image>,
    #[prost(message, optional, tag = "5")]
    histogram: Option<Histogram>,
    #[prost(message, optional, tag = "6")]
    audio: Option<Audio>,
    #[prost(message, optional, tag = "8")]
    tensor: Option<Tensor>,
}

#[derive(Clone, PartialEq, Message)]
struct Image {
    #[prost(int32, tag = "1")]
    height: i32,
    #[prost(int32, tag = "2")]
    width: i32,
    #[prost(bytes = "vec", tag = "4")]
    png: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(double, tag = "3")]
    num: f64,
    #[prost(double, repeated, tag = "7")]
    bucket: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct Audio {
    #[prost(float, tag = "1")]
    sample_rate: f32,
    #[prost(int64, tag = "3")]
    length_frames: i64,
    #[prost(bytes = "vec", tag = "4")]
    wav: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(bytes = "vec", repeated, tag = "8")]
    strings: Vec<Vec<u8>>,
}

/// The values under each name with their steps: files in the order of their names, each to its last whole record; where a
/// session starts, what is there from its step on is forgotten.
fn shown(run: &Path) -> BTreeMap<String, Vec<(i64, Value)>> {
    let mut shown: BTreeMap<String, Vec<(i64, Value)>> = BTreeMap::new();
    for (_, bytes) in files(&run.join("events")) {
        for event in events(&bytes) {
            if event.session.is_some_and(|session| session.status == START) {
                for values in shown.values_mut() {
                    values.retain(|(step, _)| *step < event.step);
                }
            }
            for value in event.summary.into_iter().flat_map(|summary| summary.values) {
                shown.entry(value.tag.clone()).or_default().push((event.step, value));
            }
        }
    }
    shown
}

fn events(mut bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
        let length = u64::from_le_bytes(*length) as usize;
        let Some(data) = rest.get(4..4 + length) else { break };
        events.push(Event::decode(data).unwrap());
        bytes = rest.get(8 + length..).unwrap_or_default();
    }
    events
}

/// The steps of every column of the metrics.
fn columns(run: &Path) -> BTreeMap<String, Vec<i64>> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let mut columns: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for line in text.lines() {
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        let step = row["steps"].as_i64().unwrap();
        row.into_iter().for_each(|(name, _)| columns.entry(name).or_default().push(step));
    }
    columns
}

/// The steps of every scalar.
fn scalars(shown: &BTreeMap<String, Vec<(i64, Value)>>) -> BTreeMap<String, Vec<i64>> {
    let of = |values: &[(i64, Value)]| -> Vec<i64> {
        values.iter().filter(|(_, value)| value.scalar.is_some()).map(|(step, _)| *step).collect()
    };
    shown.iter().map(|(name, values)| (name.clone(), of(values))).filter(|(_, steps)| !steps.is_empty()).collect()
}

const CONTROL: &str = "
total-steps = 40_000
checkpoints = 8
[env.cartpole]
[agent.ppo]
environments = 4
rollout-steps = 64
minibatch = 64
learning-rate = { from = 1e-3, to = 0.0, until = 0.5 }
";

#[test]
fn every_row_is_shown_once_however_often_a_run_was_stopped_or_killed() {
    let place = Workplace::new();
    place.write("config.toml", CONTROL);
    let run = place.path("run/seed-0");
    let rows = || std::fs::read_to_string(run.join("metrics.jsonl")).map_or(0, |text| text.lines().count());
    for (index, is_killed) in [false, true, false].into_iter().enumerate() {
        let before = rows();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("gradus"));
        // Not after every row, so that what is killed has shown rows that it goes back behind.
        command.args(["train", "config.toml", "--out", "run", "--until-input-ends", "--save-every"]);
        command.arg(if index == 0 { "0" } else { "3600" }).args((index > 0).then_some("--resume"));
        command.current_dir(place.path("")).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let begin = Instant::now();
        while rows() < before + 12 && begin.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if is_killed {
            child.kill().unwrap();
        }
        drop(child.stdin.take());
        let status = child.wait().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!status.success() && rows() >= before + 12, "{status}: {said}");
    }
    place.output("train config.toml --out run --resume");

    assert_eq!(files(&run.join("events")).len(), 4);
    assert_eq!(scalars(&shown(&run)), columns(&run));
    assert_eq!(columns(&run)["steps"].len(), 157);
}

#[test]
fn a_training_shows_its_config_and_what_the_agent_composes_at_each_checkpoint() {
    let place = Workplace::new();
    place.output("train tiny.toml --out run --set checkpoints=2");
    let run = place.path("run/seed-0");

    let shown = shown(&run);

    let steps = |name: &str| -> Vec<i64> { shown[name].iter().map(|(step, _)| *step).collect() };
    assert_eq!(steps("_hparams_/session_start_info"), [0]);
    assert_eq!(steps("config"), [0]);
    let text = &shown["config"][0].1.tensor.as_ref().unwrap().strings[0];
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    let code: String = config.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    assert_eq!(std::str::from_utf8(text).unwrap(), code, "Markdown for a block of code");
    for (step, value) in &shown["actions"] {
        let histogram = value.histogram.as_ref().unwrap();
        assert_eq!(histogram.bucket.len(), 38, "one for each token");
        assert_eq!(histogram.bucket.iter().sum::<f64>(), histogram.num, "at {step}");
    }
    for name in ["piano-roll/1", "piano-roll/2", "sound/1", "sound/2", "actions"] {
        assert_eq!(steps(name), [256, 512], "{name}");
    }
    for (_, value) in shown["piano-roll/1"].iter().chain(&shown["piano-roll/2"]) {
        let image = value.image.as_ref().unwrap();
        let size: Vec<u8> = [image.width, image.height].into_iter().flat_map(i32::to_be_bytes).collect();
        assert_eq!((&image.png[1..4], &image.png[16..24]), (&b"PNG"[..], &size[..]));
    }
    for (_, value) in shown["sound/1"].iter().chain(&shown["sound/2"]) {
        let audio = value.audio.as_ref().unwrap();
        let mut wav = hound::WavReader::new(audio.wav.as_slice()).unwrap();
        assert_eq!((wav.spec().channels, wav.spec().sample_rate as f32), (1, audio.sample_rate));
        assert_eq!(i64::from(wav.duration()), audio.length_frames);
        assert!(wav.samples::<i16>().any(|sample| sample.unwrap() != 0), "it is heard");
    }
}

#[test]
fn of_many_checkpoints_twenty_are_shown_with_the_last_among_them() {
    let place = Workplace::new();
    place.output("train tiny.toml --out run --set total-steps=7680 --set checkpoints=30");
    let run = place.path("run/seed-0");

    let shown = shown(&run);

    assert_eq!(files(&run.join("checkpoints")).len(), 30);
    assert_eq!((shown["sound/1"].len(), shown["sound/1"].last().unwrap().0), (20, 7680));
    assert_eq!(shown["diversity/distinct"].len(), 30, "the metrics are of all");
}

#[test]
fn a_task_without_pieces_shows_its_rows_and_its_config() {
    let place = Workplace::new();
    place.write("config.toml", CONTROL);
    place.output("train config.toml --out run --set total-steps=1024");
    let run = place.path("run/seed-0");

    let shown = shown(&run);

    let others: Vec<_> =
        shown.iter().filter(|(_, values)| values[0].1.scalar.is_none()).map(|(name, _)| name).collect();
    assert_eq!(others, ["_hparams_/session_start_info", "config"]);
    assert_eq!(scalars(&shown), columns(&run));
}
