//! What can go wrong with music, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::pitch::Pitch;
use crate::voices::FramePlace;

/// Every error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MusicError {
    /// Text that names no pitch.
    #[error(
        "`{text}` is not a pitch; \
         write a name such as C4, F#3 or Bb2, or a MIDI number from 0 to 127"
    )]
    NotAPitch {
        /// What was written.
        text: String,
    },
    /// Text that names no key.
    #[error("`{text}` is not a key; write a tonic and a mode, such as `C major` or `F# minor`")]
    NotAKey {
        /// What was written.
        text: String,
    },
    /// Text or numbers that are no metre.
    #[error(
        "`{text}` is not a metre; \
         write 1 to 255 beats over a power of two up to 64, such as `3/4` or `6/8`"
    )]
    NotAMeter {
        /// What was written.
        text: String,
    },
    /// A tempo that a MIDI file cannot state.
    #[error("{bpm} beats a minute is not a tempo; the slowest is 3.58, the fastest 60,000,000")]
    NotATempo {
        /// Quarter notes a minute.
        bpm: f64,
    },
    /// A velocity outside 1 to 127.
    #[error("{number} is not a velocity; it lies between 1 and 127")]
    NotAVelocity {
        /// What was asked for.
        number: u8,
    },
    /// A resolution outside 1 to 32,767.
    #[error("{ticks} ticks a beat is not a resolution; it lies between 1 and 32767, usually at 480")]
    NotAResolution {
        /// What was asked for.
        ticks: u16,
    },
    /// A grid without steps.
    #[error("a grid needs at least 1 step a beat; 4 are sixteenth notes")]
    NotAGrid,
    /// A vocabulary whose lowest pitch lies above its highest.
    #[error("a vocabulary from {low} up to {high} holds no pitch; its low must not lie above its high")]
    EmptyVocabulary {
        /// The lowest pitch.
        low: Pitch,
        /// The highest pitch.
        high: Pitch,
    },
    /// A transposition that leaves the 128 MIDI pitches.
    #[error(
        "{pitch} cannot be moved by {semitones} semitones; \
         it would leave the range of MIDI, C-1 to G9"
    )]
    OutOfRange {
        /// The first pitch that does not fit.
        pitch: Pitch,
        /// Semitones upward.
        semitones: i32,
    },
    /// A melody was asked of a voice that is not there.
    #[error("no voice is named `{wanted}`; {}", voices_there(names))]
    NoSuchVoice {
        /// The name that was asked for.
        wanted: String,
        /// The names of the voices that are there.
        names: Vec<String>,
    },
    /// A melody was asked of a track that is not there or has no notes.
    #[error("no track {wanted} has notes; {}", tracks_there(there))]
    NoSuchTrack {
        /// The number that was asked for.
        wanted: usize,
        /// What the tracks that have notes are called.
        there: Vec<String>,
    },
    /// Text or a number that says no place of a melody.
    #[error("`{text}` says no voice; write its name, the number of its track, counted from 1, `highest` or `auto`")]
    NotAMelodySource {
        /// What was written.
        text: String,
    },
    /// What went wrong with one piece of a corpus.
    #[error("in the piece `{name}`")]
    Piece {
        /// The piece.
        name: String,
        /// What went wrong.
        source: Box<MusicError>,
    },
    /// An n-gram order outside 1 to 8.
    #[error("an n-gram model of order {order} is not supported; choose 1 to 8")]
    NGramOrder {
        /// What was asked for.
        order: usize,
    },
    /// A discount outside 0 to 1.
    #[error("{discount} is not an absolute discount; it lies above 0 and below 1, usually at 0.75")]
    NGramDiscount {
        /// What was asked for.
        discount: f32,
    },
    /// A token that the model's vocabulary does not hold.
    #[error(
        "token {token} is outside the vocabulary of {size} tokens; \
         encode the melodies with the same vocabulary"
    )]
    UnknownToken {
        /// The token met in the training data.
        token: u8,
        /// Tokens in the vocabulary.
        size: usize,
    },
    /// Text or numbers that do not split a corpus.
    #[error(
        "`{text}` does not split a corpus: {reason}; \
         write the shares for training, validation and test, such as `0.8,0.1,0.1`"
    )]
    NotShares {
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A share outside 0 to 1.
    #[error("{share} is not a share; it lies between 0 and 1")]
    NotAShare {
        /// What was asked for.
        share: f64,
    },
    /// A pitch of a frame that the vocabulary of voices does not hold.
    #[error(
        "{pitch} of voice {voice} on step {step} has no token; \
         the vocabulary reaches from {low} to {high}, choose a wider one"
    )]
    OutsideVocabulary {
        /// The pitch.
        pitch: Pitch,
        /// Whose it is, counted from 0.
        voice: usize,
        /// When it sounds, counted from 0.
        step: usize,
        /// The lowest pitch of the vocabulary.
        low: Pitch,
        /// Its highest.
        high: Pitch,
    },
    /// A score that is not in four parts.
    #[error("four voices are needed, percussion apart; {}", voices_there(names))]
    NotFourVoices {
        /// The names of the voices that are there.
        names: Vec<String>,
    },
    /// A benchmark file that is not JSON.
    #[error("the benchmark is not JSON")]
    NotJson {
        /// Why, with line and column.
        source: serde_json::Error,
    },
    /// A benchmark file that holds something else than frames of pitches.
    #[error("the benchmark is not as it should be at `{place}`: {reason}")]
    NotABenchmark {
        /// Where.
        place: FramePlace,
        /// What is there, and what is needed.
        reason: String,
    },
    /// Bytes that are not a MIDI file.
    #[error("`{name}` is not a MIDI file: {reason}")]
    NotMidi {
        /// The file, or whatever the bytes came from.
        name: String,
        /// What the parser missed.
        reason: String,
    },
    /// A MIDI file of which nothing but damage could be read.
    #[error("`{name}` is damaged: {reason}; save it once more from the program that it comes from")]
    Damaged {
        /// The file, or whatever the bytes came from.
        name: String,
        /// Where it could not be read, and what is missing.
        reason: String,
    },
    /// A piece beyond the limits of [`midi::MAX_HOURS`](crate::midi::MAX_HOURS) and
    /// [`midi::MAX_BEATS`](crate::midi::MAX_BEATS).
    #[error("`{name}` is too long: {length}; cut it, or mend the time stamps")]
    TooLong {
        /// The file, or the piece's title.
        name: String,
        /// How long it claims to be, and the limit.
        length: String,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder without MIDI files.
    #[error("`{}` holds no MIDI file; \
             Gradus looks for .mid, .midi and .smf, in its subfolders too", path.display())]
    EmptyFolder {
        /// Where.
        path: PathBuf,
    },
    /// An archive of MIDI files that cannot be unpacked.
    #[error("the archive `{name}` cannot be unpacked")]
    Archive {
        /// The archive's name.
        name: String,
        /// Why.
        source: zip::result::ZipError,
    },
}

fn tracks_there(labels: &[String]) -> String {
    if labels.is_empty() { "the score has none".to_owned() } else { format!("the score has {}", labels.join(", ")) }
}

fn voices_there(names: &[String]) -> String {
    if names.is_empty() {
        return "the score has no voices".to_owned();
    }
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("the score has {}", quoted.join(", "))
}
