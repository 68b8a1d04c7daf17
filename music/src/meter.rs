//! Metre and tempo.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::MusicError;
use crate::time::{Resolution, Tick};

/// A time signature such as 3/4: so many notes of a unit in a bar. 4/4 unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Meter {
    beats: u8,
    unit: u8,
}

impl Meter {
    /// 4/4.
    pub const COMMON: Meter = Meter { beats: 4, unit: 4 };

    /// A metre of `beats` (at least 1) notes of one `unit`-th each (a power of two, at most 64).
    pub fn new(beats: u8, unit: u8) -> Result<Meter, MusicError> {
        if beats == 0 || !unit.is_power_of_two() || unit > 64 {
            return Err(MusicError::NotAMeter { text: format!("{beats}/{unit}") });
        }
        Ok(Meter { beats, unit })
    }

    /// The upper figure.
    pub fn beats(self) -> u8 {
        self.beats
    }

    /// The lower figure.
    pub fn unit(self) -> u8 {
        self.unit
    }

    /// The length of a bar in quarter notes.
    pub fn quarters(self) -> f64 {
        f64::from(self.beats) * 4.0 / f64::from(self.unit)
    }

    /// The length of a bar in ticks, rounded down where the resolution is too coarse, and never
    /// zero.
    pub fn bar(self, resolution: Resolution) -> Tick {
        self.units(u32::from(self.beats), resolution)
    }

    /// The length of what this metre counts, such as an eighth note in 6/8; rounded as
    /// [`Meter::bar`] is.
    pub fn pulse(self, resolution: Resolution) -> Tick {
        self.units(1, resolution)
    }

    fn units(self, count: u32, resolution: Resolution) -> Tick {
        Tick((count * 4 * u32::from(resolution.ticks()) / u32::from(self.unit)).max(1))
    }
}

impl Default for Meter {
    fn default() -> Meter {
        Meter::COMMON
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{}/{}", self.beats, self.unit))
    }
}

impl FromStr for Meter {
    type Err = MusicError;

    fn from_str(text: &str) -> Result<Meter, MusicError> {
        let figures = text.split_once('/').and_then(|(beats, unit)| Some((beats.parse().ok()?, unit.parse().ok()?)));
        let not_a_meter = || MusicError::NotAMeter { text: text.to_owned() };
        let (beats, unit) = figures.ok_or_else(not_a_meter)?;
        Meter::new(beats, unit).map_err(|_| not_a_meter())
    }
}

impl TryFrom<String> for Meter {
    type Error = MusicError;

    fn try_from(text: String) -> Result<Meter, MusicError> {
        text.parse()
    }
}

impl From<Meter> for String {
    fn from(meter: Meter) -> String {
        meter.to_string()
    }
}

/// Speed, kept as MIDI does: whole microseconds a quarter note, 1 to 2^24 - 1. 120 beats a minute
/// unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Tempo(u32);

impl Tempo {
    const MAX: u32 = 0x00FF_FFFF;

    /// The tempo nearest to so many quarter notes a minute.
    pub fn from_bpm(bpm: f64) -> Result<Tempo, MusicError> {
        let microseconds = (60e6 / bpm).round();
        if !(1.0..=f64::from(Tempo::MAX)).contains(&microseconds) {
            return Err(MusicError::NotATempo { bpm });
        }
        Ok(Tempo(microseconds as u32))
    }

    /// The tempo of so many microseconds a quarter note, if that is neither 0 nor above 2^24 - 1.
    pub const fn from_microseconds(microseconds: u32) -> Option<Tempo> {
        if microseconds >= 1 && microseconds <= Tempo::MAX { Some(Tempo(microseconds)) } else { None }
    }

    /// Quarter notes a minute.
    pub fn bpm(self) -> f64 {
        60e6 / f64::from(self.0)
    }

    /// Microseconds a quarter note.
    pub const fn microseconds(self) -> u32 {
        self.0
    }
}

impl Default for Tempo {
    fn default() -> Tempo {
        Tempo(500_000)
    }
}

impl fmt::Display for Tempo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.0} BPM", self.bpm())
    }
}

impl TryFrom<f64> for Tempo {
    type Error = MusicError;

    fn try_from(bpm: f64) -> Result<Tempo, MusicError> {
        Tempo::from_bpm(bpm)
    }
}

impl From<Tempo> for f64 {
    fn from(tempo: Tempo) -> f64 {
        tempo.bpm()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_reads_what_it_writes() {
        for text in ["4/4", "3/4", "6/8", "255/64", "2/2", "1/1"] {
            assert_eq!(text.parse::<Meter>().unwrap().to_string(), text);
        }
        assert_eq!(serde_json::from_str::<Meter>("\"6/8\"").unwrap(), Meter::new(6, 8).unwrap());
    }

    #[test]
    fn what_is_no_meter_is_refused_with_a_remedy() {
        for text in ["", "4", "0/4", "4/0", "4/3", "256/4", "4/128", "C", "-3/4"] {
            let error = text.parse::<Meter>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("such as"), "{error}");
        }
    }

    #[test]
    fn a_bar_has_the_length_of_its_beats() {
        let bar = |text: &str| text.parse::<Meter>().unwrap().bar(Resolution::default());
        assert_eq!([bar("4/4"), bar("3/4"), bar("6/8"), bar("2/2")].map(|bar| bar.0), [1920, 1440, 1440, 1920]);
        let coarse = Resolution::new(1).unwrap();
        assert_eq!("1/64".parse::<Meter>().unwrap().bar(coarse), Tick(1));
    }

    #[test]
    fn a_tempo_stays_within_what_midi_can_state() {
        assert_eq!(Tempo::from_bpm(120.0).unwrap(), Tempo::default());
        assert!((Tempo::from_bpm(90.0).unwrap().bpm() - 90.0).abs() < 1e-3);
        for bpm in [0.0, -10.0, 1.0, f64::NAN, f64::INFINITY] {
            assert!(Tempo::from_bpm(bpm).is_err(), "{bpm}");
        }
        assert_eq!(Tempo::from_microseconds(0), None);
    }

    #[test]
    fn every_tempo_survives_the_way_through_beats_a_minute() {
        for microseconds in (1..=Tempo::MAX).step_by(997) {
            let tempo = Tempo(microseconds);
            assert_eq!(Tempo::from_bpm(tempo.bpm()).unwrap(), tempo);
        }
    }
}
