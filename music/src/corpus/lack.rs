//! Why a corpus has nothing to learn from.

use super::{Corpus, Split};

impl Corpus {
    /// Why the training part has no melody, in words, such as "2 of 2 files could not be read".
    pub fn why_nothing_to_learn(&self) -> String {
        let (unread, read) = (self.failures.len(), self.pieces.len());
        let training = self.split(Split::Train).count();
        let mut reasons = Vec::new();
        if unread > 0 {
            reasons.push(format!("{unread} of {} files could not be read", unread + read));
        }
        if training > 0 {
            reasons.push(format!("{training} of {read} pieces are in it and have none"));
        } else if read > 0 {
            reasons.push(format!("{read} of {read} pieces are in the validation and test parts"));
        }
        if reasons.is_empty() { "there is no piece".to_owned() } else { reasons.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Score,
        corpus::{Failure, Piece},
    };

    fn corpus(unread: usize, splits: &[Split]) -> Corpus {
        let failure = |index: usize| Failure { name: format!("bad{index}.mid"), reason: "damaged".to_owned() };
        let piece = |split: &Split| Piece {
            name: "piece".to_owned(),
            collection: "midi".to_owned(),
            tune: 0,
            split: *split,
            score: Score::default(),
        };
        Corpus {
            pieces: splits.iter().map(piece).collect(),
            failures: (0..unread).map(failure).collect(),
            ..Corpus::default()
        }
    }

    #[test]
    fn the_reason_is_told_by_counts() {
        let why = |unread, splits: &[Split]| corpus(unread, splits).why_nothing_to_learn();
        assert_eq!(why(2, &[]), "2 of 2 files could not be read");
        assert_eq!(why(0, &[Split::Train]), "1 of 1 pieces are in it and have none");
        assert_eq!(
            why(1, &[Split::Test, Split::Validation]),
            "1 of 3 files could not be read, 2 of 2 pieces are in the validation and test parts"
        );
        assert_eq!(why(0, &[]), "there is no piece");
    }
}
