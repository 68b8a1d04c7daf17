//! Collections of pieces: the embedded ones and folders of MIDI files.

mod archive;
mod folder;
mod frozen;
mod groups;
mod lack;
mod melodies;
mod shares;
mod split;
mod tunes;

use std::path::Path;

use rustc_hash::FxHashMap;
use serde::Serialize;

pub use groups::{Evidence, Group};
pub use melodies::{EncodedMelody, MelodyEncoding, Moves, PieceMelody};
pub use shares::Shares;
pub use split::Split;

use crate::error::MusicError;
use crate::melody::{Choice, MelodySource, choose};
use crate::midi::{self, Warning};
use crate::note::Note;
use crate::score::Score;

const CHORALES: &[u8] = include_bytes!("../../../corpus/bach-chorales.zip");
const FIDDLE_TUNES: &[u8] = include_bytes!("../../../corpus/ryans-mammoth.zip");

/// Pieces, each with the tune it is a setting of and its split, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corpus {
    /// The pieces, in the order of their collections and names.
    pub pieces: Vec<Piece>,
    /// The files that could not be read.
    pub failures: Vec<Failure>,
    /// The faults of the files that could.
    pub warnings: Vec<PieceWarning>,
    /// The whole silent bars that were left out before pieces.
    pub leading_bars: Vec<LeadingBars>,
    /// Where the melody of a piece is; a piece that lacks such a voice is heard as if by [`MelodySource::Auto`].
    pub voice: MelodySource,
}

/// One piece of a corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its file's name without extension, below the corpus folder.
    pub name: String,
    /// The archive or folder it belongs to.
    pub collection: String,
    /// Which tune it is a setting of: pieces of the same tune share this number, and the split.
    pub tune: usize,
    /// What it is used for.
    pub split: Split,
    /// The music.
    pub score: Score,
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The file, below the corpus folder.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A fault of a file that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceWarning {
    /// The file, below the corpus folder.
    pub name: String,
    /// What had to be forgiven.
    pub warning: Warning,
}

/// The silent bars before a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadingBars {
    /// The piece's name.
    pub name: String,
    /// How many bars they are, at least one.
    pub bars: usize,
}

impl Corpus {
    /// The corpus that is part of Gradus: Bach's four-part chorales, and the fiddle tunes of Ryan's
    /// Mammoth Collection (1883). `corpus/README.md` says where they come from.
    pub fn embedded() -> Result<Corpus, MusicError> {
        Corpus::read(None, MelodySource::Auto)
    }

    /// Every MIDI file (`.mid`, `.midi`, `.smf`) of a folder and its subfolders, in the order of
    /// their paths.
    ///
    /// A subfolder makes a collection. A file that cannot be read is listed in
    /// [`Corpus::failures`]; a folder that cannot be read, or holds no MIDI file at all, is an
    /// error.
    pub fn from_folder(path: impl AsRef<Path>) -> Result<Corpus, MusicError> {
        Corpus::read(Some(path.as_ref()), MelodySource::Auto)
    }

    /// The corpus of a folder, or the embedded one, whose melodies are in the voice that `voice` says.
    pub fn read(folder: Option<&Path>, voice: MelodySource) -> Result<Corpus, MusicError> {
        let mut corpus = Corpus { voice, ..Corpus::default() };
        match folder {
            Some(folder) => corpus.add_folder(folder)?,
            None => corpus.add_archives()?,
        }
        Ok(corpus)
    }

    fn add_archives(&mut self) -> Result<(), MusicError> {
        for (collection, bytes) in [("bach-chorales", CHORALES), ("ryans-mammoth", FIDDLE_TUNES)] {
            archive::for_each_file(collection, bytes, |name, bytes| self.add(collection, name, bytes))?;
        }
        let tunes = frozen::tunes();
        for piece in &mut self.pieces {
            if let Some((tune, split)) = tunes.get(piece.name.as_str()) {
                (piece.tune, piece.split) = (tune.number, *split);
            }
        }
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), MusicError> {
        for file in folder::midi_files(folder)? {
            match file.read() {
                Ok(bytes) => self.add(&file.collection, &file.name, &bytes),
                Err(reason) => self.failures.push(Failure { name: file.name, reason: reason.to_string() }),
            }
        }
        self.leave_out_leading_bars();
        let tunes = tunes::group(&self.pieces, &self.heard());
        for (piece, tune) in self.pieces.iter_mut().zip(tunes) {
            piece.tune = tune.number;
            piece.split = Split::of(&tune.name);
        }
        Ok(())
    }

    /// Leaves out the whole silent bars before pieces, as recordings and sequencers have them. Those of the embedded corpus stay,
    /// for its figures are published.
    fn leave_out_leading_bars(&mut self) {
        for piece in &mut self.pieces {
            let bars = piece.score.leading_bars();
            if bars > 0 {
                self.leading_bars.push(LeadingBars { name: piece.name.clone(), bars });
                piece.score = std::mem::take(&mut piece.score).without_leading_bars();
            }
        }
    }

    /// Which voice of a piece is its melody.
    pub fn melody(&self, piece: &Piece) -> Choice {
        let asked = choose(&piece.score, &self.voice);
        // A score always has a melody if its voice is not asked for; it may be empty.
        asked.unwrap_or_else(|_| choose(&piece.score, &MelodySource::Auto).unwrap_or_default())
    }

    /// The pieces that lack the voice that was asked for, and are heard by another.
    pub fn without_the_voice(&self) -> impl Iterator<Item = &Piece> {
        // Nobody lacks a voice where none is asked for, and choosing takes time.
        let asked = !matches!(self.voice, MelodySource::Auto | MelodySource::Highest);
        self.pieces.iter().filter(move |piece| asked && choose(&piece.score, &self.voice).is_err())
    }

    /// The melody of each piece.
    fn heard(&self) -> Vec<Vec<Note>> {
        self.pieces.iter().map(|piece| self.melody(piece).notes(&piece.score)).collect()
    }

    /// The pieces of one split.
    pub fn split(&self, split: Split) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(move |piece| piece.split == split)
    }

    /// Splits the tunes by other [`Shares`] than the default ones; all settings of a tune stay
    /// together.
    pub fn resplit(&mut self, shares: Shares) {
        // A tune has the first name, in alphabetical order, of its settings.
        let mut names: FxHashMap<usize, &str> = FxHashMap::default();
        for piece in &self.pieces {
            let name = names.entry(piece.tune).or_insert(&piece.name);
            *name = (*name).min(&piece.name);
        }
        let splits: FxHashMap<usize, Split> =
            names.into_iter().map(|(tune, name)| (tune, shares.split(name))).collect();
        for piece in &mut self.pieces {
            piece.split = splits[&piece.tune];
        }
    }

    fn add(&mut self, collection: &str, file: &str, bytes: &[u8]) {
        let reading = match midi::parse(bytes, file) {
            Ok(reading) => reading,
            Err(error) => {
                self.failures.push(Failure { name: file.to_owned(), reason: error.to_string() });
                return;
            }
        };
        let several = reading.scores.len() > 1;
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        for (index, score) in reading.scores.into_iter().enumerate() {
            let name = if several { format!("{stem}#{}", index + 1) } else { stem.to_owned() };
            let collection = collection.to_owned();
            self.pieces.push(Piece { name, collection, tune: 0, split: Split::Train, score });
        }
        let warning = |warning| PieceWarning { name: file.to_owned(), warning };
        self.warnings.extend(reading.warnings.into_iter().map(warning));
    }
}
