//! Initial weights, drawn from a generator of the caller's.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

/// A random matrix whose rows or columns, whichever are fewer, are orthogonal and of length `gain`.
///
/// Row after row, `rows * columns` values. It is the Q of the QR decomposition of a matrix of standard normal values,
/// each column turned so that the diagonal of R is positive, which makes the distribution uniform over all such
/// matrices. It keeps the lengths of signals and of gradients through a deep linear network.
///
/// Source: Saxe et al., *Exact solutions to the nonlinear dynamics of learning in deep linear neural
/// networks* (2014); Mezzadri, *How to generate random matrices from the classical compact groups* (2007) for the signs.
pub fn orthogonal(rows: usize, columns: usize, gain: f64, rng: &mut impl Rng) -> Vec<f32> {
    let (long, short) = (rows.max(columns), rows.min(columns));
    let basis = orthonormal_vectors(short, long, rng);
    let element = |row: usize, column: usize| {
        let (vector, place) = if rows < columns { (row, column) } else { (column, row) };
        (gain * basis[vector][place]) as f32
    };
    (0..rows).flat_map(|row| (0..columns).map(move |column| element(row, column))).collect()
}

/// Values uniform between plus and minus 1 / sqrt(`inputs`): PyTorch's default for the weights and the biases of a layer
/// with so many inputs.
pub fn fan_in(inputs: usize, count: usize, rng: &mut impl Rng) -> Vec<f32> {
    let bound = 1.0 / (inputs.max(1) as f32).sqrt();
    (0..count).map(|_| rng.random_range(-bound..=bound)).collect()
}

/// `count` orthonormal vectors of a length, by the Gram-Schmidt process on normal vectors.
///
/// The process yields exactly the Q whose R has a positive diagonal. Each vector is projected twice, which is enough for
/// orthogonality to the last digit.
fn orthonormal_vectors(count: usize, length: usize, rng: &mut impl Rng) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    while basis.len() < count {
        let mut vector: Vec<f64> = (0..length).map(|_| StandardNormal.sample(rng)).collect();
        for _ in 0..2 {
            for other in &basis {
                let share = dot(&vector, other);
                vector.iter_mut().zip(other).for_each(|(x, y)| *x -= share * y);
            }
        }
        let norm = dot(&vector, &vector).sqrt();
        // Normal vectors are independent almost surely; a draw that is not gives no direction and is drawn again.
        if norm > 1e-9 {
            basis.push(vector.into_iter().map(|x| x / norm).collect());
        }
    }
    basis
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn assert_orthogonal(vectors: &[Vec<f64>], gain: f64) {
        for (i, left) in vectors.iter().enumerate() {
            for (j, right) in vectors.iter().enumerate() {
                let expected = if i == j { gain * gain } else { 0.0 };
                assert!((dot(left, right) - expected).abs() < 1e-5, "{i} by {j}");
            }
        }
    }

    #[test]
    fn the_shorter_side_is_orthogonal_and_scaled() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for (rows, columns) in [(66, 64), (64, 64), (64, 38), (5, 40), (64, 1)] {
            let gain = std::f64::consts::SQRT_2;
            let matrix = orthogonal(rows, columns, gain, &mut rng);
            let at = |row: usize, column: usize| f64::from(matrix[row * columns + column]);
            let vectors: Vec<Vec<f64>> = if rows < columns {
                (0..rows).map(|row| (0..columns).map(|column| at(row, column)).collect()).collect()
            } else {
                (0..columns).map(|column| (0..rows).map(|row| at(row, column)).collect()).collect()
            };
            assert_orthogonal(&vectors, gain);
        }
    }

    #[test]
    fn the_same_generator_draws_the_same_weights() {
        let draw = |seed| orthogonal(8, 5, 1.0, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn signs_are_symmetric() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let positive = (0..400).filter(|_| orthogonal(4, 4, 1.0, &mut rng)[0] > 0.0).count();
        assert!((140..260).contains(&positive), "{positive} of 400 first elements are positive");
    }
}
