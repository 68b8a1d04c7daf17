//! Notes, scores, MIDI files and melody tokens: the musical half of Gradus.
//!
//! A MIDI file becomes a [`Score`]; its melody moves onto a [`Grid`] and becomes [`Token`]s, which
//! is what agents read and write; tokens become a score and a MIDI file again:
//!
//! ```
//! use gradus_music::{Grid, Key, Meter, MelodySource, Note, Score, Tempo, Tick, Vocabulary, Voice};
//! use gradus_music::{melody, midi, quantize};
//!
//! let notes = vec![
//!     Note::new("G4".parse()?, Tick(0), Tick(480)),
//!     Note::new("C5".parse()?, Tick(480), Tick(240)),
//! ];
//! let score = Score { voices: vec![Voice { notes, ..Voice::default() }], ..Score::default() };
//! let file = midi::to_bytes(&score)?;
//!
//! let score = midi::parse(&file, "call.mid")?.scores.remove(0);
//! let melody = melody::extract(&score, &MelodySource::Auto)?;
//! let grid = Grid::default();
//! let vocabulary = Vocabulary::default();
//! let quantized = quantize(&melody, score.resolution, grid);
//! let tokens = vocabulary.encode(&quantized.notes, 8).tokens;
//! assert_eq!(tokens.iter().map(|token| token.0).collect::<Vec<_>>(), [21, 1, 1, 1, 26, 1, 0, 1]);
//!
//! let again = vocabulary.score(&tokens, grid, Meter::default(), Some(Key::C_MAJOR),
//! Tempo::default()); assert_eq!(again.voices[0].notes, score.voices[0].notes);
//! midi::to_bytes(&again)?;
//! # Ok::<(), gradus_music::MusicError>(())
//! ```
//!
//! Whole collections are a [`Corpus`]: the embedded one, or any folder of MIDI files.
//!
//! A beat is a quarter note throughout, whatever the metre. Nothing here prints, reads the
//! clock, or draws random numbers other than from a generator that it is handed.

pub mod bars;
pub mod control;
pub mod corpus;
pub mod corruption;
pub mod error;
pub mod grid;
pub mod key;
pub mod key_estimate;
pub mod melody;
pub mod meter;
pub mod metrics;
pub mod midi;
pub mod ngram;
pub mod note;
pub mod piano_roll;
pub mod pitch;
pub mod score;
pub mod similarity;
pub mod summary;
pub mod time;
pub mod token;
pub mod voices;

pub use control::Control;
pub use corpus::{Corpus, EncodedMelody, MelodyEncoding, Moves, Piece, PieceMelody, Shares, Split};
pub use corruption::Corruption;
pub use error::MusicError;
pub use grid::{Grid, GridNote, QuantizationError, Quantized, quantize};
pub use key::{Key, Mode};
pub use key_estimate::KeyEstimate;
pub use melody::MelodySource;
pub use meter::{Meter, Tempo};
pub use metrics::{Metric, Metrics};
pub use ngram::{NGram, NGramConfig, Smoothing};
pub use note::Note;
pub use pitch::{Pitch, PitchClass, Velocity};
pub use score::{Change, Score, Silence, Voice};
pub use similarity::{SharedRun, TuneIndex};
pub use summary::Summary;
pub use time::{Resolution, Tick};
pub use token::{Encoded, Token, Vocabulary};
pub use voices::{Chorale, VoiceToken, VoiceVocabulary};
