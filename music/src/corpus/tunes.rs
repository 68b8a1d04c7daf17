//! Which pieces are settings of the same tune.
//!
//! Bach harmonised some hymn tunes a dozen times, and fiddlers play one reel under many names. A
//! model that has trained on one setting knows the others, so all settings of a tune belong to the
//! same split. Two pieces count as the same tune if any of these holds:
//!
//! - their titles agree, case, spaces, punctuation, BWV numbers and "No. 2" apart;
//! - they share at least 30 % of the shorter melody's outline: the runs of six intervals between
//!   notes on the beat, which passing notes do not disturb;
//! - they share at least half of the shorter melody's own runs of six intervals, which no change of
//!   note values disturbs.
//!
//! A melody counts as evidence only if it is a melody: it needs several different notes and intervals, and as many different
//! runs, for two notes in alternation are found in any two pieces. A title counts if it says more than `Untitled` or `Track 1`.
//!
//! Intervals make both comparisons blind to transposition. The shares were chosen by looking at pairs
//! of the embedded corpus, some of whose hymns are known: settings of one tune lie above them,
//! different tunes below, and few pairs lie near.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Piece;
use super::groups::Evidence;
use crate::note::Note;

/// The tune that a piece is a setting of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tune {
    /// Its place among the names of all tunes.
    pub(super) number: usize,
    /// The first name, in alphabetical order, of the pieces that are settings of it.
    pub(super) name: String,
}

/// Two pieces that are taken for settings of one tune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Their places in the list of pieces.
    pub(super) pieces: (usize, usize),
    /// By what.
    pub(super) by: Evidence,
}

/// How many intervals make a run.
const RUN: usize = 6;
const OUTLINE_SHARE: f64 = 0.3;
const MELODY_SHARE: f64 = 0.5;
/// Fewer runs in common may be chance; what has fewer in all is a pattern of a few notes, repeated.
const FEWEST_RUNS: usize = 8;
/// A melody of fewer different pitches is no evidence.
const FEWEST_PITCHES: usize = 4;
/// A melody of fewer different intervals is no evidence; up and down are two.
const FEWEST_INTERVALS: usize = 4;
/// Words that sequencers and habit make titles of: a title of these alone names no tune.
const NO_TITLES: [&str; 40] = [
    "untitled",
    "unnamed",
    "unknown",
    "noname",
    "no",
    "name",
    "title",
    "track",
    "tracks",
    "tempo",
    "conductor",
    "master",
    "control",
    "meta",
    "midi",
    "sequence",
    "seq",
    "song",
    "new",
    "project",
    "file",
    "score",
    "music",
    "piece",
    "composition",
    "piano",
    "melody",
    "voice",
    "vocal",
    "vocals",
    "lead",
    "guitar",
    "bass",
    "drums",
    "strings",
    "instrument",
    "part",
    "staff",
    "right",
    "left",
];
/// A title of more pieces than this is no tune's name but a habit, such as `Untitled`.
const MOST_NAMESAKES: usize = 20;

/// The tune of each piece, given its melody.
pub(super) fn group(pieces: &[Piece], melodies: &[Vec<Note>]) -> Vec<Tune> {
    let mut sets = Sets::new(pieces.len());
    for Link { pieces: (left, right), .. } in links(pieces, melodies) {
        sets.join(left, right);
    }
    name(pieces, &mut sets)
}

/// The pairs of pieces that are one tune, given their melodies. Of namesakes, only neighbors are paired.
pub(super) fn links(pieces: &[Piece], melodies: &[Vec<Note>]) -> Vec<Link> {
    let mut links = Vec::new();
    link_namesakes(pieces, &mut links);
    let on_the_beat = |(melody, piece): (&Vec<Note>, &Piece)| {
        let beat = u32::from(piece.score.resolution.ticks());
        runs(melody.iter().filter(|note| note.start.0 % beat == 0))
    };
    let outlines: Vec<_> = melodies.iter().zip(pieces).map(on_the_beat).collect();
    link_similar(&outlines, OUTLINE_SHARE, Evidence::Outline, &mut links);
    let whole: Vec<_> = melodies.iter().map(|melody| runs(melody.iter())).collect();
    link_similar(&whole, MELODY_SHARE, Evidence::Melody, &mut links);
    links
}

fn link_namesakes(pieces: &[Piece], links: &mut Vec<Link>) {
    let mut namesakes: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (index, piece) in pieces.iter().enumerate() {
        let title = piece.score.title.as_deref().map(bare_title).unwrap_or_default();
        if !title.is_empty() {
            namesakes.entry(title).or_default().push(index);
        }
    }
    for same in namesakes.values().filter(|same| same.len() <= MOST_NAMESAKES) {
        links.extend(same.windows(2).map(|pair| Link { pieces: (pair[0], pair[1]), by: Evidence::Title }));
    }
}

/// The letters and digits of a title, without BWV numbers and "No. 2"; nothing where it names no tune.
fn bare_title(title: &str) -> String {
    let lower = title.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let is_number = |word: &&str| word.starts_with(|letter: char| letter.is_ascii_digit());
    let mut bare = String::new();
    let mut names_a_tune = false;
    while let Some(word) = words.next() {
        if matches!(word, "bwv" | "no") && words.peek().is_some_and(is_number) {
            let catalogue = word == "bwv";
            words.next();
            // BWV 248.64-6, where each part is a word here.
            while catalogue && words.peek().is_some_and(|word| is_number(word) || word.len() == 1) {
                words.next();
            }
        } else {
            names_a_tune |= !NO_TITLES.contains(&word) && !word.chars().all(|letter| letter.is_ascii_digit());
            bare.push_str(word);
        }
    }
    if names_a_tune { bare } else { String::new() }
}

/// The different runs of intervals in a melody, each packed into a number; none where it is no evidence.
fn runs<'a>(melody: impl Iterator<Item = &'a Note>) -> Vec<u64> {
    let pitches: Vec<_> = melody.map(|note| note.pitch.number()).collect();
    let intervals: Vec<_> = pitches.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let different = |values: &[u8]| values.iter().collect::<FxHashSet<_>>().len();
    if different(&pitches) < FEWEST_PITCHES || different(&intervals) < FEWEST_INTERVALS {
        return Vec::new();
    }
    let pack = |run: &[u8]| run.iter().fold(0, |packed, &interval| packed << 8 | u64::from(interval));
    let mut runs: Vec<_> = intervals.windows(RUN).map(pack).collect();
    runs.sort_unstable();
    runs.dedup();
    runs
}

/// Links the pieces that have at least `share` of the smaller one's runs in common.
fn link_similar(runs: &[Vec<u64>], share: f64, by: Evidence, links: &mut Vec<Link>) {
    let mut holders: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    let mut common = vec![0_usize; runs.len()];
    let mut touched = Vec::new();
    for (index, own) in runs.iter().enumerate() {
        for &run in own {
            let holders = holders.entry(run).or_default();
            for &other in holders.iter() {
                if common[other] == 0 {
                    touched.push(other);
                }
                common[other] += 1;
            }
            holders.push(index);
        }
        for other in touched.drain(..) {
            let smaller = own.len().min(runs[other].len());
            let shared = std::mem::take(&mut common[other]);
            if shared >= FEWEST_RUNS && shared as f64 >= share * smaller as f64 {
                links.push(Link { pieces: (other, index), by });
            }
        }
    }
}

fn name(pieces: &[Piece], sets: &mut Sets) -> Vec<Tune> {
    let mut by_name: Vec<_> = (0..pieces.len()).collect();
    by_name.sort_by(|&left, &right| pieces[left].name.cmp(&pieces[right].name));
    let mut numbers: FxHashMap<usize, Tune> = FxHashMap::default();
    for index in by_name {
        let number = numbers.len();
        let first = || Tune { number, name: pieces[index].name.clone() };
        numbers.entry(sets.representative(index)).or_insert_with(first);
    }
    (0..pieces.len()).map(|index| numbers[&sets.representative(index)].clone()).collect()
}

/// Disjoint sets of indices.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Sets {
        Sets((0..count).collect())
    }

    fn representative(&mut self, mut index: usize) -> usize {
        while self.0[index] != index {
            self.0[index] = self.0[self.0[index]];
            index = self.0[index];
        }
        index
    }

    fn join(&mut self, left: usize, right: usize) {
        let (left, right) = (self.representative(left), self.representative(right));
        self.0[left] = right;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Split;
    use super::*;
    use crate::pitch::Pitch;
    use crate::score::{Score, Voice};
    use crate::time::Tick;

    const TUNE: [u8; 16] = [60, 62, 64, 65, 67, 69, 67, 64, 60, 67, 72, 71, 69, 67, 65, 62];

    fn piece(name: &str, title: &str, pitches: &[u8], length: u32) -> Piece {
        let note = |(index, &pitch): (usize, &u8)| {
            Note::new(Pitch::new(pitch).unwrap(), Tick(index as u32 * length), Tick(length))
        };
        let notes = pitches.iter().enumerate().map(note).collect();
        let score = Score {
            title: Some(title.to_owned()),
            voices: vec![Voice { notes, ..Voice::default() }],
            ..Score::default()
        };
        Piece { name: name.to_owned(), collection: String::new(), tune: 0, split: Split::Train, score }
    }

    fn names(pieces: &[Piece]) -> Vec<String> {
        let melodies: Vec<_> = pieces.iter().map(|piece| piece.score.voices[0].notes.clone()).collect();
        group(pieces, &melodies).into_iter().map(|tune| tune.name).collect()
    }

    #[test]
    fn titles_agree_without_numbers_case_and_punctuation() {
        assert_eq!(bare_title("BWV 269 Aus meines Herzens Grunde"), "ausmeinesherzensgrunde");
        assert_eq!(bare_title("BWV 248.64-s"), "");
        assert_eq!(bare_title("Camp-Meeting Jig No.2"), bare_title("Camp Meeting JIG"));
        assert_eq!(bare_title("Spirit of 1880"), "spiritof1880");
        assert_eq!(bare_title("No Surrender"), "nosurrender");
    }

    #[test]
    fn namesakes_are_one_tune() {
        let pieces = [piece("b", "Jig No. 2", &[60], 480), piece("a", "Jig", &[61], 480), piece("c", "", &[62], 480)];
        assert_eq!(names(&pieces), ["a", "a", "c"]);
    }

    #[test]
    fn a_title_that_everything_bears_joins_nothing() {
        let pieces: Vec<_> = (0..30).map(|index| piece(&index.to_string(), "Untitled", &[60], 480)).collect();
        assert_eq!(names(&pieces), (0..30).map(|index| index.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn a_melody_is_the_same_tune_in_another_key_and_in_other_note_values() {
        let higher = TUNE.map(|pitch| pitch + 5);
        let pieces = [piece("a", "", &TUNE, 480), piece("b", "", &higher, 480), piece("c", "", &higher, 180)];
        assert_eq!(names(&pieces), ["a", "a", "a"]);
    }

    #[test]
    fn passing_notes_do_not_hide_a_tune() {
        let adorned: Vec<_> = TUNE.iter().flat_map(|&pitch| [pitch, pitch + 1]).collect();
        assert_eq!(names(&[piece("a", "", &TUNE, 480), piece("b", "", &adorned, 240)]), ["a", "a"]);
    }

    #[test]
    fn different_melodies_and_silent_pieces_stay_apart() {
        let backwards: Vec<_> = TUNE.iter().rev().copied().collect();
        let pieces = [
            piece("a", "", &TUNE, 480),
            piece("b", "", &backwards, 480),
            piece("c", "", &[], 480),
            piece("d", "", &[], 480),
        ];
        assert_eq!(names(&pieces), ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_few_notes_over_and_over_are_no_evidence() {
        let patterns: [&[u8]; 6] =
            [&[60, 64], &[60, 64, 67], &[60, 67, 64, 67], &[60, 64, 67, 69], &[60], &[60, 62, 64, 67, 69]];
        for pattern in patterns {
            let notes: Vec<_> = (0..64).map(|at| pattern[at % pattern.len()]).collect();
            let pieces: Vec<_> = ["a", "b", "c"]
                .into_iter()
                .zip([480, 240, 480])
                .map(|(name, length)| piece(name, "", &notes, length))
                .collect();
            assert_eq!(names(&pieces), ["a", "b", "c"], "{pattern:?}");
        }
    }

    #[test]
    fn a_title_of_habit_names_no_tune() {
        for title in ["Untitled", "Track 1", "Tempo Track", "Piano", "New Song 2", "1880", "Vocals"] {
            assert_eq!(bare_title(title), "", "{title}");
        }
        assert_eq!(names(&[piece("a", "Piano", &[60], 480), piece("b", "Piano", &[61], 480)]), ["a", "b"]);
    }

    #[test]
    fn what_two_pieces_have_in_common_is_told() {
        let pieces = [piece("a", "Jig", &TUNE, 480), piece("b", "Jig", &TUNE, 180), piece("c", "", &TUNE[..6], 480)];
        let melodies: Vec<_> = pieces.iter().map(|piece| piece.score.voices[0].notes.clone()).collect();
        let found: Vec<_> = links(&pieces, &melodies).into_iter().map(|link| (link.pieces, link.by)).collect();
        assert_eq!(found, [((0, 1), Evidence::Title), ((0, 1), Evidence::Melody)]);
    }
}
