//! The tunes of the embedded corpus and their parts, as they are for good.

use rustc_hash::FxHashMap;

use super::split::Split;
use super::tunes::Tune;

/// A line a tune, ordered by name: its part, its name, and the names of its other settings.
const TUNES: &str = include_str!("../../../corpus/tunes.tsv");

/// The tune and the part of every piece of the embedded corpus, by the piece's name.
///
/// They are written down because figures are published of them, and models fitted: whatever [`tunes`](super::tunes) comes to
/// find, no tune moves into the test part that anything has learned from.
pub(super) fn tunes() -> FxHashMap<&'static str, (Tune, Split)> {
    let mut tunes = FxHashMap::default();
    for (number, line) in TUNES.lines().enumerate() {
        let mut words = line.split('\t');
        let (Some(part), names) = (words.next(), words.collect::<Vec<_>>()) else { continue };
        let Some(&name) = names.first() else { continue };
        let split = Split::ALL.into_iter().find(|split| split.to_string() == part).unwrap_or_else(|| Split::of(name));
        for piece in names {
            tunes.insert(piece, (Tune { number, name: name.to_owned() }, split));
        }
    }
    tunes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_part_and_a_tune_by_its_first_name() {
        let lines: Vec<Vec<_>> = TUNES.lines().map(|line| line.split('\t').collect()).collect();
        assert_eq!((lines.len(), tunes().len()), (1123, 1401));
        assert_eq!(lines.iter().map(|line| line.len() - 1).sum::<usize>(), 1401, "no piece stands in two tunes");
        assert!(lines.is_sorted_by(|left, right| left[1] < right[1]));
        for line in &lines {
            assert_eq!(line[0], Split::of(line[1]).to_string(), "{}", line[1]);
            assert!(line[1..].is_sorted(), "{line:?}");
        }
    }

    #[test]
    fn the_file_never_changes() {
        // A new piece adds a name or a line, and with it this number changes; what stands there already must not.
        assert_eq!(super::super::split::fnv_1a(TUNES.as_bytes()), 0x36C6_ADAD_E719_3DC3);
    }
}
