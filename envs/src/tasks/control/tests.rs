//! Classic control against what Gymnasium does, and the promises that all of it shares.

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::{library::Library, space::ActionBuffer, tasks::EnvironmentConfig};

/// One episode as `record_control.py` keeps it.
#[derive(Deserialize)]
struct Episode {
    limit: usize,
    state: Value,
    actions: Vec<f32>,
    observations: Vec<Vec<f32>>,
    rewards: Vec<f32>,
    terminated: bool,
    truncated: bool,
}

fn episodes(name: &str) -> Vec<Episode> {
    let fixture: Value = serde_json::from_str(include_str!("../../../tests/fixtures/control.json")).unwrap();
    serde_json::from_value(fixture[name].clone()).unwrap()
}

/// The environment in `state`.
fn control<D: Dynamics>(steps: usize, state: D::State) -> Control<D> {
    let mut control = Control::<D>::new(steps, &[]).unwrap();
    control.moment.state = state;
    control
}

fn action(space: &Space, value: f32) -> ActionBuffer {
    match space {
        Space::Box { .. } => ActionBuffer::Box(vec![value]),
        _ => ActionBuffer::Discrete(value as u32),
    }
}

/// Plays the recorded episodes and compares every step.
fn replay<D: Dynamics>() {
    for (number, episode) in episodes(D::NAME).into_iter().enumerate() {
        let state: D::State = serde_json::from_value(episode.state).unwrap();
        let mut env = control::<D>(episode.limit, state);
        let mut seen = vec![0.0; env.spec.observation_space.size()];
        let last = episode.actions.len() - 1;
        for (index, &value) in episode.actions.iter().enumerate() {
            let step = env.step(action(&env.spec.action_space, value).as_action()).unwrap();
            let at = format!("`{}`, episode {number}, step {index}", D::NAME);
            env.observe(&mut seen);
            for (ours, theirs) in seen.iter().zip(&episode.observations[index]) {
                assert!((ours - theirs).abs() <= 1e-5, "{at}: {seen:?} against {:?}", episode.observations[index]);
            }
            let theirs = episode.rewards[index];
            assert!((step.reward - theirs).abs() <= 1e-5, "{at}: {} against {theirs}", step.reward);
            let ends = if index == last { (episode.terminated, episode.truncated) } else { (false, false) };
            assert_eq!((step.terminated, step.truncated), ends, "{at}");
        }
    }
}

#[test]
fn cartpole_steps_as_gymnasiums_does() {
    replay::<cartpole::CartPole>();
}

#[test]
fn acrobot_steps_as_gymnasiums_does() {
    replay::<acrobot::Acrobot>();
}

#[test]
fn pendulum_steps_as_gymnasiums_does() {
    replay::<pendulum::Pendulum>();
}

#[test]
fn mountain_car_continuous_steps_as_gymnasiums_does() {
    replay::<mountain_car_continuous::MountainCar>();
}

#[test]
fn the_recorded_episodes_end_in_every_way() {
    for (name, ends) in [
        ("cartpole", &[(true, false), (false, true), (true, true)][..]),
        ("acrobot", &[(true, false), (false, true)]),
        ("pendulum", &[(false, true)]),
        ("mountain-car-continuous", &[(true, false), (false, true), (true, true)]),
    ] {
        for end in ends {
            assert!(
                episodes(name).iter().any(|episode| (episode.terminated, episode.truncated) == *end),
                "{name} {end:?}"
            );
        }
    }
}

#[test]
fn time_limits_are_gymnasiums_unless_told_otherwise() {
    let limit = |toml: &str| {
        let config: EnvironmentConfig = toml::from_str(toml).unwrap();
        config.config().build(&[], &Library::embedded()).unwrap().spec().max_episode_steps
    };
    assert_eq!(limit("[cartpole]"), 500);
    assert_eq!(limit("[acrobot]"), 500);
    assert_eq!(limit("[pendulum]"), 200);
    assert_eq!(limit("[mountain-car-continuous]"), 999);
    assert_eq!(limit("[pendulum]\nsteps = 7"), 7);
}

#[test]
fn a_limit_of_no_steps_is_refused() {
    let error = Control::<acrobot::Acrobot>::new(0, &[]).err().unwrap();
    assert!(error.to_string().contains("env.acrobot.steps"), "{error}");
}

#[test]
fn rewards_of_a_piece_are_refused() {
    let rewards = RewardConfig::defaults();
    let error = Control::<cartpole::CartPole>::new(500, &rewards[..1]).err().unwrap();
    assert!(error.to_string().contains("leave out every [[reward]]"), "{error}");
}

#[test]
fn an_action_outside_the_bounds_moves_as_the_bound_does() {
    let mut beyond = control::<pendulum::Pendulum>(200, [1.0, 0.0]);
    let mut bound = beyond.clone();
    assert_eq!(beyond.step(Action::Box(&[7.5])).unwrap(), bound.step(Action::Box(&[2.0])).unwrap());
    assert_eq!(beyond.moment.state, bound.moment.state);

    let mut beyond = control::<mountain_car_continuous::MountainCar>(999, [-0.5, 0.0]);
    let mut bound = beyond.clone();
    assert_eq!(beyond.step(Action::Box(&[-3.0])).unwrap().reward, -0.9);
    assert_eq!(bound.step(Action::Box(&[-1.0])).unwrap().reward, -0.1);
    assert_eq!(beyond.moment.state, bound.moment.state);
    assert!(beyond.step(Action::Box(&[f32::MAX])).unwrap().reward.is_finite());
}

#[test]
fn an_action_of_another_kind_or_not_finite_is_refused_and_changes_nothing() {
    let mut env = control::<pendulum::Pendulum>(200, [1.0, 0.0]);
    let before = env.snapshot();
    for action in
        [Action::Box(&[f32::NAN]), Action::Box(&[f32::INFINITY]), Action::Box(&[0.0, 0.0]), Action::Discrete(0)]
    {
        assert!(matches!(env.step(action), Err(EnvError::InvalidAction { .. })), "{action:?}");
    }
    assert_eq!(env.snapshot(), before);

    let mut env = control::<cartpole::CartPole>(500, [0.0; 4]);
    for action in [Action::Discrete(2), Action::Box(&[0.0]), Action::MultiDiscrete(&[0])] {
        assert!(matches!(env.step(action), Err(EnvError::InvalidAction { .. })), "{action:?}");
    }
}

#[test]
fn an_ended_episode_takes_no_step_until_it_is_reset() {
    let mut env = control::<cartpole::CartPole>(500, [0.0, 0.0, 0.2, 3.0]);
    assert!(env.step(Action::Discrete(0)).unwrap().terminated);
    assert!(matches!(env.step(Action::Discrete(0)), Err(EnvError::EpisodeOver { env: "cartpole" })));
    env.reset(None);
    assert!(!env.step(Action::Discrete(0)).unwrap().terminated);
}

/// The smallest and the largest value of each entry over many starting states.
fn starts<const N: usize>(start: fn(&mut Generator) -> [f64; N]) -> [[f64; 2]; N] {
    let mut generator = stream(5, Role::Environment, 0);
    let mut ranges = [[f64::INFINITY, f64::NEG_INFINITY]; N];
    for _ in 0..20_000 {
        for (range, value) in ranges.iter_mut().zip(start(&mut generator)) {
            *range = [range[0].min(value), range[1].max(value)];
        }
    }
    ranges
}

#[test]
fn starting_states_fill_their_ranges() {
    let fills = |ranges: &[[f64; 2]], bounds: &[[f64; 2]]| {
        for ([low, high], [from, to]) in ranges.iter().zip(bounds) {
            let slack = 1e-3 * (to - from);
            assert!(low >= from && low - from <= slack && high <= to && to - high <= slack, "{ranges:?}");
        }
    };
    fills(&starts(cartpole::CartPole::start), &[[-0.05, 0.05]; 4]);
    fills(&starts(acrobot::Acrobot::start), &[[-0.1, 0.1]; 4]);
    fills(&starts(pendulum::Pendulum::start), &[[-PI, PI], [-1.0, 1.0]]);
    fills(&starts(mountain_car_continuous::MountainCar::start), &[[-0.6, -0.4], [0.0, 0.0]]);
}

#[test]
fn a_restored_episode_goes_on_as_the_original_and_into_the_same_next_one() {
    let mut original = control::<cartpole::CartPole>(30, [0.0, 0.0, 0.05, 0.2]);
    original.reset(Some(9));
    original.step(Action::Discrete(1)).unwrap();
    let mut twin = Control::<cartpole::CartPole>::new(30, &[]).unwrap();
    twin.restore(&original.snapshot()).unwrap();
    for _ in 0..100 {
        let step = original.step(Action::Discrete(1)).unwrap();
        assert_eq!(step, twin.step(Action::Discrete(1)).unwrap());
        if step.terminated || step.truncated {
            original.reset(None);
            twin.reset(None);
        }
        assert_eq!(original.moment.state, twin.moment.state);
    }
}

#[test]
fn a_state_beyond_the_time_limit_is_refused() {
    let mut long = control::<pendulum::Pendulum>(200, [0.0, 0.0]);
    for _ in 0..10 {
        long.step(Action::Box(&[0.0])).unwrap();
    }
    let mut short = Control::<pendulum::Pendulum>::new(10, &[]).unwrap();
    assert!(matches!(short.restore(&long.snapshot()), Err(EnvError::Snapshot { env: "pendulum", .. })));
}

#[test]
fn angles_wrap_to_half_a_turn_either_side() {
    for (angle, wrapped) in [(0.5, 0.5), (PI + 0.25, 0.25 - PI), (-PI - 0.25, PI - 0.25), (5.0 * TAU + 1.0, 1.0)] {
        assert!((wrap(angle) - wrapped).abs() < 1e-12, "{angle}");
    }
}
