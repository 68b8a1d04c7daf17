//! Music for Gradus.
pub mod corpus;
pub mod error;
pub mod grid;
pub mod key;
pub mod key_estimate;
pub mod melody;
pub mod meter;
pub mod midi;
pub mod ngram;
pub mod note;
pub mod pitch;
pub mod score;
pub mod time;
pub mod token;

pub use corpus::{Corpus, EncodedMelody, MelodyEncoding, Piece, Split};
pub use error::MusicError;
pub use grid::{Grid, GridNote, QuantizationError, Quantized, quantize};
pub use key::{Key, Mode};
pub use key_estimate::KeyEstimate;
pub use melody::MelodySource;
pub use meter::{Meter, Tempo};
pub use ngram::{NGram, NGramConfig, Smoothing};
pub use note::Note;
pub use pitch::{Pitch, PitchClass, Velocity};
pub use score::{Change, Score, Voice};
pub use time::{Resolution, Tick};
pub use token::{Encoded, Token, Vocabulary};
