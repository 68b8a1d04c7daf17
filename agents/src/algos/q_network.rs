//! A Q-network as off-policy algorithms train it.

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use gradus_envs::seeding::Generator;
use gradus_models::{
    blocks::{Mlp, MlpConfig},
    optim::{Adam, AdamConfig, polyak},
};

use crate::{
    checkpoint::Checkpoint,
    error::AgentError,
    tensors::{elements, scalar},
};

/// A network with the optimizer that trains it, and a copy that follows it slowly: the target network.
pub(super) struct QNetwork {
    online: Mlp,
    /// Weights without gradients.
    target: Mlp,
    optimizer: Adam,
}

impl QNetwork {
    /// Weights and biases as PyTorch makes them, and Adam with PyTorch's constants.
    pub(super) fn init(config: &MlpConfig, inputs: usize, outputs: usize, generator: &mut Generator) -> Self {
        let online = config.init_fan_in(inputs, outputs, generator, &Device::flex().autodiff());
        let optimizer = AdamConfig { epsilon: 1e-8, ..AdamConfig::default() }.init();
        Self { target: online.valid(), online, optimizer }
    }

    /// What the target network says.
    pub(super) fn target(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.target.forward(inputs)
    }

    /// What the network says, for reading only.
    pub(super) fn values(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.online.valid().forward(inputs)
    }

    /// What a network with one output says, `[batch]`, and how that changes with each input, `[batch × inputs]`.
    pub(super) fn slopes(&self, inputs: Tensor<2>) -> (Vec<f32>, Vec<f32>) {
        let inputs = inputs.autodiff().require_grad();
        let values = self.online.clone().no_grad().forward(inputs.clone());
        // A row's value depends on that row alone, so the slope of the sum is the slope of each.
        let gradients = values.clone().sum().backward();
        let slopes = inputs.grad(&gradients).expect("the inputs are tracked");
        (elements(values), elements(slopes))
    }

    /// One gradient step on a loss of the network's outputs; the loss.
    ///
    /// With `max_norm`, the gradient's norm is cut to it.
    pub(super) fn step(
        &mut self,
        inputs: Tensor<2>,
        loss: impl FnOnce(Tensor<2>) -> Tensor<1>,
        learning_rate: f64,
        max_norm: Option<f64>,
    ) -> f64 {
        let loss = loss(self.online.forward(inputs.autodiff()));
        let gradients = GradientsParams::from_grads(loss.backward(), &self.online);
        let online = self.online.take();
        self.online = match max_norm {
            None => self.optimizer.step_unclipped(online, gradients, learning_rate),
            Some(_) => self.optimizer.step(online, gradients, learning_rate, max_norm).0,
        };
        scalar(loss)
    }

    /// Moves the target network the share `tau` of the way to the network.
    pub(super) fn follow(&mut self, tau: f64) {
        self.target = polyak(self.target.take(), &self.online, tau);
    }

    /// Keeps both networks' weights under `prefix`.
    pub(super) fn keep(&self, checkpoint: &mut Checkpoint, prefix: &str) {
        checkpoint.keep(&self.online, prefix);
        checkpoint.keep(&self.target, &format!("{prefix}-target"));
    }

    /// Keeps what its optimizer remembers.
    pub(super) fn suspend(&self, checkpoint: &mut Checkpoint, prefix: &str) {
        checkpoint.keep_optimizer(&self.optimizer, &self.online, &format!("{prefix}-optimizer"));
    }

    /// Goes on from all that was kept under `prefix`.
    pub(super) fn resume(&mut self, suspended: &Checkpoint, prefix: &str) -> Result<(), AgentError> {
        self.online = suspended.restore(self.online.clone(), prefix)?;
        self.target = suspended.restore(self.target.clone(), &format!("{prefix}-target"))?;
        self.optimizer = suspended.restore_optimizer(&self.optimizer, &self.online, &format!("{prefix}-optimizer"))?;
        Ok(())
    }
}

/// Asks two networks side by side.
pub(super) fn both<T: Send>([first, second]: &[QNetwork; 2], task: impl Fn(&QNetwork) -> T + Sync) -> [T; 2] {
    rayon::join(|| task(first), || task(second)).into()
}

/// Trains two networks side by side.
pub(super) fn both_mut<T: Send>(
    [first, second]: &mut [QNetwork; 2],
    task: impl Fn(&mut QNetwork) -> T + Sync,
) -> [T; 2] {
    rayon::join(|| task(first), || task(second)).into()
}
