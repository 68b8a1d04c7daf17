//! Categorical distributions on the host, drawn from with our own generator.
//!
//! A row holds the numbers of one state's distributions one after the other: a single one for a discrete space, one a
//! dimension for a multi-discrete one. `sizes` says how many choices each has.

use gradus_envs::seeding::Generator;
use gradus_models::ops::log_softmax_rows;
use rand::RngExt;

/// Turns logits into log-probabilities; a choice whose mask is false gets minus infinity.
///
/// # Shapes
///
/// - `logits`, `masks`: `[rows × sum of sizes]`
pub(crate) fn log_softmax(logits: &mut [f32], masks: &[bool], sizes: &[usize]) {
    if let [size] = *sizes {
        log_softmax_rows(logits, Some(masks), size);
        return;
    }
    let width = sizes.iter().sum();
    for (mut logits, mut masks) in logits.chunks_exact_mut(width).zip(masks.chunks_exact(width)) {
        for &size in sizes {
            let (distribution, rest) = logits.split_at_mut(size);
            let (mask, rest_of_masks) = masks.split_at(size);
            log_softmax_rows(distribution, Some(mask), size);
            (logits, masks) = (rest, rest_of_masks);
        }
    }
}

/// Draws a choice from each distribution by inverting its cumulative distribution function.
///
/// `probabilities` need not be normalised; a choice with probability 0 is never drawn.
///
/// # Shapes
///
/// - `probabilities`: `[rows × sum of sizes]`
/// - `choices`: `[rows × sizes]`
pub(crate) fn sample(probabilities: &[f32], sizes: &[usize], choices: &mut [u32], generator: &mut Generator) {
    for (distribution, choice) in distributions(probabilities, sizes).zip(choices) {
        let threshold = generator.random::<f32>() * distribution.iter().sum::<f32>();
        let mut cumulative = 0.0;
        *choice = 0;
        for (index, &probability) in distribution.iter().enumerate() {
            if probability > 0.0 {
                *choice = index as u32;
                cumulative += probability;
                if cumulative > threshold {
                    break;
                }
            }
        }
    }
}

/// Writes each distribution's most probable choice, the first among equals; shapes as in [`sample`].
pub(crate) fn best(scores: &[f32], sizes: &[usize], choices: &mut [u32]) {
    for (distribution, choice) in distributions(scores, sizes).zip(choices) {
        let mut best = 0;
        for (index, score) in distribution.iter().enumerate() {
            if *score > distribution[best] {
                best = index;
            }
        }
        *choice = best as u32;
    }
}

/// Adds up each row's log-probabilities of its choices; shapes as in [`sample`], `sums` is `[rows]`.
pub(crate) fn log_probabilities(log_probabilities: &[f32], sizes: &[usize], choices: &[u32], sums: &mut [f32]) {
    let mut taken = distributions(log_probabilities, sizes)
        .zip(choices)
        .map(|(distribution, &choice)| distribution[choice as usize]);
    for sum in sums {
        *sum = taken.by_ref().take(sizes.len()).sum();
    }
}

/// The distributions of all rows, one after the other.
pub(crate) fn distributions<'a, T>(rows: &'a [T], sizes: &'a [usize]) -> impl Iterator<Item = &'a [T]> {
    let mut rest = rows;
    sizes.iter().cycle().map_while(move |&size| {
        let (distribution, after) = rest.split_at_checked(size)?;
        rest = after;
        Some(distribution)
    })
}

#[cfg(test)]
mod tests {
    use gradus_envs::seeding::{Role, stream};

    use super::*;

    #[test]
    fn choices_are_drawn_as_often_as_they_are_probable_and_never_if_impossible() {
        let row = [0.0, 0.5, 0.0, 0.2, 0.3, 0.0];
        let probabilities = row.repeat(10_000);
        let mut choices = vec![0; 10_000];
        sample(&probabilities, &[6], &mut choices, &mut stream(4, Role::Policy, 0));
        for (choice, &probability) in row.iter().enumerate() {
            let share = choices.iter().filter(|&&taken| taken as usize == choice).count() as f32 / 10_000.0;
            assert!((share - probability).abs() < 0.02, "{choice}: {share} instead of {probability}");
            assert!(probability > 0.0 || share == 0.0);
        }
    }

    #[test]
    fn the_best_choice_is_the_first_among_equals() {
        let mut choices = [9; 2];
        best(&[0.1, 0.7, 0.7, f32::NEG_INFINITY, -1.0, -2.0], &[3], &mut choices);
        assert_eq!(choices, [1, 1]);
    }

    #[test]
    fn a_row_may_hold_several_distributions() {
        let mut logits = [0.0, 0.0, 1.0, 1.0, 1.0, 5.0, 0.0, 0.0, 0.0, 9.0];
        let masks = [true, true, true, true, false, true, true, true, true, true];
        log_softmax(&mut logits, &masks, &[2, 3]);
        let half = 0.5_f32.ln();
        assert!([0, 1, 2, 3].iter().all(|&place| (logits[place] - half).abs() < 1e-6), "{logits:?}");
        assert_eq!(logits[4], f32::NEG_INFINITY);
        let mut choices = [9; 4];
        best(&logits, &[2, 3], &mut choices);
        assert_eq!(choices, [0, 0, 0, 2]);
        let mut sums = [0.0; 2];
        log_probabilities(&logits, &[2, 3], &choices, &mut sums);
        assert!((sums[0] - 2.0 * half).abs() < 1e-6, "{sums:?}");
        assert!((sums[1] - (logits[5] + logits[9])).abs() < 1e-6, "{sums:?}");
    }
}
