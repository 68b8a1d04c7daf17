//! What every registered term must do, and what single terms do in cases of note.

use gradus_music::{Token, Vocabulary};
use rand::RngExt;

use super::{RewardConfig, RewardStack, Weighted, WeightedTerm};
use crate::{
    Judgement, Library, Setting,
    registry::Entry,
    schedule::Schedule,
    seeding::{Generator, Role, stream},
    tasks::melody,
};

fn setting() -> Setting {
    melody::Config::default().setting().unwrap()
}

fn stack(toml: &str, setting: &Setting) -> RewardStack {
    #[derive(serde::Deserialize)]
    struct Rewards {
        reward: Vec<RewardConfig>,
    }
    let Rewards { reward } = toml::from_str(toml).unwrap();
    RewardStack::build(&reward, setting, &Library::embedded()).unwrap()
}

fn random_piece(setting: &Setting, generator: &mut Generator) -> Vec<Token> {
    (0..setting.steps).map(|_| Token(generator.random_range(0..setting.vocabulary.size() as u8))).collect()
}

fn shares(toml: &str, tokens: &[u8]) -> Vec<f32> {
    let setting = setting();
    let tokens: Vec<_> = tokens.iter().copied().map(Token).collect();
    let judgement = Judgement::of(&tokens, &setting, &mut stack(toml, &setting)).unwrap();
    judgement.steps.iter().map(|step| step.total).collect()
}

#[test]
fn names_are_those_of_the_config_and_summaries_are_there() {
    for (config, Entry { name, summary, .. }) in RewardConfig::defaults().iter().zip(RewardConfig::ENTRIES) {
        let table = toml::Table::try_from(config).unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), [name]);
        assert!(summary.len() > 20, "`{name}` says what it measures");
    }
}

#[test]
fn every_term_stays_within_its_range_and_forgets_at_reset() {
    let setting = setting();
    let mut generator = stream(5, Role::Environment, 0);
    for config in RewardConfig::served_by(setting.aspects) {
        let term = config.config().build(&setting, &Library::embedded()).unwrap();
        let range = term.range();
        let name = config.name().to_owned();
        let mut stack =
            RewardStack::new(vec![WeightedTerm { name, term, weight: config.config().weight(), eval_only: false }]);
        for _ in 0..200 {
            let piece = random_piece(&setting, &mut generator);
            let mut judge = || {
                let judgement = Judgement::of(&piece, &setting, &mut stack).unwrap();
                judgement.steps.iter().map(|step| step.total).collect::<Vec<_>>()
            };
            let first = judge();
            assert!(first.iter().all(|value| range.contains(value)), "`{}` leaves {range:?}: {first:?}", config.name());
            assert_eq!(judge(), first, "`{}` remembers the piece before", config.name());
        }
    }
}

#[test]
fn a_weight_scales_a_share() {
    let out_of_key = [15, 1];
    assert_eq!(shares("[[reward]]\nkey = { weight = 2.5 }", &out_of_key), [-2.5, 0.0]);
}

#[test]
fn a_term_that_only_measures_is_in_the_shares_and_not_in_the_sum() {
    let setting = setting();
    let toml = "[[reward]]\nkey = { weight = 2.5, eval-only = true }\n[[reward]]\ntonic = {}";
    let mut stack = stack(toml, &setting);
    let judgement = Judgement::of(&[Token(15), Token(1)], &setting, &mut stack).unwrap();
    assert_eq!(judgement.steps[0].shares, [-2.5, 0.0]);
    assert_eq!(judgement.steps.iter().map(|step| step.total).collect::<Vec<_>>(), [0.0, 0.0]);
}

#[test]
fn a_scheduled_weight_follows_the_progress_of_the_training() {
    let setting = setting();
    let mut stack = stack("[[reward]]\nkey = { weight = { from = 0.0, to = 4.0 } }", &setting);
    let mut total = |progress| {
        stack.set_progress(progress);
        Judgement::of(&[Token(15)], &setting, &mut stack).unwrap().total()
    };
    assert_eq!([total(0.0), total(0.5), total(1.0)], [0.0, -2.0, -4.0]);
}

#[test]
fn a_term_that_occurs_twice_has_two_names() {
    let setting = setting();
    let stack = stack("[[reward]]\nkey = {}\n[[reward]]\nkey = { weight = 2 }", &setting);
    assert_eq!(stack.names().collect::<Vec<_>>(), ["key", "key-2"]);
}

#[test]
fn a_reward_that_no_number_holds_is_refused_or_named() {
    let setting = setting();
    let config: RewardConfig = toml::from_str("key = { weight = 1e39 }").unwrap();
    let error = config.config().build(&setting, &Library::embedded()).err().unwrap().to_string();
    assert!(error.contains("reward.key.weight: 1e39 is above 1_000_000; give a number from"), "{error}");

    // Only what is not made from a config can have such weights.
    let term = |name: &str| WeightedTerm {
        name: name.to_owned(),
        term: RewardConfig::Key(Weighted::default()).config().build(&setting, &Library::embedded()).unwrap(),
        weight: Schedule::Constant(3e38),
        eval_only: false,
    };
    let judge = |terms: Vec<WeightedTerm>| {
        Judgement::of(&[Token(15)], &setting, &mut RewardStack::new(terms)).map(|it| it.total())
    };
    assert!(judge(vec![term("key")]).unwrap() < -2e38);
    let error = judge(vec![term("key"), term("key-2")]).unwrap_err().to_string();
    assert!(error.contains("`key-2` gave -inf at step 0"), "{error}");
}

#[test]
fn the_key_of_the_setting_decides() {
    let config = melody::Config { key: "D major".parse().unwrap(), ..melody::Config::default() };
    let setting = config.setting().unwrap();
    let mut stack = stack("[[reward]]\nkey = {}\n[[reward]]\ntonic = {}", &setting);
    let natural_c = setting.vocabulary.token("C4".parse().unwrap()).unwrap();
    let d = setting.vocabulary.token("D4".parse().unwrap()).unwrap();
    let judgement = Judgement::of(&[d, natural_c], &setting, &mut stack).unwrap();
    assert_eq!(judgement.steps[0].shares, [0.0, 3.0]);
    assert_eq!(judgement.steps[1].shares, [-1.0, 0.0]);
}

#[test]
fn a_range_without_the_tonic_is_refused_with_the_remedy() {
    let setting =
        Setting { vocabulary: Vocabulary::new("D4".parse().unwrap(), "F4".parse().unwrap()).unwrap(), ..setting() };
    let config = RewardConfig::defaults().into_iter().find(|config| config.name() == "tonic").unwrap();
    let error = config.config().build(&setting, &Library::embedded()).err().unwrap().to_string();
    assert!(error.contains("widen `low` and `high`"), "{error}");
}

#[test]
fn notes_outside_a_voice_cost_by_the_octave() {
    let low_c = 2;
    assert_eq!(
        shares("[[reward]]\npitch-range = { low = 'C4', high = 'C5' }", &[low_c, 14, 26, 27]),
        [-1.0, 0.0, 0.0, -1.0]
    );
}

#[test]
fn equal_lengths_and_wild_ones_are_worth_less_than_some_variety() {
    let rule = "[[reward]]\nrhythm = { window = 4, target = 1.0 }";
    let total = |tokens: &[u8]| shares(rule, tokens).iter().sum::<f32>();
    let equal = total(&[14, 14, 14, 14, 14]);
    let mixed = total(&[14, 14, 1, 14, 14, 1, 14]);
    let wild = total(&[14, 14, 1, 14, 1, 1, 14, 1, 1, 1, 14]);
    assert!(mixed > equal && mixed > wild, "{equal} {mixed} {wild}");
    assert!((mixed - 1.0).abs() < 1e-6);
}

#[test]
fn the_corpus_finds_its_own_music_likelier_than_noise() {
    let setting = setting();
    let mut stack = stack("[[reward]]\nngram = {}", &setting);
    let library = Library::embedded();
    let encoding = gradus_music::MelodyEncoding { key: Some(setting.key), ..Default::default() };
    let held_out = library.corpus().unwrap().melodies(gradus_music::Split::Validation, &encoding).unwrap();
    let mut generator = stream(1, Role::Environment, 0);
    let (mut music, mut noise) = (0.0, 0.0);
    for melody in held_out.iter().filter(|melody| melody.encoded.tokens.len() >= 32).take(50) {
        music += Judgement::of(&melody.encoded.tokens[..32], &setting, &mut stack).unwrap().total();
        noise += Judgement::of(&random_piece(&setting, &mut generator), &setting, &mut stack).unwrap().total();
    }
    assert!(music > noise / 2.0, "music {music}, noise {noise}");
}
