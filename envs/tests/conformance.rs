//! Every registered environment keeps every promise, alone and in a batch.

#![allow(clippy::unwrap_used)]

use gradus_envs::{
    Action, ActionBatch, ActionBuffer, Actions, Env, EnvironmentConfig, Library, VecEnv, check_env,
    rewards::{Aspect, RewardConfig},
    seeding::{Role, stream},
    tasks::melody,
};

fn allocations(work: &mut dyn FnMut()) -> u64 {
    allocation_counter::measure(work).count_total
}

fn environments() -> Vec<Box<dyn Env>> {
    let library = Library::embedded();
    let mut configs = EnvironmentConfig::defaults();
    configs.push(toml::from_str("melody = { mask = { out-of-key = true, idle-note-off = true } }").unwrap());
    configs.push(
        toml::from_str(
            "melody = { steps = 128, primer = { corpus = 16 }, meter = '3/4', steps-per-beat = 2, key = 'E minor' }",
        )
        .unwrap(),
    );
    configs.push(toml::from_str("melody = { low = 'C3', high = 'C5', primer = 'none', observation = { history = 8, bar-position = false } }").unwrap());
    configs.push(toml::from_str("identity = { masked = true }").unwrap());
    configs.push(toml::from_str("identity = { space = 'multi-discrete', masked = true }").unwrap());
    for space in ["discrete", "multi-discrete", "box"] {
        configs.push(toml::from_str(&format!("identity = {{ space = '{space}', dimensions = 3 }}")).unwrap());
        for kind in ["constant-value", "one-step", "two-step-credit"] {
            configs.push(toml::from_str(&format!("probe = {{ kind = '{kind}', space = '{space}' }}")).unwrap());
        }
    }
    configs.push(toml::from_str("cartpole = { steps = 15 }").unwrap());
    let mut envs: Vec<_> = configs
        .iter()
        .map(|config| config.config().build(&config.config().sample_rewards(), &library).unwrap())
        .collect();
    let free: EnvironmentConfig =
        toml::from_str("phrase = { duration = 'free', pitch = 'chromatic', beats = 9, key = 'D minor' }").unwrap();
    let mut served = RewardConfig::served_by(&[Aspect::Velocity, Aspect::FreeTime]);
    envs.push(free.config().build(&served, &library).unwrap());
    served.retain(|reward| !reward.config().allocates());
    envs.push(free.config().build(&served, &library).unwrap());
    let served = RewardConfig::served_by(&[Aspect::Tokens]);
    envs.push(EnvironmentConfig::default().config().build(&served, &library).unwrap());
    envs
}

#[test]
fn every_environment_keeps_every_promise() {
    for env in environments() {
        for check in check_env(env.as_ref(), 11, Some(allocations)) {
            assert_eq!(check.breach, None, "`{}`: {}", env.spec().name, check.promise);
        }
    }
}

#[test]
fn registered_names_are_those_of_the_configs() {
    for config in EnvironmentConfig::defaults() {
        let table = toml::Table::try_from(&config).unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), [config.name()]);
    }
}

/// All that a batch shows after a step.
#[derive(PartialEq)]
struct Moment {
    observations: Vec<f32>,
    final_observations: Vec<f32>,
    rewards: Vec<f32>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
    masks: Vec<bool>,
}

/// Plays `steps` random steps and returns all that the batch showed.
fn life(env: &(dyn Env + 'static), n: usize, threads: usize, steps: usize) -> Vec<Moment> {
    let mut envs = VecEnv::new(env, n, 3, Role::Environment);
    envs.set_threads(threads);
    let mut generator = stream(3, Role::Policy, 0);
    let space = env.spec().action_space.clone();
    let mask_size = space.mask_size();
    let mut actions = ActionBatch::for_space(&space, n);
    let mut buffer = ActionBuffer::for_space(&space);
    (0..steps)
        .map(|_| {
            for index in 0..n {
                let mask = &envs.masks()[index * mask_size..(index + 1) * mask_size];
                space.sample(mask, &mut generator, &mut buffer);
                actions.set(index, buffer.as_action());
            }
            envs.step(actions.as_actions()).unwrap();
            Moment {
                observations: envs.observations().to_vec(),
                final_observations: envs.final_observations().to_vec(),
                rewards: envs.rewards().to_vec(),
                terminated: envs.terminated().to_vec(),
                truncated: envs.truncated().to_vec(),
                masks: envs.masks().to_vec(),
            }
        })
        .collect()
}

#[test]
fn a_batch_lives_the_same_life_on_any_number_of_threads() {
    for env in environments() {
        assert!(life(env.as_ref(), 600, 1, 40) == life(env.as_ref(), 600, 2, 40), "`{}`", env.spec().name);
    }
}

#[test]
fn an_ended_episode_shows_its_last_observation_and_the_next_ones_first() {
    let config = melody::Config { steps: 2, primer: melody::Primer::None, ..melody::Config::default() };
    let env = EnvironmentConfig::Melody(config).config().build(&[], &Library::embedded()).unwrap();
    let mut alone = env.clone();
    alone.reset(None);
    let mut first = vec![0.0; env.spec().observation_space.size()];
    alone.observe(&mut first);
    let mut last = first.clone();
    for token in [14, 16] {
        alone.step(Action::Discrete(token)).unwrap();
    }
    alone.observe(&mut last);

    let mut envs = VecEnv::new(env.as_ref(), 1, 0, Role::Environment);
    envs.keep_compositions(true);
    envs.step(Actions::Discrete(&[14])).unwrap();
    assert_eq!((envs.terminated(), envs.statistics().episodes()), (&[false][..], 0));
    envs.step(Actions::Discrete(&[16])).unwrap();
    assert_eq!(envs.terminated(), [true]);
    assert_eq!(envs.observations(), first);
    assert_eq!(envs.final_observations(), last);
    assert_eq!(envs.statistics().lengths.mean, 2.0);
    let composition = envs.compositions().next().unwrap();
    assert_eq!(composition.tokens.iter().map(|token| token.0).collect::<Vec<_>>(), [14, 16]);
}

#[test]
fn statistics_keep_each_terms_share_apart() {
    let config = EnvironmentConfig::default();
    let rewards = config.config().sample_rewards();
    let env = config.config().build(&rewards, &Library::embedded()).unwrap();
    let mut envs = VecEnv::new(env.as_ref(), 4, 0, Role::Environment);
    for step in 0..64 {
        envs.step(Actions::Discrete(&[step % 38, 1, 14, 37 - step % 38])).unwrap();
    }
    let mean = envs.statistics().returns.mean;
    let shares: Vec<_> = envs.statistics().mean_shares().collect();
    assert_eq!(shares.len(), rewards.len());
    assert!((shares.iter().sum::<f64>() - mean).abs() < 1e-3 * mean.abs());
    assert_eq!(envs.statistics().episodes(), 8);
}

#[test]
fn an_unknown_state_is_refused() {
    let library = Library::embedded();
    let short = melody::Config { steps: 4, ..melody::Config::default() };
    let mut short = EnvironmentConfig::Melody(short).config().build(&[], &library).unwrap();
    let mut long = EnvironmentConfig::default().config().build(&[], &library).unwrap();
    long.reset(None);
    for _ in 0..8 {
        long.step(Action::Discrete(20)).unwrap();
    }
    let before = short.snapshot();
    assert!(short.restore(&long.snapshot()).unwrap_err().to_string().contains("another length"));
    assert_eq!(short.snapshot(), before);
}
