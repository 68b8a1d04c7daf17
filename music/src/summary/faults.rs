//! What is wrong with files that could be read.

use serde::Serialize;

use crate::corpus::{Corpus, LeadingBars, Piece};

/// A fault of a file that could be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, or the piece, below the corpus folder.
    pub name: String,
    /// What is wrong with it.
    pub fault: String,
}

impl Fault {
    /// The faults of a corpus by name: what files had to be forgiven, silent bars that were left out, pieces without a melody,
    /// and pieces that lack the voice
    /// that was asked for.
    pub fn all(corpus: &Corpus) -> Vec<Fault> {
        let fault = |name: &str, fault: String| Fault { name: name.to_owned(), fault };
        let mut faults: Vec<_> =
            corpus.warnings.iter().map(|warning| fault(&warning.name, warning.warning.to_string())).collect();
        faults.extend(
            corpus.pieces.iter().filter_map(|piece| Some(fault(&piece.name, piece.score.silence()?.to_string()))),
        );
        let left_out = |LeadingBars { name, bars }: &LeadingBars| {
            let bars = if *bars == 1 { "1 silent bar".to_owned() } else { format!("{bars} silent bars") };
            fault(name, format!("{bars} before the music left out"))
        };
        faults.extend(corpus.leading_bars.iter().map(left_out));
        let lacks = |piece: &Piece| {
            let heard = corpus.melody(piece);
            fault(&piece.name, format!("no voice is `{}`; the melody is {heard}", corpus.voice))
        };
        faults.extend(corpus.without_the_voice().map(lacks));
        // A file's faults stand together, in the order in which they were found.
        faults.sort_by(|left, right| left.name.cmp(&right.name));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::PieceWarning;
    use crate::midi::Warning;
    use crate::summary::testing::{corpus, drums, piece};

    #[test]
    fn every_fault_is_told_by_the_name_of_its_file() {
        let tune = piece("tune", &[(0, 60, 4)]);
        let mut corpus = corpus([piece("empty", &[]), drums(piece("beat", &[]), &[(0, 35, 1)]), tune]);
        corpus.warnings = vec![PieceWarning { name: "tune.mid".to_owned(), warning: Warning::BrokenTracks(1) }];
        let faults = |corpus: &Corpus| -> Vec<_> {
            Fault::all(corpus).into_iter().map(|fault| format!("{}: {}", fault.name, fault.fault)).collect()
        };
        let before = ["beat: it holds nothing but percussion", "empty: it holds no notes"];
        assert_eq!(faults(&corpus), [before[0], before[1], "tune.mid: 1 track breaks off before the end"]);
        corpus.voice = "Vox".parse().unwrap();
        let told = faults(&corpus);
        assert!(
            told.contains(&"tune: no voice is `Vox`; the melody is voice 1, the only voice".to_owned()),
            "{told:?}"
        );
    }
}
