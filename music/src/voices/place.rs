//! Where in a file of frames something stands.

use std::fmt;

use crate::corpus::Split;

/// A place in a benchmark file: as deep as is known, each number counted from 0.
///
/// It is written as `jq` would find it: `.valid[3][17]` is frame 17 of piece 3 of the validation
/// part, and `.` the whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FramePlace {
    /// The part of the file.
    pub part: Option<Split>,
    /// The piece within the part.
    pub piece: Option<usize>,
    /// The frame within the piece.
    pub frame: Option<usize>,
    /// The number within the frame: a voice where voices stand apart.
    pub number: Option<usize>,
}

impl FramePlace {
    /// What the parts are called in the files.
    pub(super) fn name(split: Split) -> &'static str {
        match split {
            Split::Train => "train",
            Split::Validation => "valid",
            Split::Test => "test",
        }
    }
}

impl fmt::Display for FramePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, ".{}", self.part.map_or("", FramePlace::name))?;
        let indices = [self.piece, self.frame, self.number];
        indices.iter().map_while(|&index| index).try_for_each(|index| write!(formatter, "[{index}]"))
    }
}
