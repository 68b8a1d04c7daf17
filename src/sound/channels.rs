//! Which channel of which synthesizer plays a voice.

use std::collections::BTreeMap;

use gradus_music::Control;
use rustysynth::Synthesizer;

use super::performance::{Performance, TimedControl};

/// A channel of one of several synthesizers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) synthesizer: usize,
    /// 0 to 15.
    pub(super) number: i32,
}

impl Channel {
    /// Its place among the channels of all synthesizers.
    pub(super) fn index(self) -> usize {
        self.synthesizer * Synthesizer::CHANNEL_COUNT + self.number as usize
    }

    /// The channels for pitched voices, in order; drums have the tenth of each synthesizer.
    fn melodic(index: usize) -> Self {
        let number = index % MELODIC;
        let number = number + usize::from(number >= Synthesizer::PERCUSSION_CHANNEL);
        Self { synthesizer: index / MELODIC, number: number as i32 }
    }

    fn percussive(index: usize) -> Self {
        Self { synthesizer: index, number: Synthesizer::PERCUSSION_CHANNEL as i32 }
    }
}

const MELODIC: usize = Synthesizer::CHANNEL_COUNT - 1;

/// How many pitched voices have a channel of their own whatever they are: as many as four synthesizers have room for.
const OWN: usize = 4 * MELODIC;

/// The channels of all voices, on as many synthesizers as that takes.
///
/// No two voices that are played differently share a channel, so none disturbs another. Drums that are played alike
/// share one, for one of them may silence another, as a closed hi-hat does the open one. So do pitched voices that are
/// played alike, once there are very many: a MIDI file has sixteen channels, so there are never many synthesizers.
pub(super) struct Channels {
    of_voices: BTreeMap<usize, Channel>,
    synthesizers: usize,
}

/// Whether a voice is percussion, and how it is played.
type Playing = (bool, Vec<(u64, Control)>);

impl Channels {
    pub(super) fn of(performance: &Performance) -> Self {
        let mut playing: BTreeMap<usize, Playing> = BTreeMap::new();
        for note in &performance.notes {
            playing.entry(note.voice).or_default().0 = note.percussion;
        }
        for &TimedControl { at, voice, control } in &performance.controls {
            playing.entry(voice).or_default().1.push((at.to_bits(), control));
        }
        let (mut melodic, mut percussive) = (0, 0);
        let mut shared: BTreeMap<Playing, Channel> = BTreeMap::new();
        let mut of_voices = BTreeMap::new();
        for (voice, playing) in playing {
            let known = shared.get(&playing).copied().filter(|_| playing.0 || melodic >= OWN);
            let channel = known.unwrap_or_else(|| {
                let (taken, channel): (&mut usize, fn(usize) -> Channel) =
                    if playing.0 { (&mut percussive, Channel::percussive) } else { (&mut melodic, Channel::melodic) };
                *taken += 1;
                channel(*taken - 1)
            });
            shared.insert(playing, channel);
            of_voices.insert(voice, channel);
        }
        Self { of_voices, synthesizers: percussive.max(melodic.div_ceil(MELODIC)) }
    }

    pub(super) fn of_voice(&self, voice: usize) -> Channel {
        self.of_voices[&voice]
    }

    /// How many synthesizers there must be.
    pub(super) fn synthesizers(&self) -> usize {
        self.synthesizers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradus_music::{Change, Note, Pitch, Score, Tick, Voice};

    fn voice(program: u8, percussion: bool) -> Voice {
        let notes = vec![Note::new(Pitch::MIDDLE_C, Tick(0), Tick(480))];
        Voice { program, percussion, notes, ..Voice::default() }
    }

    fn channels(voices: Vec<Voice>) -> (usize, Vec<usize>) {
        let count = voices.len();
        let channels = Channels::of(&Performance::of(&Score { voices, ..Score::default() }).unwrap());
        (channels.synthesizers(), (0..count).map(|voice| channels.of_voice(voice).index()).collect())
    }

    #[test]
    fn pitched_voices_have_channels_of_their_own_beyond_the_fifteenth_too() {
        let (synthesizers, mut used) = channels((0..40).map(|_| voice(0, false)).collect());
        assert_eq!((synthesizers, used[14], used[15]), (3, 15, 16));
        assert!(used.iter().all(|index| index % 16 != 9), "the tenth is for drums");
        used.dedup();
        assert_eq!(used.len(), 40);
    }

    #[test]
    fn drums_share_the_tenth_unless_they_are_played_differently() {
        let mut quiet = voice(0, true);
        quiet.controls = vec![Change::at_the_start(Control::Volume(20))];
        let (synthesizers, used) = channels(vec![voice(0, true), voice(0, false), voice(0, true), quiet]);
        assert_eq!((synthesizers, used), (2, vec![9, 0, 9, 25]));
    }

    #[test]
    fn thousands_of_voices_take_few_synthesizers_and_those_that_differ_never_share() {
        let (synthesizers, used) = channels((0..5_000_u32).map(|it| voice((it % 16) as u8, false)).collect());
        assert_eq!(synthesizers, 4);
        for other in (0..5_000).filter(|other| other % 16 != 7) {
            assert_ne!(used[4_007 - 4_007 % 16 + 7], used[other]);
        }
    }
}
