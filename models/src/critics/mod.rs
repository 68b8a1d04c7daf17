//! Models fitted to a corpus: critics that judge, priors that anchor, starting points of policies.
//!
//! To add one, write a file with a `Config` (its settings, [`Registered`](gradus_envs::registry::Registered),
//! [`FitCritic`]); then add its `mod` line and its row in the table below.

mod adversary;
mod corrupted;
mod data;
mod ffnn;
mod fit;
mod fitted;
mod gan;
mod linear;
mod lstm;
mod markov;
mod melodies;
mod network;
mod next_token;
mod progress;
mod reward;
mod shelf;
mod transformer;
mod verdict;
mod voices;
mod writing;

use crate::error::ModelError;
use crate::sequence::Alphabet;
use crate::weights::NamedArray;
pub use adversary::Adversary;
pub use corrupted::{CorruptionKind, Trial, corrupted, trials};
pub use data::{Labels, TokenCorpus, TokenPiece};
pub use fit::FitConfig;
pub use fitted::{Classifier, Critic, Discriminator, Regressor};
pub use linear::{Problem, Target, number_report, style_report};
pub use melodies::{MelodyData, alphabet, token_piece};
pub use network::Network;
pub use next_token::{Excerpt, Foresight, Judged, NextToken};
pub use progress::{Epoch, FitState, Moment, Progress, Watch};
pub use reward::Likelihood;
pub use shelf::{ModelShelf, NoModels, Refusal};
pub use verdict::Verdict;
pub use voices::{Benchmark, VoicesData};
pub use writing::Writing;

gradus_envs::registry! {
    /// A critic with its settings, as in a config's `[critic]`.
    pub enum CriticConfig: dyn FitCritic {
        Markov(markov::Config),
        Linear(linear::Config),
        Ffnn(ffnn::Config),
        Lstm(lstm::Config),
        Transformer(transformer::Config),
        Gan(gan::Config),
    }
}

/// The settings of a critic, which make it.
pub trait FitCritic {
    /// Refuses settings that do not go together, by their key within the critic's own.
    fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }

    /// Fits a critic to the training pieces, choosing by the validation pieces; `watch` hears how far it is.
    fn fit(&self, corpus: &TokenCorpus, seed: u64, watch: &mut Watch<'_>) -> Result<Critic, ModelError> {
        self.fit_from(corpus, seed, None, watch)
    }

    /// The same from where an earlier fit of this config, corpus and seed was left: it ends as that would have ended.
    fn fit_from(
        &self,
        corpus: &TokenCorpus,
        seed: u64,
        from: Option<&FitState>,
        watch: &mut Watch<'_>,
    ) -> Result<Critic, ModelError>;

    /// The critic of which `arrays` were kept.
    fn restore(&self, alphabet: Alphabet, arrays: &[NamedArray]) -> Result<Critic, ModelError>;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gradus_music::{Grid, Key, Vocabulary};

    use super::*;

    /// A tune that goes up and down a scale, from different steps.
    fn corpus() -> TokenCorpus {
        let alphabet = Alphabet { tokens: 12, phases: 4 };
        let piece = |first: u32| {
            let tokens: Vec<u32> =
                (0..40).map(|i| if (i + first) % 8 < 4 { (i + first) % 8 + 2 } else { 9 - (i + first) % 8 }).collect();
            TokenPiece {
                name: format!("tune {first}"),
                onsets: vec![true; tokens.len()],
                tokens,
                labels: Labels::default(),
            }
        };
        let pieces = |range: std::ops::Range<u32>| range.map(piece).collect();
        let writing = Writing::melody(Vocabulary::default(), Grid::default(), Key::C_MAJOR);
        TokenCorpus {
            alphabet,
            writing,
            pitches: 2..=11,
            train: pieces(0..8),
            validation: pieces(3..5),
            test: pieces(1..7),
        }
    }

    fn small() -> Vec<CriticConfig> {
        let fit = "fit = { epochs = 80, batch = 4, window = 16, learning-rate = 1e-2 }";
        let config = |name: &str, network: &str| format!("{name} = {{ network = {{ {network} }}, {fit} }}");
        [
            "markov = { order = 4 }".to_owned(),
            config("ffnn", "window = 4, embedding = 8, hidden = [16]"),
            config("lstm", "units = 32, dropout = 0.0"),
            config("transformer", "layers = 1, width = 16, heads = 2, context = 16, dropout = 0.0"),
        ]
        .map(|text| toml::from_str(&text).unwrap())
        .to_vec()
    }

    fn fitted(config: &CriticConfig, seed: u64) -> Arc<dyn NextToken> {
        let critic = config.config().fit(&corpus(), seed, &mut |_| Progress::Continue).unwrap();
        Arc::clone(critic.next_token().unwrap())
    }

    #[test]
    fn every_critic_learns_a_scale() {
        for config in small() {
            let foresight = Foresight::of(fitted(&config, 1).as_ref(), &corpus().test).unwrap();
            assert_eq!(foresight.tokens, 6 * 40);
            assert!(foresight.log_loss < 0.35, "{}: {foresight:?}", config.name());
            assert!(foresight.accuracy > 0.9, "{}: {foresight:?}", config.name());
        }
    }

    #[test]
    fn what_is_kept_of_a_critic_judges_alike() {
        let pieces: Vec<Vec<u32>> = corpus().test.into_iter().map(|piece| piece.tokens).collect();
        let pieces: Vec<Excerpt<'_>> = pieces.iter().map(|piece| piece.as_slice().into()).collect();
        for config in small() {
            let model = fitted(&config, 1);
            let again = config.config().restore(corpus().alphabet, &model.keep()).unwrap();
            assert_eq!(again.next_token().unwrap().judge(&pieces), model.judge(&pieces), "{}", config.name());
            assert!(model.parameters() > 0);
        }
    }

    #[test]
    fn one_seed_gives_one_critic_on_any_number_of_threads() {
        for config in small() {
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| fitted(&config, 7).keep())
            };
            assert_eq!(on(1), on(3), "{}", config.name());
        }
    }

    #[test]
    fn a_fit_that_was_stopped_goes_on_as_if_it_had_not_been() {
        for config in small() {
            let mut states = Vec::new();
            let whole = config.config().fit(&corpus(), 7, &mut |moment| {
                states.extend(moment.state.filter(|state| state.reported() % 30 == 1).cloned());
                Progress::Continue
            });
            let whole = whole.unwrap().keep();
            assert!(!states.is_empty() || config.name() == "markov");
            for state in &states {
                let state = FitState::from_bytes(&state.to_bytes().unwrap()).unwrap();
                let mut epochs = Vec::new();
                let again = config.config().fit_from(&corpus(), 7, Some(&state), &mut |moment| {
                    epochs.extend(moment.epoch.map(|epoch| epoch.epoch));
                    Progress::Continue
                });
                assert_eq!(again.unwrap().keep(), whole, "{} from {}", config.name(), state.reported());
                assert_eq!(epochs[0], state.reported() + 1);
            }
        }
    }

    #[test]
    fn probabilities_add_up_to_one() {
        for config in small() {
            let model = fitted(&config, 1);
            let before = [2, 3, 4];
            let pieces: Vec<Vec<u32>> = (0..12).map(|token| [&before[..], &[token]].concat()).collect();
            let pieces: Vec<Excerpt<'_>> = pieces.iter().map(|piece| piece.as_slice().into()).collect();
            let total: f64 = model.judge(&pieces).iter().map(|judged| f64::from(judged[3].log_p).exp()).sum();
            assert!((total - 1.0).abs() < 1e-5, "{}: {total}", config.name());
        }
    }

    #[test]
    fn place_by_place_it_thinks_as_of_the_whole_piece() {
        let tokens = corpus().test.swap_remove(0).tokens;
        let tokens = &tokens[..14];
        for config in small() {
            let model = fitted(&config, 1);
            let whole: Vec<f32> =
                model.judge(&[Excerpt { tokens, before: 3 }])[0].iter().map(|judged| judged.log_p).collect();
            // The second of two pieces rests at every other place, and starts over once.
            let mut stream = model.stream(2);
            let mut outputs = vec![0.0; 2 * stream.outputs()];
            let mut read = 0;
            for turn in 0..2 * tokens.len() + 6 {
                if turn == 6 {
                    stream.reset(1);
                    read = 0;
                }
                let active = turn % 2 == 0;
                let before = if read == 0 { model.alphabet().start() } else { tokens[read - 1] };
                stream.reset(0);
                let phase = model.alphabet().phase(read, 3);
                stream.step(&[model.alphabet().start(), before], &[0, phase], &[true, active], &mut outputs);
                if active {
                    let mut row = outputs[stream.outputs()..].to_vec();
                    crate::ops::log_softmax_rows(&mut row, None, stream.outputs());
                    let ours = row[tokens[read] as usize];
                    assert!((ours - whole[read]).abs() < 1e-4, "{} at {read}: {ours} {}", config.name(), whole[read]);
                    read += 1;
                }
            }
            assert_eq!(read, tokens.len());
        }
    }

    #[test]
    fn a_corpus_without_validation_pieces_is_refused() {
        let mut corpus = corpus();
        corpus.validation.clear();
        for config in small().iter().skip(1) {
            let error = config.config().fit(&corpus, 0, &mut |_| Progress::Continue).err().unwrap();
            assert_eq!(error, ModelError::TooFewPieces { train: 8, validation: 0 });
        }
    }
}
