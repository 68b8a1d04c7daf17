//! Which voice of a piece is its melody, as a user says it.

use gradus_music::MelodySource;

/// What `--voice` says of itself.
const HELP: &str = "\
Which voice of a piece is its melody: the name of a voice, or words of it (`Vox`, `lead vocal`, `channel 4`); the number of \
its track in the file, counted from 1; `highest`, which takes all voices together and at each moment the highest note; or \
`auto`, which goes by the names of the voices and then by how high they are, how much of the piece they sing, and how they \
move. A piece of a corpus that lacks the voice is heard as by `auto`, and a warning says so. `gradus corpus inspect` shows the \
voices of each file";

/// The voice that is the melody.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct VoiceArgs {
    /// Which voice is the melody: its name, the number of its track, `highest`, or `auto`
    #[arg(long, value_name = "NAME|N|highest", long_help = HELP)]
    pub(crate) voice: Option<MelodySource>,
}

impl VoiceArgs {
    /// Where the melody is; `auto` if nothing is said.
    pub(crate) fn source(&self) -> MelodySource {
        self.voice.clone().unwrap_or_default()
    }
}
