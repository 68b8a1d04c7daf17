//! Which tune a piece has a passage of, if any.

use crate::token::{Token, Vocabulary};

/// Tunes, laid out so that the longest passage that a piece shares with any of them is found at once.
///
/// Two passages are the same if the intervals between their notes are, and the times from onset to
/// onset. So a transposed copy is a copy, and so is one with shorter notes and rests between them;
/// one at half the speed is not, and neither is one with an added note, which ends the run. How long
/// the last note of a run lasts does not matter.
///
/// It is a suffix array over the steps from note to note of all tunes, with a mark between tunes. It
/// takes 16 bytes a note, O(n log^2 n) time to build for n notes, and O(m log n) comparisons to look
/// up a piece of m notes. Source: Manber and Myers, "Suffix arrays: a new method for on-line string
/// searches", 1993.
#[derive(Clone, Debug, Default)]
pub struct TuneIndex {
    vocabulary: Vocabulary,
    tunes: Vec<Tune>,
    /// The steps of all tunes, each tune followed by [`END`].
    text: Vec<Step>,
    /// The onset, in steps of the grid, of the note before each of them.
    onsets: Vec<u32>,
    /// The places in the text, in the order of what follows there.
    sorted: Vec<u32>,
}

/// The longest passage that a piece has in common with a tune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedRun<'a> {
    /// Its notes: at least 2.
    pub notes: usize,
    /// The notes of the whole piece.
    pub out_of: usize,
    /// The step of the piece on which it begins.
    pub step: u32,
    /// The tune's name.
    pub tune: &'a str,
    /// The tune's place among those that were given, from 0.
    pub number: usize,
    /// The step of the tune on which it begins.
    pub tune_step: u32,
}

#[derive(Clone, Debug)]
struct Tune {
    name: String,
    /// Where its steps begin in the text.
    first: usize,
}

/// The way from a note to the next one: the interval and the time between the onsets.
type Step = u64;

/// No step: the time in a step is never 0.
const END: Step = 0;

impl TuneIndex {
    /// An index of named tunes whose tokens are those of this vocabulary.
    pub fn new<N, T>(vocabulary: Vocabulary, tunes: impl IntoIterator<Item = (N, T)>) -> TuneIndex
    where
        N: Into<String>,
        T: AsRef<[Token]>,
    {
        let mut index = TuneIndex { vocabulary, ..TuneIndex::default() };
        for (name, tokens) in tunes {
            index.tunes.push(Tune { name: name.into(), first: index.text.len() });
            let (onsets, steps) = steps(vocabulary, tokens.as_ref());
            index.text.extend(steps.into_iter().chain([END]));
            index.onsets.extend(onsets);
            index.onsets.resize(index.text.len(), 0);
        }
        index.sorted = sorted_suffixes(&index.text);
        index
    }

    /// The longest run of notes that a piece shares with any tune, as [`TuneIndex`] says; none if it
    /// shares not even two notes in a row.
    ///
    /// Of several the first in the piece, and of the tunes that have it the first, where it stands
    /// there first.
    pub fn longest_shared_run(&self, tokens: &[Token]) -> Option<SharedRun<'_>> {
        let (onsets, steps) = steps(self.vocabulary, tokens);
        let mut longest: &[Step] = &[];
        let mut start = 0;
        for at in 0..steps.len() {
            if steps.len() - at <= longest.len() {
                break;
            }
            let shared = self.longest_prefix(&steps[at..]);
            if shared > longest.len() {
                (longest, start) = (&steps[at..at + shared], at);
            }
        }
        let place = self.first_place(longest)?;
        let number = self.tunes.partition_point(|tune| tune.first <= place) - 1;
        Some(SharedRun {
            notes: longest.len() + 1,
            out_of: onsets.len(),
            step: onsets[start],
            tune: &self.tunes[number].name,
            number,
            tune_step: self.onsets[place],
        })
    }

    /// How many of the first of these steps stand somewhere in the text. Where they would be sorted
    /// in, one of the two neighbours agrees with most of them.
    fn longest_prefix(&self, steps: &[Step]) -> usize {
        let above = self.sorted.partition_point(|&place| &self.text[place as usize..] < steps);
        let neighbours = &self.sorted[above.saturating_sub(1)..self.sorted.len().min(above + 1)];
        neighbours.iter().map(|&place| common_prefix(&self.text[place as usize..], steps)).max().unwrap_or(0)
    }

    /// The first place in the text where a run stands; none for a run of nothing.
    fn first_place(&self, run: &[Step]) -> Option<usize> {
        let from = self.sorted.partition_point(|&place| &self.text[place as usize..] < run);
        let holds = |place: u32| self.text[place as usize..].starts_with(run);
        let count = self.sorted[from..].partition_point(|&place| holds(place));
        let places = &self.sorted[from..from + count];
        places.iter().min().filter(|_| !run.is_empty()).map(|&place| place as usize)
    }
}

/// The onsets of a melody's notes, and the steps between them.
fn steps(vocabulary: Vocabulary, tokens: &[Token]) -> (Vec<u32>, Vec<Step>) {
    let notes = vocabulary.decode(tokens);
    let step = |interval: u8, time: u32| Step::from(time) << 8 | Step::from(interval);
    let steps = notes
        .windows(2)
        .map(|pair| step(pair[1].pitch.number().wrapping_sub(pair[0].pitch.number()), pair[1].start - pair[0].start));
    (notes.iter().map(|note| note.start).collect(), steps.collect())
}

fn common_prefix(left: &[Step], right: &[Step]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

/// The places of a text in the order of what follows there.
///
/// Sorted by the first step, then by the first two, four, eight and so on, each time by the ranks of
/// the two halves. (To compare what follows itself would be quadratic for long repetitions.)
fn sorted_suffixes(text: &[Step]) -> Vec<u32> {
    let mut values = text.to_vec();
    values.sort_unstable();
    values.dedup();
    let rank = |step| values.partition_point(|value| value < step) as u32 + 1;
    let mut ranks: Vec<u32> = text.iter().map(rank).collect();
    let mut sorted: Vec<(u64, u32)> = Vec::with_capacity(text.len());
    let mut width = 1;
    loop {
        // Nothing follows beyond the end; its rank is 0.
        let half = |place: usize| u64::from(ranks.get(place).copied().unwrap_or(0));
        sorted.clear();
        sorted.extend((0..text.len()).map(|place| (half(place) << 32 | half(place + width), place as u32)));
        sorted.sort_unstable();
        let mut different = 0;
        for (index, &(key, place)) in sorted.iter().enumerate() {
            different += u32::from(index == 0 || sorted[index - 1].0 != key);
            ranks[place as usize] = different;
        }
        if different as usize == text.len() {
            return sorted.into_iter().map(|(_, place)| place).collect();
        }
        width *= 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(numbers: &[u8]) -> Vec<Token> {
        numbers.iter().copied().map(Token).collect()
    }

    fn index(tunes: &[(&str, Vec<Token>)]) -> TuneIndex {
        TuneIndex::new(Vocabulary::default(), tunes.iter().cloned())
    }

    fn frere_jacques() -> Vec<Token> {
        tokens(&[14, 1, 16, 1, 18, 1, 14, 1, 14, 1, 16, 1, 18, 1, 14, 1, 18, 1, 19, 1, 21, 1, 1, 1])
    }

    /// The definition: every pair of places, note by note.
    fn by_comparison(piece: &[Token], tunes: &[(&str, Vec<Token>)]) -> Option<(usize, u32, usize, u32)> {
        let notes = |tokens: &[Token]| Vocabulary::default().decode(tokens);
        let piece = notes(piece);
        let mut best: Option<(usize, u32, usize, u32)> = None;
        for start in 0..piece.len() {
            for (number, (_, tune)) in tunes.iter().enumerate() {
                let tune = notes(tune);
                for tune_start in 0..tune.len() {
                    let (left, right) = (&piece[start..], &tune[tune_start..]);
                    let (lower, higher) = (i32::from(left[0].pitch.number()), i32::from(right[0].pitch.number()));
                    let alike = left.iter().zip(right).take_while(|(note, other)| {
                        other.start - right[0].start == note.start - left[0].start
                            && i32::from(other.pitch.number()) - higher == i32::from(note.pitch.number()) - lower
                    });
                    let count = alike.count();
                    if count > best.map_or(1, |(longest, ..)| longest) {
                        best = Some((count, left[0].start, number, right[0].start));
                    }
                }
            }
        }
        best
    }

    #[test]
    fn a_stolen_passage_is_named_with_its_places() {
        let index = index(&[("scale", tokens(&[14, 1, 16, 1, 18, 1, 19, 1])), ("Frère Jacques", frere_jacques())]);
        // Two notes of its own, then the end of the tune a tone higher, with a rest for a held note.
        let piece = tokens(&[30, 1, 1, 15, 20, 1, 21, 0, 23, 1]);
        let run = index.longest_shared_run(&piece).unwrap();
        assert_eq!(run, SharedRun { notes: 3, out_of: 5, step: 4, tune: "Frère Jacques", number: 1, tune_step: 16 });
    }

    #[test]
    fn a_copy_is_found_in_any_key_and_articulation_but_not_at_another_speed() {
        let index = index(&[("tune", frere_jacques())]);
        let higher: Vec<_> =
            frere_jacques().iter().map(|token| Token(if token.0 > 1 { token.0 + 5 } else { 1 })).collect();
        let staccato: Vec<_> =
            frere_jacques().iter().map(|token| Token(if token.0 == 1 { 0 } else { token.0 })).collect();
        let slower: Vec<_> = frere_jacques().iter().flat_map(|&token| [token, Token::HOLD]).collect();
        for copy in [frere_jacques(), higher, staccato] {
            assert_eq!(index.longest_shared_run(&copy).map(|run| (run.notes, run.out_of)), Some((11, 11)));
        }
        assert_eq!(index.longest_shared_run(&slower), None);
    }

    #[test]
    fn a_run_ends_with_its_tune() {
        let halves = index(&[("first", tokens(&[14, 16, 18])), ("second", tokens(&[19, 21, 23]))]);
        let run = halves.longest_shared_run(&tokens(&[14, 16, 18, 19, 21, 23])).unwrap();
        assert_eq!((run.notes, run.tune, run.tune_step), (3, "first", 0));
    }

    #[test]
    fn a_single_note_and_no_tunes_share_nothing() {
        let index = index(&[("note", tokens(&[14])), ("silence", tokens(&[0, 1, 1])), ("nothing", vec![])]);
        assert_eq!(index.longest_shared_run(&frere_jacques()), None);
        assert_eq!(index.longest_shared_run(&[]), None);
        assert_eq!(TuneIndex::default().longest_shared_run(&frere_jacques()), None);
    }

    #[test]
    fn a_long_repetition_is_no_trouble() {
        let drone = vec![Token(14); 100_000];
        let run = index(&[("drone", drone.clone())]);
        assert_eq!(run.longest_shared_run(&drone[..500]).map(|run| (run.notes, run.tune_step)), Some((500, 0)));
    }

    fn melody(most: usize) -> impl Strategy<Value = Vec<Token>> {
        prop::collection::vec(prop::sample::select(vec![0, 1, 14, 15, 16]).prop_map(Token), 0..most)
    }

    proptest! {
        #[test]
        fn the_longest_run_is_that_of_a_comparison_of_everything_with_everything(
            piece in melody(20),
            tunes in prop::collection::vec(melody(30), 0..5),
        ) {
            let names = ["a", "b", "c", "d", "e"];
            let tunes: Vec<_> = names.into_iter().zip(tunes).collect();
            let index = index(&tunes);
            let run = index.longest_shared_run(&piece);
            let found = run.map(|run| (run.notes, run.step, run.number, run.tune_step));
            prop_assert_eq!(found, by_comparison(&piece, &tunes));
            prop_assert!(run.is_none_or(|run| run.tune == names[run.number]));
        }

        #[test]
        fn suffixes_are_sorted(text in prop::collection::vec(0_u64..3, 0..60)) {
            let mut expected: Vec<u32> = (0..text.len() as u32).collect();
            expected.sort_by_key(|&place| &text[place as usize..]);
            prop_assert_eq!(sorted_suffixes(&text), expected);
        }
    }
}
