use gradus_music::{Grid, Key, Tempo, Vocabulary};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::critics::{CriticConfig, Labels, Progress, trials};

/// Tunes that walk up and down the scale of C in eighths; those of one collection leap instead, and are faster.
fn corpus() -> TokenCorpus {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let scale = [14_u32, 16, 18, 19, 21, 23, 25, 26];
    let mut piece = |number: usize| {
        let leaps = number % 2 == 1;
        let mut degree = 0_usize;
        let mut tokens = Vec::new();
        for _ in 0..32 {
            let reach = if leaps { 4 } else { 1 };
            let up = degree < reach || (degree + reach < scale.len() && rng.random_bool(0.5));
            degree = if up { degree + reach } else { degree - reach };
            tokens.extend([scale[degree], 1]);
        }
        let collection = if leaps { "leaping" } else { "walking" };
        let tempo = Tempo::from_bpm(if leaps { 120.0 } else { 80.0 }).ok();
        TokenPiece {
            name: number.to_string(),
            onsets: tokens.iter().map(|token| *token > 1).collect(),
            tokens,
            labels: Labels { collection: Some(collection.to_owned()), tempo },
        }
    };
    let mut pieces = |count: usize| (0..count).map(&mut piece).collect();
    TokenCorpus {
        alphabet: Alphabet { tokens: 38, phases: 16 },
        writing: Writing::melody(Vocabulary::default(), Grid::default(), Key::C_MAJOR),
        pitches: 2..=37,
        train: pieces(40),
        validation: pieces(10),
        test: pieces(20),
    }
}

fn fitted(settings: &str, corpus: &TokenCorpus) -> Result<Critic, ModelError> {
    let config: CriticConfig = toml::from_str(&format!("linear = {{ {settings} }}")).unwrap();
    config.config().fit(corpus, 3, &mut |_| Progress::Continue)
}

#[test]
fn it_tells_music_from_damaged_copies_of_pieces_that_it_has_not_seen() {
    let corpus = corpus();
    let critic = fitted("corruptions = [\"wrong-notes\", \"random-in-key\"]", &corpus).unwrap();
    let trials = trials(&critic, &corpus.test, corpus.writing, 3).unwrap();
    let auc = |name| trials.iter().find(|trial| trial.corruption == name).unwrap().auc;
    assert!(auc("wrong-notes").unwrap() > 0.9 && auc("random-in-key").unwrap() > 0.9, "{trials:?}");
    assert_eq!(auc("out-of-range"), None, "it cannot be written");
}

#[test]
fn all_of_its_opinion_stands_on_the_last_token() {
    let corpus = corpus();
    let Critic::Discriminator(model) = fitted("", &corpus).unwrap() else { panic!("not a discriminator") };
    let judged = model.judge(&[corpus.test[0].tokens.as_slice().into(), Excerpt { tokens: &[], before: 0 }]);
    assert!(judged[0][..63].iter().all(|credit| *credit == 0.0) && judged[0][63] != 0.0);
    assert_eq!((judged[0].len(), judged[1].len()), (64, 0));
}

#[test]
fn collections_and_tempos_are_told() {
    let corpus = corpus();
    let Critic::Classifier(style) = fitted("problem = \"style\"", &corpus).unwrap() else { panic!("no classifier") };
    let report = style_report(style.as_ref(), &corpus.test);
    assert_eq!((style.classes(), report.examples), (&["leaping".to_owned(), "walking".to_owned()][..], 20));
    assert_eq!(report.accuracy, Some(1.0));
    let Critic::Regressor(tempo) = fitted("problem = \"number\"", &corpus).unwrap() else { panic!("no regressor") };
    let report = number_report(tempo.as_ref(), &tempo.target().of(&corpus.test, corpus.writing));
    assert!(report.r2.unwrap() > 0.9, "{report:?}");
    let beats = Target::LengthInBeats.of(&corpus.test, corpus.writing);
    assert!(beats.iter().all(|(_, beats)| *beats == 16.0));
}

#[test]
fn what_is_kept_judges_alike() {
    let corpus = corpus();
    let pieces: Vec<Excerpt<'_>> = corpus.test.iter().map(|piece| piece.tokens.as_slice().into()).collect();
    for problem in ["real", "style", "number"] {
        let settings = format!("problem = \"{problem}\"");
        let config: CriticConfig = toml::from_str(&format!("linear = {{ {settings} }}")).unwrap();
        let critic = fitted(&settings, &corpus).unwrap();
        let again = config.config().restore(critic.alphabet(), &critic.keep()).unwrap();
        assert_eq!(again.keep(), critic.keep(), "{problem}");
        let says = |critic: &Critic| match critic {
            Critic::Discriminator(model) => format!("{:?}", model.judge(&pieces)),
            Critic::Classifier(model) => format!("{:?} {:?}", model.classes(), model.judge(&pieces)),
            Critic::Regressor(model) => format!("{:?}", model.judge(&pieces)),
            Critic::NextToken(_) => String::new(),
        };
        assert_eq!(says(&again), says(&critic), "{problem}");
        let error = config.config().restore(critic.alphabet(), &critic.keep()[1..]).err().unwrap();
        assert!(matches!(error, ModelError::MissingTensor { .. }), "{error}");
    }
}

#[test]
fn one_seed_gives_one_critic_on_any_number_of_threads() {
    let corpus = corpus();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fitted("", &corpus).unwrap().keep())
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn what_cannot_be_learned_is_refused_with_the_remedy() {
    let mut corpus = corpus();
    let error = |settings: &str, corpus: &TokenCorpus| fitted(settings, corpus).err().unwrap().to_string();
    assert!(error("l2 = 0.0", &corpus).contains("l2: 0 is not above 0; give a number above 0"));
    assert!(error("corruptions = [\"out-of-range\"]", &corpus).contains("name others"));
    corpus.train.iter_mut().for_each(|piece| piece.labels = Labels::default());
    assert!(error("problem = \"style\"", &corpus).contains("0 collections"));
    assert!(error("problem = \"number\"", &corpus).contains("no training piece says its tempo"));
    corpus.validation.clear();
    assert!(error("", &corpus).contains("0 validation pieces"));
    let unknown = toml::from_str::<CriticConfig>("linear = { corruptions = [\"wrong\"] }").unwrap_err().to_string();
    assert!(unknown.contains("unknown corruption `wrong`") && unknown.contains("`wrong-notes`"), "{unknown}");
}
