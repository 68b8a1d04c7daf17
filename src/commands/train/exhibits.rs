//! What TensorBoard shows of an agent at a checkpoint.

use gradus_agents::{ActionCounts, Evaluation};
use gradus_music::{Score, piano_roll};

use crate::{
    number::number,
    plots::{Picture, picture},
    run::Value,
    sound::{self, Instrument, SoundError},
};

/// Pieces that are shown of each checkpoint.
const PIECES: usize = 2;

/// A piece that lasts longer is neither drawn nor played, for each would be megabytes a checkpoint.
const LONGEST_SECONDS: f64 = 120.0;

/// Frames a second, the fewest that the synthesizer plays well.
const RATE: u32 = 16_000;

/// The width of a piano roll and the beats in a line of it: readable on a card.
const ROLL: piano_roll::Options = piano_roll::Options { width: 480.0, row: 6.0, beats_per_line: 16.0 };

/// How often each action was taken, and the first pieces as piano rolls and as sound.
pub(super) fn exhibits(heard: &Evaluation) -> anyhow::Result<Vec<Value>> {
    let dimensions = &heard.actions.dimensions;
    let name = |index: usize| if dimensions.len() == 1 { "actions".to_owned() } else { format!("actions/{index}") };
    let histogram = |(index, it): (usize, &ActionCounts)| Value::histogram(name(index), [it.low, it.high], &it.counts);
    let mut values: Vec<Value> = dimensions.iter().enumerate().map(histogram).collect();
    for (index, piece) in (1..=PIECES).zip(&heard.compositions) {
        let Some(score) = piece.score.as_ref().filter(|score| score.seconds() <= LONGEST_SECONDS) else { continue };
        let title = Some(format!("Piece {index}: return {}", number(piece.episode.reward)));
        let roll = piano_roll::svg(&Score { title, ..score.clone() }, &ROLL);
        let Picture { width, height, png } = picture(&roll)?;
        values.push(Value::image(format!("piano-roll/{index}"), [width, height], png));
        values.extend(sound(format!("sound/{index}"), score)?);
    }
    Ok(values)
}

/// The sound of a piece, unless it is a long rest.
fn sound(tag: String, score: &Score) -> anyhow::Result<Option<Value>> {
    match sound::wave(score, &Instrument::BuiltIn, RATE) {
        Ok(wav) => {
            let frames = hound::WavReader::new(wav.as_slice())?.duration();
            Ok(Some(Value::audio(tag, RATE, frames, wav)))
        }
        Err(SoundError::Silent) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
