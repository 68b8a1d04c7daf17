//! The interquartile mean: the mean of the middle half.

/// The mean of values without the lowest and the highest quarter, whose sizes are rounded down (as
/// `scipy.stats.trim_mean(values, 0.25)` has it); NaN of none.
pub fn interquartile_mean(values: &[f64]) -> f64 {
    let mut counts = vec![1; values.len()];
    Ranked::new(values).interquartile_mean(&mut counts)
}

/// Values in order, so that the interquartile mean of a resample needs no sorting: only how often each value is in it.
pub(super) struct Ranked {
    sorted: Vec<f64>,
    /// Where each value stands in the order.
    ranks: Vec<u32>,
}

impl Ranked {
    /// Puts values in order.
    pub(super) fn new(values: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by(|&left, &right| values[left as usize].total_cmp(&values[right as usize]));
        let mut ranks = vec![0; values.len()];
        for (rank, &index) in (0..).zip(&order) {
            ranks[index as usize] = rank;
        }
        Self { sorted: order.iter().map(|&index| values[index as usize]).collect(), ranks }
    }

    /// Where the value number `index` stands in the order.
    pub(super) fn rank(&self, index: usize) -> usize {
        self.ranks[index] as usize
    }

    /// The interquartile mean of a resample of as many values as there are, in which the value of each rank is as often
    /// as `counts` says; they are zero afterwards.
    pub(super) fn interquartile_mean(&self, counts: &mut [u32]) -> f64 {
        let size = self.sorted.len();
        let cut = size / 4;
        let (mut below, mut left, mut sum) = (cut as u32, (size - 2 * cut) as u32, 0.0);
        for (&value, count) in self.sorted.iter().zip(counts) {
            let count = std::mem::take(count);
            let skipped = count.min(below);
            let taken = (count - skipped).min(left);
            below -= skipped;
            left -= taken;
            sum += f64::from(taken) * value;
        }
        sum / (size - 2 * cut) as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quarters_are_rounded_down() {
        assert_eq!(interquartile_mean(&[9.0, 1.0, 2.0]), 4.0);
        assert_eq!(interquartile_mean(&[100.0, 1.0, 2.0, -50.0]), 1.5);
        assert_eq!(interquartile_mean(&[100.0, 1.0, 2.0, 3.0, -50.0]), 2.0);
        assert!(interquartile_mean(&[]).is_nan());
    }

    proptest! {
        #[test]
        fn a_counted_resample_has_the_mean_of_its_values(
            values in prop::collection::vec(-100.0..100.0f64, 1..40),
            draws in prop::collection::vec(any::<prop::sample::Index>(), 40),
        ) {
            let drawn: Vec<_> = draws[..values.len()].iter().map(|draw| draw.index(values.len())).collect();
            let mut resample: Vec<_> = drawn.iter().map(|&index| values[index]).collect();
            resample.sort_by(f64::total_cmp);
            let cut = values.len() / 4;
            let middle = &resample[cut..values.len() - cut];
            let expected = middle.iter().sum::<f64>() / middle.len() as f64;

            let ranked = Ranked::new(&values);
            let mut counts = vec![0; values.len()];
            for &index in &drawn {
                counts[ranked.rank(index)] += 1;
            }
            prop_assert!((ranked.interquartile_mean(&mut counts) - expected).abs() < 1e-9);
            prop_assert!(counts.iter().all(|&count| count == 0));
        }
    }
}
