//! The speed of this machine: what Gradus does all day, each beside the matrix products that it cannot do without.

mod floor;
mod workloads;

use std::time::{Duration, Instant};

use gradus_agents::Algorithm;
use serde::Serialize;

pub use floor::{Floor, Layer, Product, operations};
pub use workloads::{CRITIC_TOKENS, Critic, PPO_STEPS, SAC_STEPS, Steps, ppo, ppo_products, sac, sac_products};

/// How fast something is done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// What is done.
    pub name: &'static str,
    /// In which setting.
    pub setting: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// How many of them a second: the median of the rounds.
    pub rate: f64,
    /// The share of its time that its matrix products alone take, 0 to 1, timed in turn with it; none if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// How many rounds were timed.
    pub rounds: usize,
}

/// Fewer rounds have no median worth telling.
const LEAST_ROUNDS: usize = 5;

const PPO: &str = "melody, nine rules, 64 environments of 128 steps, 4 epochs of minibatches of 512, networks of 64-64";
const PIECES: &str = "64 pieces of 64 tokens at once";

/// Measures everything, each for about so long, on the threads of the pool it runs in. Tells of each as it is done.
pub fn measure(each: Duration, done: &mut dyn FnMut(&Speed)) -> anyhow::Result<Vec<Speed>> {
    let threads = rayon::current_num_threads();
    let mut speeds = Vec::new();
    let mut tell = |speed: Speed| {
        done(&speed);
        speeds.push(speed);
    };

    let mut steps = Steps::new(threads)?;
    let [rounds] = alternate(each, || Ok([steps.time()?]))?;
    tell(speed(
        "environment steps",
        "melody, nine rules, 64 environments, random actions",
        "steps",
        Steps::ROUND,
        &rounds,
        None,
    ));

    let mut agent = ppo()?;
    let [collecting, learning] = ppo_products().map(|products| Floor::of(&products));
    let [rollouts, updates, collecting, learning] = alternate(each * 2, || {
        let [rollout, update] = phases(agent.as_mut())?;
        Ok([rollout, update, collecting.time(), learning.time()])
    })?;
    let both =
        |left: &[Duration], right: &[Duration]| -> Vec<_> { left.iter().zip(right).map(|(l, r)| *l + *r).collect() };
    tell(speed("rollouts", PPO, "steps", PPO_STEPS, &rollouts, Some(&collecting)));
    tell(speed("updates by PPO", PPO, "transitions", PPO_STEPS, &updates, Some(&learning)));
    let (whole, floor) = (both(&rollouts, &updates), both(&collecting, &learning));
    tell(speed("training by PPO", PPO, "steps", PPO_STEPS, &whole, Some(&floor)));

    let mut agent = sac()?;
    let floor = Floor::of(&sac_products());
    let [updates, floor] = alternate(each, || Ok([phases(agent.as_mut())?[1], floor.time()]))?;
    let setting = "Pendulum-v1, batches of 256, networks of 256-256";
    tell(speed("updates by SAC", setting, "updates", SAC_STEPS, &updates, Some(&floor)));

    for (name, critic) in
        [("scores of a Transformer critic", Critic::transformer()), ("scores of an LSTM critic", Critic::lstm())]
    {
        let floor = Floor::of(&critic.products());
        let [scores, floor] = alternate(each, || Ok([critic.time(), floor.time()]))?;
        tell(speed(name, PIECES, "tokens", CRITIC_TOKENS, &scores, Some(&floor)));
    }
    Ok(speeds)
}

/// What an iteration takes to collect and to learn.
fn phases(algorithm: &mut dyn Algorithm) -> anyhow::Result<[Duration; 2]> {
    let done = algorithm.iterate(0.0)?;
    let seconds = |name| Duration::from_secs_f64(done.get(name).unwrap_or(0.0));
    Ok([seconds("time/rollout-seconds"), seconds("time/update-seconds")])
}

/// Rounds of several things in turn, for about so long. The first round, in which memory is still asked for, is not told.
fn alternate<const N: usize>(
    each: Duration,
    mut round: impl FnMut() -> anyhow::Result<[Duration; N]>,
) -> anyhow::Result<[Vec<Duration>; N]> {
    round()?;
    let mut times = std::array::from_fn(|_| Vec::new());
    let start = Instant::now();
    while start.elapsed() < each || times[0].len() < LEAST_ROUNDS {
        for (times, time) in times.iter_mut().zip(round()?) {
            times.push(time);
        }
    }
    Ok(times)
}

fn speed(
    name: &'static str,
    setting: &'static str,
    unit: &'static str,
    count: usize,
    rounds: &[Duration],
    floor: Option<&[Duration]>,
) -> Speed {
    let time = median(rounds);
    Speed {
        name,
        setting,
        unit,
        rate: count as f64 / time,
        floor: floor.map(|floor| median(floor) / time),
        rounds: rounds.len(),
    }
}

/// The median in seconds.
fn median(times: &[Duration]) -> f64 {
    let mut seconds: Vec<_> = times.iter().map(Duration::as_secs_f64).collect();
    seconds.sort_unstable_by(f64::total_cmp);
    gradus_music::summary::quantile(&seconds, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_two_for_each_triple() {
        assert_eq!(operations(&[[2, 3, 4], [1, 1, 1]]), 50.0);
        let layer = Layer { batch: 2, inputs: 3, outputs: 4 };
        for product in [layer.forward(), layer.to_weights(), layer.to_inputs()] {
            assert_eq!(operations(&[product]), 48.0);
        }
    }

    #[test]
    fn a_critics_products_are_two_operations_a_weight_and_token() {
        for critic in [Critic::transformer(), Critic::lstm()] {
            let [rows, inner, columns] = critic.products()[0];
            assert_eq!((rows * 2, inner, columns), (CRITIC_TOKENS, 128, 128));
        }
    }

    #[test]
    fn rounds_are_timed_in_turn_and_the_first_is_not_told() {
        let mut count = 0;
        let [times, twice] = alternate(Duration::ZERO, || {
            count += 1;
            Ok([Duration::from_millis(count), Duration::from_millis(2 * count)])
        })
        .unwrap();
        assert_eq!((times.len(), times[0]), (LEAST_ROUNDS, Duration::from_millis(2)));
        let speed = speed("a", "b", "c", 8, &times, Some(&twice));
        assert_eq!((speed.rate, speed.floor), (2000.0, Some(2.0)));
    }
}
