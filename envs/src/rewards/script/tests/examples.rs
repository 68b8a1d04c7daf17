//! The scripts that are shipped.

use rand::RngExt;

use super::*;
use crate::{
    seeding::{Role, stream},
    space::ActionBuffer,
};

#[test]
fn a_script_gives_what_the_compiled_term_gives_over_random_pieces() {
    let setting = setting();
    let mut generator = stream(7, Role::Environment, 0);
    for (settings, params) in [
        ("{}", "{}"),
        ("{ semitones = 5, amount = -2.5, patience = 2 }", "{ semitones = 5, amount = -2.5, patience = 2 }"),
    ] {
        let compiled: RewardConfig = toml::from_str(&format!("leap = {settings}")).unwrap();
        let (mut compiled, mut script) = (stack(&compiled).unwrap(), stack(&reward(EXAMPLES[0].1, params)).unwrap());
        let mut fired = 0;
        for _ in 0..300 {
            let mut token = || Token(generator.random_range(0..setting.vocabulary.size() as u8));
            let piece: Vec<_> = (0..setting.steps).map(|_| token()).collect();
            let expected = Judgement::of(&piece, &setting, &mut compiled).unwrap();
            let found = Judgement::of(&piece, &setting, &mut script).unwrap();
            for (expected, found) in expected.steps.iter().zip(&found.steps) {
                assert_eq!(expected.total, found.total, "{piece:?}");
                fired += usize::from(expected.total != 0.0);
            }
        }
        assert!(fired > 500, "{fired}");
    }
}

#[test]
fn every_example_judges_random_pieces_of_every_environment_within_its_range() {
    let environments = [
        EnvironmentConfig::default(),
        toml::from_str("melody = { steps = 24, steps-per-beat = 3, meter = '6/8', key = 'B minor' }").unwrap(),
        toml::from_str("phrase = { duration = 'free', pitch = 'chromatic', beats = 9, key = 'D minor' }").unwrap(),
    ];
    for (name, source) in EXAMPLES {
        let reward = reward(source, "{}");
        for config in &environments {
            let mut env = config.config().build(std::slice::from_ref(&reward), &Library::embedded()).unwrap();
            let mut paid = 0;
            for piece in 0..60 {
                paid += usize::from(play(env.as_mut(), piece).iter().any(|&reward| reward != 0.0));
            }
            assert!(paid > 0, "{name} pays nothing in `{}`", config.name());
        }
    }
}

/// The rewards of a random piece.
fn play(env: &mut dyn Env, seed: u64) -> Vec<f32> {
    env.reset(Some(seed));
    let space = env.spec().action_space.clone();
    let mut generator = stream(seed, Role::Policy, 0);
    let mask = vec![true; space.mask_size()];
    let mut action = ActionBuffer::for_space(&space);
    let mut rewards = Vec::new();
    loop {
        space.sample(&mask, &mut generator, &mut action);
        let step = env.step(action.as_action()).unwrap();
        rewards.push(step.reward);
        if step.terminated {
            return rewards;
        }
    }
}

/// What each step of two bars in eighths gives; a token is a semitone, 2 is C3 and 14 C4.
fn example(name: &str, tokens: &[u8]) -> Vec<f32> {
    let (_, source) = EXAMPLES.into_iter().find(|(example, _)| *example == name).unwrap();
    let setting = melody::Config { steps: 16, steps_per_beat: 2, ..melody::Config::default() }.setting().unwrap();
    let mut stack = RewardStack::build(&[reward(source, "{}")], &setting, &Library::embedded()).unwrap();
    let tokens: Vec<_> = tokens.iter().copied().map(Token).collect();
    Judgement::of(&tokens, &setting, &mut stack).unwrap().steps.iter().map(|step| step.total).collect()
}

#[test]
fn syncopation_pays_the_wanted_notes_that_last_over_a_stronger_beat_and_charges_for_more() {
    // One on an eighth, held over the beat: in two bars one is wanted.
    assert_eq!(example("syncopation", &[14, 16, 1, 18, 1, 16, 1, 14]), [0.0, 0.0, 1.0, 0.0, -1.0, 0.0, -1.0, 0.0]);
    assert_eq!(example("syncopation", &[14, 1, 16, 1, 18, 1, 1, 1]), [0.0; 8]);
    assert_eq!(example("syncopation", &[14, 16, 0, 18]), [0.0; 4], "what a rest cuts off is none");
}

#[test]
fn a_question_ends_open_and_its_answer_begins_alike_and_ends_on_the_tonic() {
    let question = [14, 16, 18, 19, 21, 1, 1, 1];
    let answer = [14, 16, 18, 16, 14, 1, 1, 1];
    let rewards = example("question-and-answer", &[question, answer].concat());
    assert_eq!(rewards[7], 2.0);
    assert_eq!(rewards[8..], [0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 2.0]);
    let closed = example("question-and-answer", &[answer, question].concat());
    assert_eq!((closed[7], closed[15]), (-1.0, -1.0));
}

#[test]
fn a_gap_earns_as_it_is_filled_and_costs_what_is_left_open() {
    // C G leaves D E F open; F D are heard, E is not.
    let piece = [14, 21, 19, 16, 14, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    let rewards = example("gap-fill", &piece);
    assert_eq!(rewards[..5], [0.0, 0.0, 2.0 / 3.0, 2.0 / 3.0, 0.0]);
    assert_eq!(rewards[15], -1.0);
    assert!(example("gap-fill", &[14, 16, 18, 19, 21]).iter().all(|&reward| reward == 0.0), "steps leave no gap");
}
