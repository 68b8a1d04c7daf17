//! Choosing actions from categorical distributions, on the host, with our own generator.

use gradus_envs::seeding::Generator;
use rand::RngExt;

/// Draws an action from each row of log-probabilities, `[rows × actions]`, by inverting its distribution function.
///
/// `probabilities` are those of the rows and need not be normalised; a choice with probability 0 is never drawn.
pub(crate) fn sample_rows(probabilities: &[f32], actions: &mut [u32], generator: &mut Generator) {
    let width = probabilities.len() / actions.len();
    for (row, action) in probabilities.chunks_exact(width).zip(actions) {
        let threshold = generator.random::<f32>() * row.iter().sum::<f32>();
        let mut cumulative = 0.0;
        let mut choice = 0;
        for (index, &probability) in row.iter().enumerate() {
            if probability > 0.0 {
                choice = index;
                cumulative += probability;
                if cumulative > threshold {
                    break;
                }
            }
        }
        *action = choice as u32;
    }
}

/// Writes the most probable action of each row, the first among equals.
pub(crate) fn best_rows(scores: &[f32], actions: &mut [u32]) {
    let width = scores.len() / actions.len();
    for (row, action) in scores.chunks_exact(width).zip(actions) {
        let mut best = 0;
        for (index, score) in row.iter().enumerate() {
            if *score > row[best] {
                best = index;
            }
        }
        *action = best as u32;
    }
}

#[cfg(test)]
mod tests {
    use gradus_envs::seeding::{Role, stream};

    use super::*;

    #[test]
    fn actions_are_drawn_as_often_as_they_are_probable_and_never_if_impossible() {
        let row = [0.0, 0.5, 0.0, 0.2, 0.3, 0.0];
        let probabilities = row.repeat(10_000);
        let mut actions = vec![0; 10_000];
        sample_rows(&probabilities, &mut actions, &mut stream(4, Role::Policy, 0));
        for (action, &probability) in row.iter().enumerate() {
            let share = actions.iter().filter(|&&taken| taken as usize == action).count() as f32 / 10_000.0;
            assert!((share - probability).abs() < 0.02, "{action}: {share} instead of {probability}");
            assert!(probability > 0.0 || share == 0.0);
        }
    }

    #[test]
    fn the_best_action_is_the_first_among_equals() {
        let mut actions = [9; 2];
        best_rows(&[0.1, 0.7, 0.7, f32::NEG_INFINITY, -1.0, -2.0], &mut actions);
        assert_eq!(actions, [1, 1]);
    }
}
