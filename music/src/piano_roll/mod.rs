//! Pieces drawn as piano rolls: time to the right, pitch upward, a colour and an outline for each
//! voice.

mod layout;
mod roll;
mod shapes;
mod values;

use svg::Document;
use svg::node::element::{Group, Title};

use self::layout::systems;
use self::roll::Roll;
use self::shapes::{px, rectangle, styled, text};
pub use self::values::{Step, Value, Values, tint};
use crate::bars::{Bar, bars};
use crate::note::Note;
use crate::score::{Score, Voice};
use crate::time::Tick;

/// How a piano roll is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The width of the picture, in pixels.
    pub width: f64,
    /// The height of a semitone, in pixels.
    pub row: f64,
    /// The most beats in a line before the piece goes on in the next one; a longer bar still has a
    /// line to itself.
    pub beats_per_line: f64,
}

impl Default for Options {
    fn default() -> Options {
        Options { width: 900.0, row: 6.0, beats_per_line: 32.0 }
    }
}

/// The bars that are drawn at most; a picture of more would serve nobody.
pub const MAX_BARS: usize = 1_000;

/// Draws a score as an SVG document. Percussion is left out, for its pitches are none.
pub fn svg(score: &Score, options: &Options) -> String {
    let voices: Vec<&Voice> = score.voices.iter().filter(|voice| !voice.percussion).collect();
    let legend = legend(&voices, options.width);
    sheet(score, options, legend, &Space::default(), |roll, system| roll.notes(system, &voices))
}

/// Draws a score with a number for each note, which gives its colour, and a number for each step, which is a bar in a
/// strip below. What is below zero is hatched, and its bars point downward. Percussion is left out.
pub fn svg_of_values(score: &Score, options: &Options, values: &Values) -> String {
    let notes: Vec<Note> = score.pitched_notes().copied().collect();
    let no_legend = Legend { group: Group::new(), height: 0.0 };
    let space = Space { until: values.end(), below: values::STRIP };
    sheet(score, options, no_legend, &space, |roll, system| {
        Group::new().add(values.notes(roll, system, &notes)).add(values.strip(roll, system))
    })
}

/// Room beside the notes.
#[derive(Default)]
struct Space {
    /// Until when the piece is drawn, if that is after the last note.
    until: Tick,
    /// Pixels below the roll of each system.
    below: f64,
}

/// The heading, and below it the systems with what `draw` puts into each.
fn sheet(
    score: &Score,
    options: &Options,
    legend: Legend,
    space: &Space,
    draw: impl Fn(&Roll, &[Bar]) -> Group,
) -> String {
    let bars = bars(score, score.duration().max(space.until), MAX_BARS);
    let systems = systems(&bars, Tick::from_beats(options.beats_per_line, score.resolution));
    let roll = Roll::new(score, options, &systems);

    let top = HEADING + legend.height;
    let system_height = roll.height() + space.below + SYSTEM_GAP;
    let height = top + systems.len() as f64 * system_height;
    let mut document = Document::new()
        .set("viewBox", (0, 0, px(options.width), px(height)))
        .set("width", px(options.width))
        .set("height", px(height))
        .set("font-family", "sans-serif")
        .add(Title::new(title(score)))
        .add(rectangle(0.0, 0.0, options.width, height).set("fill", "#ffffff"))
        .add(text(title(score), MARGIN, 26.0, 17).set("font-weight", "bold"))
        .add(text(subtitle(score, bars.len()), MARGIN, 44.0, 12).set("fill", "#555555"))
        .add(legend.group);
    for (index, system) in systems.iter().enumerate() {
        let y = top + index as f64 * system_height + SYSTEM_GAP / 2.0;
        let drawn = roll.rows(system).add(roll.grid(system)).add(draw(&roll, system));
        document = document.add(drawn.set("transform", format!("translate({MARGIN} {})", px(y))));
    }
    format!("{document}\n")
}

const MARGIN: f64 = 40.0;
const HEADING: f64 = 52.0;
const SYSTEM_GAP: f64 = 30.0;

struct Legend {
    group: Group,
    height: f64,
}

/// The voices with their colours and outlines, in as many lines as it takes; nothing for a single
/// unnamed voice.
fn legend(voices: &[&Voice], width: f64) -> Legend {
    const LINE: f64 = 18.0;
    let mut group = Group::new();
    if voices.iter().all(|voice| voice.name.is_empty()) {
        return Legend { group, height: 0.0 };
    }
    let (mut x, mut y) = (MARGIN, HEADING);
    for (index, voice) in voices.iter().enumerate() {
        let name = if voice.name.is_empty() { format!("Voice {}", index + 1) } else { printable(&voice.name) };
        let entry = 34.0 + 6.5 * name.chars().count() as f64;
        if x > MARGIN && x + entry > width {
            (x, y) = (MARGIN, y + LINE);
        }
        group = group.add(styled(Group::new(), index).add(rectangle(x, y, 16.0, 9.0).set("rx", 1.5))).add(text(
            name,
            x + 21.0,
            y + 8.5,
            11,
        ));
        x += entry;
    }
    Legend { group, height: y + LINE - HEADING }
}

fn title(score: &Score) -> String {
    score.title.as_deref().map_or_else(|| "Untitled".to_owned(), printable)
}

fn subtitle(score: &Score, bars: usize) -> String {
    let stated = [
        score.key().map(|key| key.to_string()),
        score.meter().map(|meter| meter.to_string()),
        score.tempo().map(|tempo| tempo.to_string()),
        Some(if bars == MAX_BARS { format!("the first {MAX_BARS} bars") } else { counted_bars(bars) }),
    ];
    stated.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn counted_bars(bars: usize) -> String {
    if bars == 1 { "1 bar".to_owned() } else { format!("{bars} bars") }
}

/// Names come from files; XML forbids control characters.
fn printable(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control() && !matches!(letter, '\u{FFFE}' | '\u{FFFF}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::meter::{Meter, Tempo};
    use crate::note::Note;
    use crate::pitch::Pitch;
    use crate::score::Change;

    fn note(pitch: u8, start: u32, end: u32) -> Note {
        Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(end - start))
    }

    fn voice(name: &str, notes: &[Note]) -> Voice {
        Voice { name: name.to_owned(), notes: notes.to_vec(), ..Voice::default() }
    }

    fn duet() -> Score {
        Score {
            title: Some("Sol & \"La\" <1>\0".to_owned()),
            voices: vec![
                voice("Upper", &[note(67, 0, 480), note(69, 480, 1_440)]),
                voice("Lower", &[note(60, 0, 1_440)]),
            ],
            tempos: vec![Change { at: Tick::ZERO, value: Tempo::default() }],
            meters: vec![Change { at: Tick::ZERO, value: Meter::new(3, 4).unwrap() }],
            keys: vec![Change { at: Tick::ZERO, value: Key::C_MAJOR }],
            ..Score::default()
        }
    }

    fn count(svg: &str, what: &str) -> usize {
        svg.matches(what).count()
    }

    #[test]
    fn a_bar_of_two_voices_looks_as_it_did() {
        insta::assert_snapshot!(svg(&duet(), &Options::default()));
    }

    #[test]
    fn a_long_piece_goes_on_in_further_systems_and_a_note_may_cross_them() {
        let score = Score { voices: vec![voice("", &[note(60, 0, 480 * 100)])], ..Score::default() };
        let drawn = svg(&score, &Options::default());
        assert_eq!(count(&drawn, "translate("), 4);
        assert_eq!(count(&drawn, "rx=\"1.5\""), 4, "one part of the note in each");
        assert!(drawn.contains(">\n25\n<") || drawn.contains(">25<"), "the last bar is numbered");
    }

    #[test]
    fn notes_and_steps_show_their_values_and_their_signs() {
        let value = |value: f64| Value { value, words: format!("says {value}") };
        let at = |step: u32, value| Step { from: Tick(480 * step), to: Tick(480 * (step + 1)), value };
        let values = Values {
            notes: vec![value(1.0), value(-2.0), value(0.0)],
            steps: (0..).zip([0.5, 0.0, -3.0]).map(|(step, worth)| at(step, value(worth))).collect(),
            most: (2.0, 3.0),
        };
        let drawn = svg_of_values(&duet(), &Options::default(), &values);
        assert_eq!(count(&drawn, "rx=\"1.5\""), 3);
        assert_eq!(count(&drawn, &format!("fill=\"{}\"", tint(-2.0, 2.0))), 1 + 1, "a note and a bar");
        assert_eq!(count(&drawn, "<path"), 1, "only what is below zero is hatched");
        assert_eq!(count(&drawn, "fill-opacity"), 2, "a step without value has no bar");
        for said in ["says 1", "says -2", "says 0.5", "says -3"] {
            assert!(drawn.contains(said), "{said}");
        }
        assert!(!drawn.contains("Upper"), "colours are values, not voices");
    }

    #[test]
    fn percussion_is_not_drawn() {
        let mut score = duet();
        score.voices[1].percussion = true;
        assert!(!svg(&score, &Options::default()).contains("Lower"));
    }

    #[test]
    fn an_empty_score_is_an_empty_bar() {
        let drawn = svg(&Score::default(), &Options::default());
        assert!(drawn.contains("Untitled") && drawn.contains("1 bar"));
        assert_eq!(count(&drawn, "translate("), 1);
    }

    #[test]
    fn the_whole_range_of_midi_can_be_drawn() {
        let score = Score { voices: vec![voice("", &[note(0, 0, 9), note(127, 0, 9)])], ..Score::default() };
        let drawn = svg(&score, &Options::default());
        assert!(drawn.contains("C-1") && drawn.contains("C9"));
        assert!(!drawn.contains("=\"-1\""));
    }
}
