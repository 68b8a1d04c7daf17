//! The temperature of soft actor-critic: what a nat of entropy is worth.

use burn::{
    module::{Module, Param},
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use gradus_models::optim::{Adam, AdamConfig};

use crate::{checkpoint::Checkpoint, error::AgentError, tensors::scalar};

/// A fixed temperature, or one that is learned so that the entropy comes to its target.
///
/// Source: Haarnoja et al. 2018, "Soft actor-critic algorithms and applications", arXiv 1812.05905, section 5.
pub(super) struct Temperature {
    logarithm: Logarithm,
    /// None if the temperature is fixed.
    optimizer: Option<Adam>,
}

#[derive(Debug, Module)]
struct Logarithm {
    value: Param<Tensor<1>>,
}

impl Temperature {
    /// `fixed`, or learned from 1 on.
    pub(super) fn new(fixed: Option<f64>) -> Self {
        let start = fixed.unwrap_or(1.0).ln() as f32;
        let value = Tensor::from_floats([start], &Device::flex().autodiff());
        let optimizer = AdamConfig { epsilon: 1e-8, ..AdamConfig::default() }.init();
        Self {
            logarithm: Logarithm { value: Param::from_tensor(value) },
            optimizer: fixed.is_none().then_some(optimizer),
        }
    }

    /// The temperature.
    pub(super) fn value(&self) -> f32 {
        scalar(self.logarithm.value.val()).exp() as f32
    }

    /// Follows the slope of ln(temperature) × (entropy - target), when the entropy is so far above its target.
    pub(super) fn learn(&mut self, entropy_above_target: f64, learning_rate: f64) {
        if let Some(optimizer) = &mut self.optimizer {
            let loss = self.logarithm.value.val() * entropy_above_target as f32;
            let gradients = GradientsParams::from_grads(loss.backward(), &self.logarithm);
            self.logarithm = optimizer.step_unclipped(self.logarithm.clone(), gradients, learning_rate);
        }
    }

    /// Keeps its logarithm.
    pub(super) fn keep(&self, checkpoint: &mut Checkpoint) {
        checkpoint.keep(&self.logarithm, "log-temperature");
    }

    /// Keeps what its optimizer remembers.
    pub(super) fn suspend(&self, checkpoint: &mut Checkpoint) {
        if let Some(optimizer) = &self.optimizer {
            checkpoint.keep_optimizer(optimizer, &self.logarithm, "log-temperature-optimizer");
        }
    }

    /// Goes on from all that was kept.
    pub(super) fn resume(&mut self, suspended: &Checkpoint) -> Result<(), AgentError> {
        self.logarithm = suspended.restore(self.logarithm.clone(), "log-temperature")?;
        if let Some(optimizer) = &mut self.optimizer {
            *optimizer = suspended.restore_optimizer(optimizer, &self.logarithm, "log-temperature-optimizer")?;
        }
        Ok(())
    }
}
