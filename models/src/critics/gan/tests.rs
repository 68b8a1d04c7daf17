//! The game on a toy corpus: scales up and down.

use gradus_music::corruption::{Corruption, Share};
use gradus_music::{Grid, Key, Vocabulary};

use super::*;
use crate::critics::{CriticConfig, Epoch, Labels, Moment, Progress, TokenPiece, Writing};

fn corpus() -> TokenCorpus {
    let vocabulary = Vocabulary::default();
    let steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2];
    let piece = |first: usize| {
        let tokens: Vec<u32> = (0..48).map(|i| 12 + steps[(i / 2 + first) % steps.len()]).collect();
        TokenPiece {
            name: format!("tune {first}"),
            onsets: vec![true; tokens.len()],
            labels: Labels::default(),
            tokens,
        }
    };
    let pieces = |range: std::ops::Range<usize>| range.map(piece).collect();
    TokenCorpus {
        alphabet: Alphabet { tokens: vocabulary.size(), phases: 16 },
        writing: Writing::melody(vocabulary, Grid::default(), Key::C_MAJOR),
        pitches: 2..=vocabulary.size() as u32 - 1,
        train: pieces(0..14),
        validation: pieces(2..10),
        test: pieces(5..13),
    }
}

fn config(body: &str, epochs: usize) -> CriticConfig {
    let text = format!(
        "gan = {{ generator = {body}, discriminator = {body}, game = {{ pretraining-epochs = 2 }}, \
         fit = {{ epochs = {epochs}, patience = {epochs}, batch = 8, window = 24, learning-rate = 1e-2 }} }}"
    );
    toml::from_str(&text).unwrap()
}

const LSTM: &str = "{ lstm = { layers = 1, units = 24, dropout = 0.0 } }";
const TRANSFORMER: &str = "{ transformer = { layers = 1, width = 16, heads = 2, context = 24, dropout = 0.1 } }";

fn fitted(config: &CriticConfig, seed: u64) -> (Arc<dyn Discriminator>, Vec<Epoch>) {
    let mut epochs = Vec::new();
    let watch = &mut |Moment { epoch, .. }: Moment<'_>| {
        epochs.extend(epoch.cloned());
        Progress::Continue
    };
    let Critic::Discriminator(model) = config.config().fit(&corpus(), seed, watch).unwrap() else {
        panic!("a gan is a discriminator")
    };
    (model, epochs)
}

fn totals(model: &dyn Discriminator, pieces: &[Vec<u32>]) -> Vec<f32> {
    let pieces: Vec<Excerpt<'_>> = pieces.iter().map(|tokens| tokens.as_slice().into()).collect();
    model.judge(&pieces).iter().map(|shares| shares.iter().sum()).collect()
}

#[test]
fn it_tells_scales_from_scales_with_wrong_notes() {
    let corpus = corpus();
    let real: Vec<Vec<u32>> = corpus.test.iter().map(|piece| piece.tokens.clone()).collect();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let way = Corruption::WrongNotes { share: Share::default() };
    let wrong: Vec<Vec<u32>> =
        real.iter().map(|tokens| corpus.writing.corrupted(tokens, way, &mut rng).unwrap()).collect();
    for body in [LSTM, TRANSFORMER] {
        let (model, epochs) = fitted(&config(body, 25), 1);
        let (real, wrong) = (totals(model.as_ref(), &real), totals(model.as_ref(), &wrong));
        let pairs = real.iter().flat_map(|real| wrong.iter().map(move |wrong| real > wrong));
        let right = pairs.filter(|right| *right).count() as f64 / (real.len() * wrong.len()) as f64;
        assert!(right > 0.9, "{body}: {right}");
        let figure = |name| epochs.last().unwrap().figures.iter().find(|figure| figure.0 == name).unwrap().1;
        assert!(figure("validation/auc") > 0.9 && figure("train/distinct") > 0.5, "{body}: {epochs:?}");
    }
}

#[test]
fn what_is_kept_judges_alike() {
    let pieces: Vec<Vec<u32>> = corpus().test.into_iter().map(|piece| piece.tokens).collect();
    let config = config(TRANSFORMER, 1);
    let (model, _) = fitted(&config, 1);
    let Critic::Discriminator(again) = config.config().restore(corpus().alphabet, &model.keep()).unwrap() else {
        panic!("a gan is a discriminator")
    };
    assert_eq!(totals(again.as_ref(), &pieces), totals(model.as_ref(), &pieces));
    assert_eq!(again.keep(), model.keep());
}

#[test]
fn one_seed_gives_one_game_on_any_number_of_threads() {
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fitted(&config(LSTM, 2), seed).0.keep())
    };
    assert_eq!(on(1, 7), on(3, 7));
    assert_ne!(on(1, 7), on(1, 8));
}

#[test]
fn a_token_is_judged_by_what_stands_there_and_before() {
    let (model, _) = fitted(&config(LSTM, 1), 1);
    let judge = |tokens: &[u32]| model.judge(&[tokens.into()]).swap_remove(0);
    let (one, other) = (judge(&[12, 14, 16, 17]), judge(&[12, 14, 18, 17]));
    assert_eq!(one[..2], other[..2]);
    assert!(one[2].to_bits() != other[2].to_bits() && one[3].to_bits() != other[3].to_bits());
}

#[test]
fn settings_that_make_no_game_are_refused_by_name() {
    let wrong = [
        ("corrupted-share = 1.5", "corrupted-share"),
        ("corruptions = []", "corruptions"),
        ("noise = -0.1", "noise"),
        ("likelihood-weight = -1.0", "likelihood-weight"),
    ];
    for (setting, name) in wrong {
        let config: CriticConfig = toml::from_str(&format!("gan = {{ game = {{ {setting} }} }}")).unwrap();
        let error = config.config().fit(&corpus(), 0, &mut |_| Progress::Continue).err().unwrap().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn a_game_that_was_stopped_goes_on_as_if_it_had_not_been() {
    let config = config(TRANSFORMER, 3);
    let mut states = Vec::new();
    let whole = config.config().fit(&corpus(), 5, &mut |moment: Moment<'_>| {
        states.extend(moment.state.cloned());
        Progress::Continue
    });
    let whole = whole.unwrap().keep();
    let reported: Vec<usize> = states.iter().map(FitState::reported).collect();
    assert_eq!(reported[reported.len() - 3..], [1, 2, 3]);
    assert!(reported[..reported.len() - 3].iter().all(|reported| *reported == 0), "{reported:?}");
    for state in &states {
        let state = FitState::from_bytes(&state.to_bytes().unwrap()).unwrap();
        let again = config.config().fit_from(&corpus(), 5, Some(&state), &mut |_| Progress::Continue).unwrap();
        assert_eq!(again.keep(), whole, "from {}", state.reported());
    }
}
