//! Leaving numbers out at random while learning.

use burn::tensor::{Tensor, TensorData};
use rand::Rng;

/// Sets a share of the numbers to 0 and scales the others up so that the expectation stays.
///
/// Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
pub struct Dropout<'a> {
    /// Out of 256 numbers, how many go.
    dropped: u8,
    rng: Option<&'a mut dyn Rng>,
}

impl<'a> Dropout<'a> {
    /// Leaves everything as it is: for judging and acting.
    pub fn off() -> Self {
        Self { dropped: 0, rng: None }
    }

    /// Drops a `share` of the numbers, to the nearest 256th.
    pub fn of_share(share: f64, rng: &'a mut dyn Rng) -> Self {
        Self { dropped: (share * 256.0).round() as u8, rng: Some(rng) }
    }

    /// Some of these numbers.
    pub(super) fn of(&mut self, x: Tensor<2>) -> Tensor<2> {
        let Some(rng) = self.rng.as_mut().filter(|_| self.dropped > 0) else {
            return x;
        };
        let [rows, columns] = x.dims();
        let kept = 256.0 / (256.0 - f32::from(self.dropped));
        let mut random = vec![0; rows * columns];
        rng.fill_bytes(&mut random);
        let mask: Vec<f32> = random.iter().map(|&byte| if byte < self.dropped { 0.0 } else { kept }).collect();
        let mask = Tensor::from_data(TensorData::new(mask, [rows, columns]), &x.device());
        x * mask
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn the_asked_share_goes_and_the_mean_stays() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let ones = Tensor::<2>::ones([200, 200], &Device::flex());
        let out: Vec<f32> = Dropout::of_share(0.25, &mut rng).of(ones).into_data().try_to_vec().unwrap();
        let dropped = out.iter().filter(|x| **x == 0.0).count() as f64 / out.len() as f64;
        let mean = out.iter().map(|x| f64::from(*x)).sum::<f64>() / out.len() as f64;
        assert!((dropped - 0.25).abs() < 0.01 && (mean - 1.0).abs() < 0.01, "{dropped} {mean}");
    }
}
