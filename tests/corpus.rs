//! What a corpus is, as tables, as a page and as JSON.

#![allow(clippy::unwrap_used)]

mod common;

use common::Workplace;
use gradus_music::{Corpus, Note, Pitch, Score, Tick, Voice, midi};

/// Titles of the tables, which the text and the page share.
const TABLES: [&str; 10] = [
    "Overview",
    "Split",
    "Melodies",
    "Tunes in several settings",
    "Quantities",
    "Outliers",
    "Missing metadata",
    "Class balance",
    "Stated keys and metres",
    "Faults",
];

/// A folder `midi` of a few tunes, one of them without a key and with a name that HTML would misread, and of a file
/// that is not MIDI.
fn workplace() -> Workplace {
    let place = Workplace::new();
    for (number, piece) in (1..).zip(Corpus::embedded().unwrap().pieces.iter().take(12)) {
        let mut score = piece.score.clone();
        let name = if number == 1 { "<b>odd & end".to_owned() } else { format!("tune-{number}") };
        if number == 1 {
            score.keys.clear();
        }
        place.write(&format!("midi/{name}.mid"), midi::to_bytes(&score).unwrap());
    }
    place.write("midi/broken<script>.mid", "MThd is all there is");
    place
}

#[test]
fn the_text_tells_every_table_and_stays_short() {
    let text = workplace().output("corpus inspect --corpus midi");
    for title in TABLES {
        assert!(text.lines().any(|line| line.starts_with(title)), "{title}: {text}");
    }
    for part in ["pieces", "interquartile range", "MIDI pitch", "usual from", "broken<script>.mid: "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let key = text.lines().find(|line| line.starts_with("  key, estimated")).unwrap();
    assert!(key.contains("<b>odd & end (") && !key.contains("more"), "{key}");
    assert!(!text.contains("metre, 4/4"), "every piece states its metre: {text}");
    assert!(text.lines().count() < 90, "{text}");
}

#[test]
fn a_folder_may_be_named_with_and_without_the_option() {
    let place = workplace();
    assert_eq!(place.json("corpus inspect midi --json"), place.json("corpus inspect --corpus midi --json"));
    assert!(place.error("corpus inspect midi --corpus midi").contains("--corpus"));
}

/// The pieces that Tukey's rule puts far from the others, reckoned here once more.
fn far(pieces: &[(String, f64)]) -> Vec<&str> {
    let mut sorted: Vec<_> = pieces.iter().map(|(_, value)| *value).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |quarters: usize| {
        let (place, rest) = (quarters * (sorted.len() - 1) / 4, quarters * (sorted.len() - 1) % 4);
        let next = sorted[(place + 1).min(sorted.len() - 1)];
        sorted[place] + (next - sorted[place]) * rest as f64 / 4.0
    };
    let reach = 1.5 * (at(3) - at(1));
    let is_far = |value: f64| value < at(1) - reach || value > at(3) + reach;
    pieces.iter().filter(|(_, value)| is_far(*value)).map(|(name, _)| name.as_str()).collect()
}

#[test]
fn every_outlier_is_named_by_the_json_and_the_page_and_the_first_by_the_text() {
    let place = Workplace::new();
    let (text, report) = (place.output("corpus inspect"), place.json("corpus inspect --json --html page.html"));
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    let lengths: Vec<_> = Corpus::embedded()
        .unwrap()
        .pieces
        .into_iter()
        .map(|piece| (piece.name, f64::from(piece.score.end_of_notes().0) / f64::from(piece.score.resolution.ticks())))
        .collect();
    let expected = far(&lengths);
    assert!(expected.len() > 5);
    let outliers = &report["quantities"]["lengths"]["outliers"];
    let named = |piece: &serde_json::Value| piece["piece"].as_str().unwrap().to_owned();
    let found: Vec<_> = outliers["pieces"].as_array().unwrap().iter().map(named).collect();
    assert_eq!(found, expected);
    for (_, quantity) in report["quantities"].as_object().unwrap() {
        let outliers = &quantity["outliers"];
        let pieces: Vec<_> = outliers["pieces"].as_array().unwrap().iter().map(named).collect();
        for piece in &pieces {
            assert!(page.contains(&format!("{piece} (")), "{piece}");
        }
        let line = format!("  {}: ", outliers["by"].as_str().unwrap());
        let line = text.lines().find(|found| found.starts_with(&line));
        assert_eq!(line.is_some(), !pieces.is_empty(), "{outliers}");
        let more = |line: &str| line.ends_with(&format!(" and {} more", pieces.len() - 5));
        assert!(line.is_none_or(|line| pieces.len() <= 5 || more(line)), "{line:?}");
    }
}

#[test]
fn the_json_has_what_the_tables_and_the_plots_show() {
    let report = workplace().json("corpus inspect --corpus midi --json");
    assert_eq!((&report["corpus"], &report["pieces"]), (&"midi".into(), &12.into()));
    assert_eq!(report["split"]["shares"], "0.8,0.1,0.1");
    for quantity in ["lengths", "pitches", "intervals", "durations", "rests"] {
        let quantity = &report["quantities"][quantity];
        for figure in ["count", "mean", "standard_deviation", "lower_quartile", "median", "upper_quartile"] {
            assert!(quantity["statistics"][figure].is_number(), "{figure}: {quantity}");
        }
        let counts = quantity["histogram"]["counts"].as_array().unwrap();
        let sum: u64 = counts.iter().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(sum, quantity["statistics"]["count"].as_u64().unwrap());
    }
    let missing = &report["missing"]["key"]["pieces"][0];
    assert!(missing["piece"] == "<b>odd & end" && missing["value"].is_string(), "{missing}");
    let share: f64 =
        report["balance"]["modes"].as_array().unwrap().iter().map(|mode| mode["share"].as_f64().unwrap()).sum();
    assert!((share - 1.0).abs() < 1e-9);
    let keys = report["pitch_classes"].as_array().unwrap();
    assert_eq!(keys.iter().map(|key| key["pieces"].as_u64().unwrap()).sum::<u64>(), 12);
    assert!(report["failures"][0]["name"].as_str().unwrap().starts_with("broken"));
}

#[test]
fn the_page_has_every_table_and_plot_and_refers_to_nothing_outside() {
    let place = workplace();
    let said = place.output("corpus inspect --corpus midi --html pages/midi.html");
    assert!(said.contains("page: pages/midi.html"), "{said}");
    let page = std::fs::read_to_string(place.path("pages/midi.html")).unwrap();
    for title in TABLES {
        assert!(page.contains(&format!("<h2>{title}</h2>")), "{title}");
    }
    assert!(page.contains("<h2>Pitch classes by key</h2>"));
    // A histogram and a box plot a quantity, and the heat map.
    assert_eq!(page.matches("<svg ").count(), 11);
    for outside in ["http://", "https://", "<script", "<link", "src=", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!page.contains("<b>") && page.contains("&#60;b&#62;odd &#38; end"), "names are escaped");
}

#[test]
fn a_page_is_replaced_only_when_that_is_said() {
    let place = workplace();
    place.write("page.html", "mine");
    let error = place.error("corpus inspect midi --html page.html");
    assert!(error.contains("page.html is there already") && error.contains("--force"), "{error}");
    assert_eq!(std::fs::read_to_string(place.path("page.html")).unwrap(), "mine");
    let summary = place.json("corpus inspect midi --html page.html --force --json");
    assert_eq!(summary["pieces"], 12);
    assert!(std::fs::read_to_string(place.path("page.html")).unwrap().starts_with("<!DOCTYPE html>"));
}

/// A voice of quarter notes, each so many semitones above the one before.
fn voice(name: &str, percussion: bool, lowest: u8, steps: &[i8]) -> Voice {
    let mut pitch = lowest;
    let note = |(at, step): (u32, &i8)| {
        pitch = pitch.saturating_add_signed(*step);
        Note::new(Pitch::new(pitch).unwrap(), Tick(at * 480), Tick(480))
    };
    Voice { name: name.to_owned(), percussion, notes: (0..).zip(steps).map(note).collect(), ..Voice::default() }
}

fn file(voices: &[Voice]) -> Vec<u8> {
    midi::to_bytes(&Score { voices: voices.to_vec(), ..Score::default() }).unwrap()
}

const CHANT: [i8; 16] = [0, 2, 2, 1, 2, 2, -2, -3, -4, 7, 5, -1, -2, -2, -2, -3];

/// A folder `songs` of a song of several voices, two settings of a tune, drums, a file without notes, one that breaks off, and
/// pieces of two notes.
fn songs() -> Workplace {
    let place = Workplace::new();
    let (pad, bass) = (voice("Pad", false, 84, &[0, 1]), voice("Bass", false, 36, &[0, 7]));
    let song = file(&[pad, bass, voice("Chant", false, 60, &CHANT)]);
    place.write("songs/song.mid", &song);
    place.write("songs/again.mid", file(&[voice("Tune", false, 65, &CHANT)]));
    place.write("songs/cut.mid", &song[..song.len() - 12]);
    place.write("songs/beat.mid", file(&[voice("Beat", true, 35, &[0, 3])]));
    place.write("songs/silence.mid", file(&[]));
    place.write("songs/text.mid", "no music");
    for step in 1..=7 {
        let steps: Vec<_> = (0..40).map(|at| if at % 2 == 0 { step } else { -step }).collect();
        place.write(&format!("songs/trill-{step}.mid"), file(&[voice("", false, 50, &steps)]));
    }
    place
}

#[test]
fn the_melody_of_every_file_is_told_and_may_be_chosen() {
    let place = songs();
    let text = place.output("corpus inspect songs");
    let line = |text: &str, piece: &str| {
        text.lines().find(|line| line.trim_start().starts_with(&format!("{piece} "))).unwrap().to_owned()
    };
    let song = line(&text, "song");
    assert!(song.contains("melody: track 4 `Chant`") && song.contains("named as the melody, of 3 voices"), "{text}");
    assert!(line(&text, "beat").contains("melody: none") && line(&text, "again").contains("the only voice"), "{text}");
    let report = place.json("corpus inspect songs --json --voice Bass --html page.html");
    let melodies = report["melodies"].as_array().unwrap();
    assert_eq!(melodies.len(), 12, "the file that is no music has no piece");
    let song = melodies.iter().find(|chosen| chosen["piece"] == "song").unwrap();
    assert_eq!((song["voice"].as_str(), song["reason"].as_str()), (Some("track 3 `Bass`"), Some("asked")));
    assert_eq!(song["voices"].as_array().unwrap().len(), 3);
    assert!(std::fs::read_to_string(place.path("page.html")).unwrap().contains("track 3"));
    let highest = place.output("corpus inspect songs --voice highest");
    assert!(line(&highest, "song").contains("melody: all voices"), "{highest}");
    assert!(line(&place.output("corpus inspect songs --voice 2"), "song").contains("track 2 `Pad`"));
    assert!(place.error("corpus inspect songs --voice 0").contains("counted from 1"));
}

#[test]
fn every_fault_is_told_with_its_file() {
    let place = songs();
    let report = place.json("corpus inspect songs --json --voice Chant --html page.html");
    let faults: Vec<String> = report["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| format!("{}: {}", fault["name"].as_str().unwrap(), fault["fault"].as_str().unwrap()))
        .collect();
    assert_eq!(report["failures"][0]["name"], "text.mid");
    let page = std::fs::read_to_string(place.path("page.html")).unwrap();
    for expected in
        ["beat: it holds nothing but percussion", "silence: it holds no notes", "cut.mid: 1 track breaks off"]
    {
        assert!(faults.iter().any(|fault| fault.starts_with(expected)), "{expected}: {faults:?}");
        assert!(page.contains(expected), "{expected}");
    }
    let lacking = faults.iter().filter(|fault| fault.contains("no voice is `Chant`")).count();
    assert_eq!(lacking, 10, "the song and its cut copy have it: {faults:?}");
    let text = place.output("corpus inspect songs");
    assert!(text.lines().any(|line| line.contains("were read: beat: it holds nothing but percussion; ")), "{text}");
    assert!(text.lines().any(|line| line.contains("could not be read: text.mid: ")), "{text}");
}

#[test]
fn tunes_are_grouped_on_evidence_and_the_groups_are_told() {
    let place = songs();
    let report = place.json("corpus inspect songs --json --html page.html");
    let groups = report["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!(groups[0]["pieces"], serde_json::json!(["again", "cut", "song"]));
    assert_eq!(groups[0]["evidence"], serde_json::json!(["outline", "melody"]));
    let text = place.output("corpus inspect songs");
    assert!(text.lines().any(|line| line == "  by outline and melody: again; cut; song"), "{text}");
    assert!(
        std::fs::read_to_string(place.path("page.html")).unwrap().contains("by outline and melody: again; cut; song")
    );
    let embedded = place.output("corpus inspect");
    assert!(
        embedded.contains("Tunes in several settings: 145;") && embedded.contains("  and 133 more\n"),
        "{embedded}"
    );
}

/// A folder `midi` of 120 pieces for Vox and Piano, unlike each other; the first has a Lead in place of Vox.
fn duets() -> Workplace {
    let place = Workplace::new();
    let mut state = 1_u32;
    let mut pitches = || -> Vec<i8> {
        let draw = |_| {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            ((state >> 16) % 13) as i8
        };
        (0..40).map(draw).collect()
    };
    for number in 0..120 {
        let [vox, piano] = [pitches(), pitches()].map(|pitches| {
            let before = std::iter::once(&0).chain(&pitches);
            pitches.iter().zip(before).map(|(pitch, before)| pitch - before).collect::<Vec<_>>()
        });
        let name = if number == 0 { "Lead" } else { "Vox" };
        let voices = [voice(name, false, 60, &vox), voice("Piano", false, 60, &piano)];
        place.write(&format!("midi/tune-{number}.mid"), file(&voices));
    }
    place
}

#[test]
fn a_corpus_of_a_config_may_name_a_voice_and_pieces_that_lack_it_are_warned_of() {
    let place = duets();
    let config = common::TINY;
    place.write("voice.toml", format!("corpus = {{ path = 'midi', voice = 'Vox' }}\n{config}"));
    let told = |arguments: &str| {
        let output = place.gradus(arguments).assert().success().get_output().clone();
        String::from_utf8(output.stderr).unwrap()
    };
    let warned = told("train voice.toml --out voice");
    assert!(warned.contains("tune-0: no voice is `Vox`"), "{warned}");
    let kept = std::fs::read_to_string(place.path("voice/seed-0/config.toml")).unwrap();
    assert!(kept.contains("voice = \"Vox\""), "{kept}");
    place.output("eval voice/seed-0 --episodes 4");

    // The same folder and voice on the command line are the same training; another voice is another.
    place.output("train tiny.toml --corpus midi --voice Vox --out same");
    place.output("train tiny.toml --corpus midi --voice Piano --out other");
    let weights = |run: &str| common::files(&place.path(&format!("{run}/seed-0/checkpoints"))).swap_remove(0).1;
    assert_eq!(weights("voice"), weights("same"));
    assert_ne!(weights("voice"), weights("other"));
    let kept = std::fs::read_to_string(place.path("same/seed-0/config.toml")).unwrap();
    assert!(kept.contains("voice = \"Vox\""), "{kept}");

    assert!(
        told("audit tiny.toml --corpus midi --voice Lead --beam 1 --set env.melody.steps=8")
            .contains("and 109 more faults")
    );
    let error = place.error("train voice.toml --set corpus.vioce=Lead --out wrong");
    assert!(error.contains("unknown field `vioce`"), "{error}");
}

#[test]
fn a_critic_is_fitted_to_the_voice_that_is_asked_for() {
    let place = duets();
    place.write("markov.toml", "corpus = { path = 'midi', voice = 'Piano' }\nsplit = '0.6,0.2,0.2'\n[critic.markov]\n");
    place.output("critic fit markov.toml --out piano");
    place.output("critic fit markov.toml --voice Vox --out vox");
    let kept = |critic: &str| std::fs::read_to_string(place.path(&format!("{critic}/config.toml"))).unwrap();
    assert!(kept("piano").contains("voice = \"Piano\"") && kept("vox").contains("voice = \"Vox\""), "{}", kept("vox"));
    place.json("critic eval vox --json");
    place.json("critic eval vox --corpus midi --json");
}
