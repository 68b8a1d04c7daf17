//! A score as the tokens that write its melody.

use std::str::FromStr;

use gradus_music::{MelodyEncoding, MelodySource, Moves, Score, Tempo, Token, melody::extract, quantize};

use super::{Config, Mask, Melody, Primer};
use crate::{
    env::Env,
    error::EnvError,
    registry::Registered,
    rewards::{Event, RewardStack},
    setting::Setting,
    space::ActionBuffer,
    transcript::{Composing, Fit, Transcribed, Transcript, origin},
};

/// How a melody was written, as its score's origin keeps it: the lowest pitch and the grid that the tokens stand for,
/// what was given, and the tokens, such as `melody: 48 4; primer 5; 14 1 0`.
pub(super) struct Origin {
    low: u8,
    steps_per_beat: u8,
    /// Whether the primer is an opening, which is heard.
    heard: bool,
    primer: Vec<Token>,
    tokens: Vec<Token>,
}

impl Origin {
    pub(super) fn new(setting: &Setting, heard: bool, primer: &[Token], tokens: &[Token]) -> Self {
        Self {
            low: setting.vocabulary.low().number(),
            steps_per_beat: setting.grid.steps_per_beat(),
            heard,
            primer: primer.to_vec(),
            tokens: tokens.to_vec(),
        }
    }

    pub(super) fn written(&self) -> String {
        let Self { low, steps_per_beat, heard, primer, tokens } = self;
        let numbers = |tokens: &[Token]| tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let given = if *heard { "opening" } else { "primer" };
        format!("{}: {low} {steps_per_beat}; {given} {}; {}", Config::NAME, numbers(primer), numbers(tokens))
    }

    fn read(score: &Score) -> Option<Self> {
        fn numbers<T: FromStr>(text: &str) -> Option<Vec<T>> {
            text.split_whitespace().map(|word| word.parse().ok()).collect()
        }
        let tokens = |text: &str| Some(numbers(text)?.into_iter().map(Token).collect());

        let [frame, given, piece] = origin(score, Config::NAME)?;
        let [low, steps_per_beat] = numbers(frame)?.try_into().ok()?;
        let (heard, primer) = match given.strip_prefix("opening") {
            Some(opening) => (true, opening),
            None => (false, given.strip_prefix("primer")?),
        };
        Some(Self { low, steps_per_beat, heard, primer: tokens(primer)?, tokens: tokens(piece)? })
    }

    /// Whether it is written as `config` writes, in whose frame the score stands.
    fn is_of(&self, config: &Config, setting: &Setting, score: &Score) -> bool {
        let known = |tokens: &[Token]| tokens.iter().all(|token| token.index() < setting.vocabulary.size());
        self.low == config.low.number()
            && self.steps_per_beat == config.steps_per_beat
            && self.heard == matches!(config.primer, Primer::Corpus(_))
            && known(&self.primer)
            && known(&self.tokens)
            && !self.tokens.is_empty()
            && score.key() == Some(config.key)
    }

    /// Whether the score's notes are those that it says.
    fn is_true_of(&self, score: &Score, setting: &Setting) -> bool {
        let opening = if self.heard { self.primer.as_slice() } else { &[] };
        let heard = [opening, self.tokens.as_slice()].concat();
        let Ok(notes) = extract(score, &MelodySource::Highest) else { return false };
        let found = quantize(&notes, score.resolution, setting.grid);
        // Written times are rounded to ticks where a step is no whole number of them.
        let rounding = 1.0 / f64::from(score.resolution.ticks());
        found.notes == setting.vocabulary.decode(&heard)
            && found.error.max <= rounding
            && setting.grid.step(score.duration(), score.resolution) as usize == heard.len()
    }
}

impl Composing for Config {
    fn setting(&self) -> Result<Setting, EnvError> {
        self.setting()
    }

    /// A melody that Gradus has written with the same pitches, grid and key is its own tokens; another is moved where it
    /// does not fit.
    fn transcribe(&self, score: &Score, source: &MelodySource) -> Result<Transcript, EnvError> {
        let setting = self.setting()?;
        let origin = Origin::read(score).filter(|origin| origin.is_of(self, &setting, score));
        let edited = match origin {
            Some(origin) if origin.is_true_of(score, &setting) => {
                let own = transcript(&setting, origin.primer, &origin.tokens, Fit::default());
                return Ok(Transcript { own: true, ..own });
            }
            other => other.is_some(),
        };
        let encoding = MelodyEncoding { moves: Moves::Needed, source: source.clone(), ..setting.encoding() };
        let encoded = encoding.encode(score)?;
        let fit = Fit { edited, ..Fit::of(&encoded) };
        Ok(transcript(&setting, Vec::new(), &encoded.tokens, fit))
    }

    fn stage(&self, transcript: &Transcript, rewards: RewardStack) -> Result<Box<dyn Env>, EnvError> {
        let setting = Setting { steps: transcript.length, ..self.setting()? };
        let heard = matches!(self.primer, Primer::Corpus(_)) && !transcript.primer.is_empty();
        let openings = if heard { vec![transcript.primer.clone()] } else { Vec::new() };
        let unmasked = Self { primer: Primer::None, mask: Mask::default(), ..self.clone() };
        let mut melody = Melody::new(&unmasked, setting, Tempo::from_bpm(self.tempo)?, openings, rewards);
        melody.primer.extend_from_slice(&transcript.primer);
        Ok(Box::new(melody))
    }
}

impl Config {
    /// Returns the transcript of tokens, which are a whole piece if there are at least `steps` of them.
    ///
    /// # Panics
    /// If a token is not in the vocabulary.
    pub fn transcript(&self, tokens: &[Token]) -> Result<Transcript, EnvError> {
        let setting = self.setting()?;
        let length = setting.steps.max(tokens.len());
        Ok(Transcript { length, ..transcript(&setting, Vec::new(), tokens, Fit::default()) })
    }
}

fn transcript(setting: &Setting, primer: Vec<Token>, tokens: &[Token], fit: Fit) -> Transcript {
    let step = |(step, &token): (usize, &Token)| Transcribed {
        action: ActionBuffer::Discrete(u32::from(token.0)),
        event: Event::of_token(token, setting.vocabulary),
        start: setting.tick(step),
        end: setting.tick(step + 1),
    };
    Transcript { primer, steps: tokens.iter().enumerate().map(step).collect(), length: tokens.len(), own: false, fit }
}
