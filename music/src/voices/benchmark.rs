//! The chorales of the published likelihoods, read from the files that their makers gave out.

use serde_json::Value;

use super::chorale::{Chorale, VOICES, VoiceFrame};
use super::place::FramePlace;
use crate::corpus::Split;
use crate::error::MusicError;
use crate::pitch::Pitch;

/// The three parts of a benchmark; the split is its makers' own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts<P> {
    /// To learn from.
    pub train: Vec<P>,
    /// To choose settings by.
    pub validation: Vec<P>,
    /// To report on, and nothing else.
    pub test: Vec<P>,
}

/// The JSB chorales on the sixteenth grid, four voices apart: 229, 76 and 77 pieces.
///
/// Source: the files of Boulanger-Lewandowski, Bengio and Vincent, "Modeling temporal dependencies
/// in high-dimensional sequences", 2012 (arXiv:1206.6392), with the voices apart as in Huang et al.,
/// "Counterpoint by convolution", 2017 (arXiv:1903.07227).
pub type ChoraleSet = Parts<Chorale>;

/// The JSB chorales on the quarter grid: which pitches sound, and not who sings them. Its makers
/// have moved the pieces into one key, so it must not be mixed with a [`ChoraleSet`].
///
/// Source: Boulanger-Lewandowski, Bengio and Vincent, "Modeling temporal dependencies in
/// high-dimensional sequences", 2012 (arXiv:1206.6392).
pub type QuarterSet = Parts<PitchSets>;

/// The pitches that sound on each step, from the lowest up and each once; a rest has none.
pub type PitchSets = Vec<Vec<Pitch>>;

impl<P> Parts<P> {
    /// The pieces of one part.
    pub fn part(&self, split: Split) -> &[P] {
        match split {
            Split::Train => &self.train,
            Split::Validation => &self.validation,
            Split::Test => &self.test,
        }
    }
}

impl ChoraleSet {
    /// Reads an object with the lists `train`, `valid` and `test` of pieces; a piece is a list of
    /// frames, and a frame the MIDI pitches of soprano, alto, tenor and bass, -1 where one rests.
    ///
    /// Anything else is an error that names its place.
    pub fn from_json(text: &str) -> Result<ChoraleSet, MusicError> {
        let frames = |piece: &Value, place| Ok(Chorale { frames: frames(piece, place, voices)? });
        parts(text, frames)
    }
}

impl QuarterSet {
    /// Reads an object with the lists `train`, `valid` and `test` of pieces; a piece is a list of
    /// frames, and a frame the list of the MIDI pitches that sound, in any order.
    ///
    /// Anything else is an error that names its place; so is a pitch that stands twice in a frame.
    pub fn from_json(text: &str) -> Result<QuarterSet, MusicError> {
        parts(text, |piece, place| frames(piece, place, pitches))
    }

    /// The pieces as four voices: on each step the sounding pitches from the top down, and silence after the lowest.
    ///
    /// A step's pitches and its voices say the same, so what is as likely as the one is as likely as the other. A step
    /// on which more than four pitches sound is an error that names its place; the benchmark has none.
    pub fn ranked(&self) -> Result<ChoraleSet, MusicError> {
        let part = |split| {
            let place = FramePlace { part: Some(split), ..FramePlace::default() };
            let piece = |(at, piece): (usize, &PitchSets)| ranked(piece, FramePlace { piece: Some(at), ..place });
            self.part(split).iter().enumerate().map(piece).collect::<Result<_, MusicError>>()
        };
        Ok(Parts { train: part(Split::Train)?, validation: part(Split::Validation)?, test: part(Split::Test)? })
    }
}

fn ranked(piece: &PitchSets, place: FramePlace) -> Result<Chorale, MusicError> {
    let frame = |(at, pitches): (usize, &Vec<Pitch>)| {
        if pitches.len() > VOICES.len() {
            let place = FramePlace { frame: Some(at), ..place };
            return Err(wrong(place, format!("{} pitches sound here, and there are four voices", pitches.len())));
        }
        let mut from_the_top = pitches.iter().rev().copied();
        Ok(std::array::from_fn(|_| from_the_top.next()))
    };
    Ok(Chorale { frames: piece.iter().enumerate().map(frame).collect::<Result<_, MusicError>>()? })
}

fn parts<P>(text: &str, piece: impl Fn(&Value, FramePlace) -> Result<P, MusicError>) -> Result<Parts<P>, MusicError> {
    let whole = FramePlace::default();
    let file: Value = serde_json::from_str(text).map_err(|source| MusicError::NotJson { source })?;
    let file = file.as_object().ok_or_else(|| wrong(whole, "an object with `train`, `valid` and `test` is needed"))?;
    if let Some(key) = file.keys().find(|key| !Split::ALL.map(FramePlace::name).contains(&key.as_str())) {
        return Err(wrong(whole, format!("`{key}` is not a part; the parts are `train`, `valid` and `test`")));
    }
    let part = |split| {
        let place = FramePlace { part: Some(split), ..whole };
        let pieces = file.get(FramePlace::name(split)).ok_or_else(|| wrong(place, "this part is missing"))?;
        let pieces = list(pieces, place, "a list of pieces")?;
        let read = |(at, value)| piece(value, FramePlace { piece: Some(at), ..place });
        pieces.iter().enumerate().map(read).collect::<Result<_, MusicError>>()
    };
    Ok(Parts { train: part(Split::Train)?, validation: part(Split::Validation)?, test: part(Split::Test)? })
}

fn frames<F>(
    piece: &Value,
    place: FramePlace,
    frame: impl Fn(&[Value], FramePlace) -> Result<F, MusicError>,
) -> Result<Vec<F>, MusicError> {
    let frames = list(piece, place, "a list of frames")?;
    if frames.is_empty() {
        return Err(wrong(place, "a piece has at least one frame"));
    }
    let read = |(at, value)| {
        let place = FramePlace { frame: Some(at), ..place };
        frame(list(value, place, "a list of pitches")?, place)
    };
    frames.iter().enumerate().map(read).collect()
}

fn voices(frame: &[Value], place: FramePlace) -> Result<VoiceFrame, MusicError> {
    let mut voices = VoiceFrame::default();
    if frame.len() != voices.len() {
        let (needed, found) = (VOICES.map(str::to_lowercase).join(", "), frame.len());
        return Err(wrong(place, format!("a frame has 4 numbers ({needed}), this one has {found}")));
    }
    for (index, (voice, value)) in voices.iter_mut().zip(frame).enumerate() {
        let silent = value.as_i64() == Some(-1);
        let unfit = || {
            let place = FramePlace { number: Some(index), ..place };
            wrong(place, format!("`{value}` is neither a MIDI pitch from 0 to 127 nor -1 for silence"))
        };
        *voice = if silent { None } else { Some(pitch(value).ok_or_else(unfit)?) };
    }
    Ok(voices)
}

fn pitches(frame: &[Value], place: FramePlace) -> Result<Vec<Pitch>, MusicError> {
    let read = |(index, value): (usize, &Value)| {
        let place = FramePlace { number: Some(index), ..place };
        pitch(value).ok_or_else(|| wrong(place, format!("`{value}` is not a MIDI pitch from 0 to 127")))
    };
    let mut pitches = frame.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    pitches.sort_unstable();
    match pitches.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(wrong(place, format!("{} stands here twice; leave one out", pair[0].number()))),
        None => Ok(pitches),
    }
}

fn pitch(value: &Value) -> Option<Pitch> {
    Pitch::new(u8::try_from(value.as_u64()?).ok()?)
}

fn list<'a>(value: &'a Value, place: FramePlace, needed: &str) -> Result<&'a [Value], MusicError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(place, format!("{needed} is needed")))
}

fn wrong(place: FramePlace, reason: impl Into<String>) -> MusicError {
    MusicError::NotABenchmark { place, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The training part given, the two others empty.
    fn file(train: &str) -> String {
        format!(r#"{{"train": {train}, "valid": [], "test": []}}"#)
    }

    /// Where the error lies, and what it says.
    fn error<P>(read: Result<Parts<P>, MusicError>) -> (String, String) {
        match read.err().unwrap() {
            MusicError::NotABenchmark { place, reason } => (place.to_string(), reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn four_voices_are_read_with_their_rests() {
        let set =
            ChoraleSet::from_json(r#"{"test": [[[60, -1, 48, 0]]], "train": [[[72, 67, 64, 127]]], "valid": []}"#);
        let set = set.unwrap();
        assert_eq!(set.test[0].frames, [[Pitch::new(60), None, Pitch::new(48), Pitch::new(0)]]);
        assert_eq!(set.part(Split::Train)[0].frames[0][3], Some(Pitch::MAX));
        assert_eq!(set.part(Split::Validation), []);
    }

    #[test]
    fn sets_of_pitches_are_read_in_order_and_may_be_empty() {
        let set = QuarterSet::from_json(&file("[[[67, 60], []]]")).unwrap();
        assert_eq!(set.train, [[vec![Pitch::MIDDLE_C, Pitch::new(67).unwrap()], vec![]]]);
    }

    #[test]
    fn sets_of_pitches_are_ranked_from_the_top() {
        let ranked = QuarterSet::from_json(&file("[[[67, 60], [], [36, 72, 64, 55]]]")).unwrap().ranked().unwrap();
        let frames = [[67, 60, 128, 128], [128; 4], [72, 64, 55, 36]].map(|frame| frame.map(Pitch::new));
        assert_eq!(ranked.train[0].frames, frames);
        let five = QuarterSet::from_json(&file("[[[60]], [[60], [60, 61, 62, 63, 64]]]")).unwrap();
        let (place, reason) = error(five.ranked());
        assert!(place == ".train[1][1]" && reason.contains("5 pitches"), "{place}: {reason}");
    }

    #[test]
    fn what_is_no_json_is_told_so_with_line_and_column() {
        let error = ChoraleSet::from_json("{\n  \"train\": [").unwrap_err();
        assert!(matches!(&error, MusicError::NotJson { source } if source.line() == 2), "{error:?}");
    }

    #[test]
    fn a_fault_of_the_four_voices_is_named_with_its_place() {
        let whole_frame = "[1, 2, 3, 4]";
        let cases = [
            ("[]".to_owned(), ".", "object"),
            (r#"{"train": [], "valid": []}"#.to_owned(), ".test", "missing"),
            (r#"{"train": [], "valid": [], "test": [], "dev": []}"#.to_owned(), ".", "`dev`"),
            (file("7"), ".train", "list of pieces"),
            (file("[null]"), ".train[0]", "list of frames"),
            (file(&format!("[[{whole_frame}], []]")), ".train[1]", "at least one frame"),
            (file(&format!("[[{whole_frame}, 60]]")), ".train[0][1]", "list of pitches"),
            (file(&format!("[[{whole_frame}, {whole_frame}, [1, 2, 3]]]")), ".train[0][2]", "has 3"),
            (file("[[[1, 2, 3, 4, 5]]]"), ".train[0][0]", "soprano, alto, tenor, bass"),
            (file("[[[1, 2, -2, 4]]]"), ".train[0][0][2]", "`-2`"),
            (file("[[[1, 128, 3, 4]]]"), ".train[0][0][1]", "`128`"),
            (file("[[[60.0, 2, 3, 4]]]"), ".train[0][0][0]", "`60.0`"),
            (file(r#"[[[1, 2, 3, "C4"]]]"#), ".train[0][0][3]", "C4"),
            (file("[[[1, 2, 3, null]]]"), ".train[0][0][3]", "-1 for silence"),
        ];
        for (text, place, reason) in cases {
            let found = error(ChoraleSet::from_json(&text));
            assert!(found.0 == place && found.1.contains(reason), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_fault_of_the_sets_is_named_with_its_place() {
        let cases = [
            (file("[[[60, -1]]]"), ".train[0][0][1]", "`-1`"),
            (file("[[[60], [60, 64, 60]]]"), ".train[0][1]", "60 stands here twice"),
            (r#"{"train": [], "valid": [[[1e3]]], "test": []}"#.to_owned(), ".valid[0][0][0]", "`1000.0`"),
        ];
        for (text, place, reason) in cases {
            let found = error(QuarterSet::from_json(&text));
            assert!(found.0 == place && found.1.contains(reason), "{text}: {found:?}");
        }
        assert!(error(QuarterSet::from_json(&file("[[]]"))).1.contains("at least one frame"));
    }

    #[test]
    fn an_error_says_where_and_what() {
        let error = ChoraleSet::from_json(&file("[[[1, 2, 3]]]")).unwrap_err().to_string();
        assert!(error.contains("`.train[0][0]`") && error.contains("4 numbers"), "{error}");
    }
}
