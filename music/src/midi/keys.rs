//! The key of a piece whose parts state keys of their own.

use crate::key::Key;
use crate::note::Note;
use crate::score::{Change, Score};

/// How many parts with keys of their own are asked; no orchestra has more.
const PARTS: usize = 64;

/// The keys of a piece in which several tracks state theirs.
///
/// Parts for transposing instruments are often written with the key of their notation, though a MIDI file has the sounding
/// pitches. Where tracks state different keys for one moment, those of the track hold that fit the notes of the piece best, by
/// the time that notes of its scales sound; of several, those of the first. Otherwise all keys hold that any track states.
pub(super) fn in_common(tracks: Vec<Vec<Change<Key>>>, score: &Score) -> Vec<Change<Key>> {
    let mut all: Vec<_> = tracks.iter().flatten().copied().collect();
    all.sort_by_key(|change| change.at);
    let disagree = |pair: &[Change<Key>]| pair[0].at == pair[1].at && pair[0].value != pair[1].value;
    if !all.windows(2).any(disagree) {
        all.dedup_by_key(|change| change.at);
        return all;
    }
    let mut different: Vec<Vec<Change<Key>>> = Vec::new();
    for track in tracks.into_iter().filter(|keys| !keys.is_empty()) {
        if different.len() < PARTS && !different.contains(&track) {
            different.push(track);
        }
    }
    let fit = |keys: &[Change<Key>]| score.pitched_notes().map(|note| time_in_scale(keys, note)).sum::<u64>();
    // Of several that fit alike, the first: `max_by_key` alone would take the last.
    different.into_iter().rev().max_by_key(|keys| fit(keys)).unwrap_or_default()
}

/// How long a note sounds, if it is of the scale of the key that holds when it begins; the first key holds from the beginning.
fn time_in_scale(keys: &[Change<Key>], note: &Note) -> u64 {
    let stated = keys.partition_point(|change| change.at <= note.start);
    let key = keys.get(stated.saturating_sub(1)).map(|change| change.value);
    if key.is_some_and(|key| key.contains(note.pitch.class())) { u64::from(note.duration.0) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pitch::Pitch;
    use crate::score::Voice;
    use crate::time::Tick;

    fn keys(keys: &[(u32, &str)]) -> Vec<Change<Key>> {
        keys.iter().map(|(at, key)| Change { at: Tick(*at), value: key.parse().unwrap() }).collect()
    }

    fn score(pitches: &[u8]) -> Score {
        let note = |(pitch, start)| Note::new(Pitch::new(pitch).unwrap(), Tick(start), Tick(100));
        let notes = pitches.iter().copied().zip((0..).step_by(100)).map(note).collect();
        Score { voices: vec![Voice { notes, ..Voice::default() }], ..Score::default() }
    }

    #[test]
    fn keys_that_agree_or_stand_apart_all_hold() {
        let agreeing =
            vec![keys(&[(0, "C major")]), keys(&[(0, "C major"), (200, "G major")]), keys(&[(400, "A minor")])];
        let all = keys(&[(0, "C major"), (200, "G major"), (400, "A minor")]);
        assert_eq!(in_common(agreeing, &score(&[66, 66, 66])), all);
    }

    #[test]
    fn of_keys_that_differ_those_of_the_sounding_scale_hold_however_many_state_others() {
        let clarinet = || keys(&[(0, "D major"), (300, "A major")]);
        let flute = keys(&[(0, "C major"), (300, "G major")]);
        let pitches = [60, 65, 67, 66, 67, 60];
        assert_eq!(in_common(vec![clarinet(), flute.clone(), clarinet()], &score(&pitches)), flute);
        assert_eq!(in_common(vec![flute.clone(), clarinet()], &score(&pitches)), flute);
    }

    #[test]
    fn of_keys_that_fit_alike_the_first_hold() {
        let both = [keys(&[(0, "C major")]), keys(&[(0, "A minor")])];
        assert_eq!(in_common(both.to_vec(), &score(&[60])), both[0]);
        assert_eq!(in_common(both.to_vec(), &score(&[])), both[0]);
    }
}
