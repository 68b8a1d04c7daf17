//! Generalised advantage estimation.

/// A rollout of `steps × envs`, step by step, as the estimator needs it.
#[derive(Clone, Copy, Debug)]
pub struct Trajectories<'a> {
    /// How many environments were stepped together.
    pub envs: usize,
    /// Rewards, `[steps × envs]`.
    pub rewards: &'a [f32],
    /// The values of the states acted in, `[steps × envs]`.
    pub values: &'a [f32],
    /// The values of the states after the last step, `[envs]`.
    pub last_values: &'a [f32],
    /// Episodes that came to their end, `[steps × envs]`: nothing follows.
    pub terminated: &'a [bool],
    /// Episodes that were cut off, `[steps × envs]`: what would have followed is still worth something.
    pub truncated: &'a [bool],
    /// The values of the states in which episodes were cut off, `[steps × envs]`; read only where `truncated`.
    pub final_values: &'a [f32],
}

/// Writes the advantage of every action into `advantages`, `[steps × envs]`.
///
/// With `delta[t] = r[t] + discount V(s[t+1]) - V(s[t])`, the advantage is the sum of `(discount lambda)^k delta[t+k]`
/// to the end of the episode. Where an episode terminated, `V(s[t+1])` is 0; where it was truncated, it is the value of
/// the final state, not of the next episode's first.
///
/// Source: Schulman et al. 2016, "High-dimensional continuous control using generalized advantage
/// estimation", arXiv 1506.02438, equation 16; truncation after Pardo et al. 2018, arXiv 1712.00378.
pub fn advantages(trajectories: &Trajectories<'_>, discount: f32, lambda: f32, advantages: &mut [f32]) {
    let Trajectories { envs, rewards, values, last_values, terminated, truncated, final_values } = *trajectories;
    for (env, &last_value) in last_values.iter().enumerate() {
        let mut next_value = last_value;
        let mut advantage = 0.0;
        for index in (env..rewards.len()).step_by(envs).rev() {
            if terminated[index] {
                (next_value, advantage) = (0.0, 0.0);
            } else if truncated[index] {
                (next_value, advantage) = (final_values[index], 0.0);
            }
            let delta = rewards[index] + discount * next_value - values[index];
            advantage = delta + discount * lambda * advantage;
            advantages[index] = advantage;
            next_value = values[index];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISCOUNT: f32 = 0.9;
    const LAMBDA: f32 = 0.8;

    fn estimate(
        rewards: &[f32],
        values: &[f32],
        last: f32,
        terminated: &[bool],
        truncated: &[bool],
        finals: &[f32],
    ) -> Vec<f32> {
        let mut out = vec![f32::NAN; rewards.len()];
        let trajectories = Trajectories {
            envs: 1,
            rewards,
            values,
            last_values: &[last],
            terminated,
            truncated,
            final_values: finals,
        };
        advantages(&trajectories, DISCOUNT, LAMBDA, &mut out);
        out
    }

    fn assert_close(actual: &[f32], expected: &[f32]) {
        for (a, e) in actual.iter().zip(expected) {
            assert!((a - e).abs() < 1e-5, "{actual:?} instead of {expected:?}");
        }
    }

    #[test]
    fn an_episode_that_goes_on_is_worth_the_value_of_its_last_state() {
        let [d0, d1] = [1.0 + 0.9 * 0.2 - 0.5, 2.0 + 0.9 * 0.4 - 0.2];
        let actual = estimate(&[1.0, 2.0], &[0.5, 0.2], 0.4, &[false; 2], &[false; 2], &[f32::NAN; 2]);
        assert_close(&actual, &[d0 + 0.72 * d1, d1]);
    }

    #[test]
    fn after_a_terminated_episode_nothing_follows() {
        let [d0, d1] = [1.0 - 0.5, 2.0 + 0.9 * 0.4 - 0.2];
        let actual = estimate(&[1.0, 2.0], &[0.5, 0.2], 0.4, &[true, false], &[false; 2], &[f32::NAN; 2]);
        assert_close(&actual, &[d0, d1]);
    }

    #[test]
    fn a_truncated_episode_is_worth_the_value_of_its_final_state() {
        let [d0, d1] = [1.0 + 0.9 * 7.0 - 0.5, 2.0 + 0.9 * 0.4 - 0.2];
        let actual = estimate(&[1.0, 2.0], &[0.5, 0.2], 0.4, &[false; 2], &[true, false], &[7.0, f32::NAN]);
        assert_close(&actual, &[d0, d1]);
    }

    #[test]
    fn environments_do_not_mix() {
        let mut together = [0.0; 4];
        advantages(
            &Trajectories {
                envs: 2,
                rewards: &[1.0, 5.0, 2.0, 6.0],
                values: &[0.5, 0.0, 0.2, 0.1],
                last_values: &[0.4, 0.3],
                terminated: &[false, true, false, false],
                truncated: &[false; 4],
                final_values: &[0.0; 4],
            },
            DISCOUNT,
            LAMBDA,
            &mut together,
        );
        let first = estimate(&[1.0, 2.0], &[0.5, 0.2], 0.4, &[false; 2], &[false; 2], &[0.0; 2]);
        let second = estimate(&[5.0, 6.0], &[0.0, 0.1], 0.3, &[true, false], &[false; 2], &[0.0; 2]);
        assert_close(&together, &[first[0], second[0], first[1], second[1]]);
    }
}
