//! Four-part music as one sequence of tokens, for models that predict the next one.
//!
//! A [`Chorale`] is a list of frames, one a step of the grid, each saying which pitch every voice
//! sounds. A [`VoiceVocabulary`] writes it as [`VoiceToken`]s in the order soprano, alto, tenor,
//! bass of the first step, then of the second, and so on: the token at index i belongs to voice
//! i mod 4 and step i / 4.
//!
//! ```
//! use gradus_music::voices::{Accuracy, ChoraleSet, VoiceVocabulary, copy_last};
//!
//! let file = r#"{"train": [], "valid": [], "test": [[[72, 67, 64, 48], [72, 67, 62, -1]]]}"#;
//! let vocabulary = VoiceVocabulary::default();
//! let tokens = vocabulary.encode(&ChoraleSet::from_json(file)?.test[0].frames)?;
//! assert_eq!(tokens.iter().map(|token| token.0).collect::<Vec<_>>(), [37, 32, 29, 13, 37, 32, 27, 0]);
//!
//! let baseline = Accuracy::of::<4>(&tokens, copy_last::<4>(&tokens));
//! assert_eq!((baseline.correct, baseline.tokens), (2, 8));
//! # Ok::<(), gradus_music::MusicError>(())
//! ```
//!
//! Frames know no onsets: a note that is held and a note that is struck again look the same, both
//! here and in the benchmark.

mod accuracy;
mod benchmark;
mod chorale;
mod place;
mod token;

pub use accuracy::{Accuracy, copy_last, onsets};
pub use benchmark::{ChoraleSet, Parts, PitchSets, QuarterSet};
pub use chorale::{Chorale, VOICES, VoiceFrame};
pub use place::FramePlace;
pub use token::{VoiceToken, VoiceVocabulary};
