//! The Adam optimizer, with the semantics of PyTorch.

use std::collections::HashMap;

use burn::backend::{Dispatch, DispatchTensor};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use gradus_envs::range::{self, Range};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::ops::adam::{AdamBackend, AdamStep};
use crate::weights::{NamedArray, Path, array, find};

/// The constants of [`Adam`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct AdamConfig {
    /// Decay of the running mean of gradients.
    #[schemars(transform = Range::at_least(0).below(1))]
    pub beta_1: f64,
    /// Decay of the running mean of squared gradients.
    #[schemars(transform = Range::at_least(0).below(1))]
    pub beta_2: f64,
    /// Added to the root of the second mean, after its bias is corrected. PPO uses 1e-5, PyTorch's default is 1e-8.
    #[schemars(transform = Range::above(0).at_most(1))]
    pub epsilon: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-5 }
    }
}

impl AdamConfig {
    /// Says what is wrong with the config, if anything is.
    pub fn validate(&self) -> Result<(), ModelError> {
        Ok(range::check("", self)?)
    }

    /// An optimizer that has not taken a step.
    pub fn init(&self) -> Adam {
        Adam { config: *self, moments: HashMap::new() }
    }
}

/// Adam: steps along the running mean of gradients, divided by the root of the running mean of their squares.
///
/// Source: Kingma and Ba, *Adam: a method for stochastic optimization* (2015). As in PyTorch, epsilon is added outside
/// the root and after the correction of biases, each parameter counts its own steps, and a parameter without a gradient
/// is left alone.
#[derive(Debug, Clone)]
pub struct Adam {
    config: AdamConfig,
    moments: HashMap<ParamId, Moments>,
}

/// What is remembered of one parameter's gradients.
#[derive(Debug, Clone)]
struct Moments {
    first: DispatchTensor,
    second: DispatchTensor,
    steps: u64,
}

impl Adam {
    /// The module after one step along `gradients`, and the norm that these had, over all parameters together.
    ///
    /// With `max_grad_norm`, gradients of a greater norm are scaled down to it first, as PyTorch's `clip_grad_norm_` does.
    pub fn step<M: Module>(
        &mut self,
        module: M,
        gradients: GradientsParams,
        learning_rate: f64,
        max_grad_norm: Option<f64>,
    ) -> (M, f64) {
        let norm = gradient_norm(&module, &gradients);
        let gradient_scale = max_grad_norm.map_or(1.0, |max| (max / (norm + 1e-6)).min(1.0));
        (self.step_scaled(module, gradients, learning_rate, gradient_scale), norm)
    }

    /// The module after one step along `gradients` as they are, whose norm nobody asks for: it spares a look at each of
    /// them.
    pub fn step_unclipped<M: Module>(&mut self, module: M, gradients: GradientsParams, learning_rate: f64) -> M {
        self.step_scaled(module, gradients, learning_rate, 1.0)
    }

    /// The one pass that changes parameters and moments, where they lie.
    fn step_scaled<M: Module>(
        &mut self,
        module: M,
        gradients: GradientsParams,
        learning_rate: f64,
        gradient_scale: f64,
    ) -> M {
        module.map(&mut Stepper { adam: self, gradients, learning_rate, gradient_scale })
    }

    /// Its constants.
    pub fn config(&self) -> AdamConfig {
        self.config
    }

    /// What the optimizer remembers of a module's gradients: for each parameter that has taken a step, arrays named like
    /// it, followed by `.first-moment`, `.second-moment` and `.steps`.
    pub fn export<M: Module>(&self, module: &M, prefix: &str) -> Vec<NamedArray> {
        let mut arrays = Vec::new();
        module.visit(&mut Exporter { path: Path::new(prefix), adam: self, arrays: &mut arrays });
        arrays
    }

    /// An optimizer that continues where the one exported from the same module stopped.
    ///
    /// A parameter without arrays has not taken a step.
    pub fn import<M: Module>(
        config: AdamConfig,
        module: &M,
        prefix: &str,
        arrays: &[NamedArray],
    ) -> Result<Self, ModelError> {
        let mut importer = Importer { path: Path::new(prefix), adam: config.init(), arrays, result: Ok(()) };
        module.visit(&mut importer);
        importer.result.map(|()| importer.adam)
    }

    fn constants(&self, steps: u64, learning_rate: f64, gradient_scale: f64) -> AdamStep {
        let AdamConfig { beta_1, beta_2, epsilon } = self.config;
        let steps = i32::try_from(steps).unwrap_or(i32::MAX);
        // m / (sqrt(v) / c + epsilon) = c m / (sqrt(v) + c epsilon): all of the corrections go into constants.
        let root_correction = (1.0 - beta_2.powi(steps)).sqrt();
        AdamStep {
            beta_1: beta_1 as f32,
            beta_2: beta_2 as f32,
            epsilon: (epsilon * root_correction) as f32,
            step_size: (learning_rate * root_correction / (1.0 - beta_1.powi(steps))) as f32,
            gradient_scale: gradient_scale as f32,
        }
    }
}

/// The Euclidean norm of all gradients together.
fn gradient_norm<M: Module>(module: &M, gradients: &GradientsParams) -> f64 {
    struct Norm<'a> {
        gradients: &'a GradientsParams,
        square: f64,
    }

    impl ModuleVisitor for Norm<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            if let Some(gradient) = self.gradients.get::<D>(parameter.id) {
                let square = Tensor::<1>::from_dispatch(Dispatch::squared_norm(gradient.into_dispatch()));
                self.square += square.into_scalar::<f64>();
            }
        }
    }

    let mut norm = Norm { gradients, square: 0.0 };
    module.visit(&mut norm);
    norm.square.sqrt()
}

struct Stepper<'a> {
    adam: &'a mut Adam,
    gradients: GradientsParams,
    learning_rate: f64,
    gradient_scale: f64,
}

impl ModuleMapper for Stepper<'_> {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = self.gradients.remove::<D>(parameter.id) else {
            return parameter;
        };
        // Taken apart, so that no second handle on the values keeps them from being changed in place.
        let (id, value, mapper) = parameter.consume();
        let (autodiff, tracked) = (value.is_autodiff(), value.is_require_grad());
        let value = value.inner();
        let moments = self.adam.moments.remove(&id).unwrap_or_else(|| Moments {
            first: value.zeros_like().into_dispatch(),
            second: value.zeros_like().into_dispatch(),
            steps: 0,
        });

        let steps = moments.steps + 1;
        let constants = self.adam.constants(steps, self.learning_rate, self.gradient_scale);
        let (value, first, second) = Dispatch::adam_step(
            value.into_dispatch(),
            gradient.into_dispatch(),
            moments.first,
            moments.second,
            constants,
        );

        self.adam.moments.insert(id, Moments { first, second, steps });
        let mut value = Tensor::from_dispatch(value);
        if autodiff {
            value = value.autodiff();
        }
        if tracked {
            value = value.require_grad();
        }
        Param::from_mapped_value(id, value, mapper)
    }
}

struct Exporter<'a> {
    path: Path,
    adam: &'a Adam,
    arrays: &'a mut Vec<NamedArray>,
}

impl ModuleVisitor for Exporter<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let Some(moments) = self.adam.moments.get(&parameter.id) else {
            return;
        };
        let [first, second, steps] = names(&self.path);
        self.arrays.push(array(first, Tensor::<D>::from_dispatch(moments.first.clone())));
        self.arrays.push(array(second, Tensor::<D>::from_dispatch(moments.second.clone())));
        // Exact up to 2^24; from long before, the corrections that the count is for are 1.
        self.arrays.push(NamedArray { name: steps, shape: vec![1], values: vec![moments.steps as f32] });
    }
}

struct Importer<'a> {
    path: Path,
    adam: Adam,
    arrays: &'a [NamedArray],
    /// The first error.
    result: Result<(), ModelError>,
}

impl ModuleVisitor for Importer<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let [_, _, steps] = names(&self.path);
        let stepped = self.arrays.iter().any(|array| array.name == steps);
        if stepped && self.result.is_ok() {
            self.result = self.read(parameter);
        }
    }
}

impl Importer<'_> {
    fn read<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) -> Result<(), ModelError> {
        let value = parameter.val().inner();
        let (shape, device) = (value.dims(), value.device());
        let [first, second, steps] = names(&self.path);
        let moments = Moments {
            first: tensor(find(self.arrays, &first, &shape)?, shape, &device).into_dispatch(),
            second: tensor(find(self.arrays, &second, &shape)?, shape, &device).into_dispatch(),
            steps: find(self.arrays, &steps, &[1])?.values[0] as u64,
        };
        self.adam.moments.insert(parameter.id, moments);
        Ok(())
    }
}

fn names(parameter: &Path) -> [String; 3] {
    ["first-moment", "second-moment", "steps"].map(|what| format!("{}.{what}", parameter.name()))
}

fn tensor<const D: usize>(array: &NamedArray, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(array.values.clone(), shape), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two parameters, so that the norm is over more than one tensor and one can go without a gradient.
    #[derive(Debug, Module)]
    struct Pair {
        matrix: Param<Tensor<2>>,
        vector: Param<Tensor<1>>,
    }

    const MATRIX: [f32; 6] = [0.5, -1.0, 0.25, 2.0, -0.125, 0.0];
    const VECTOR: [f32; 3] = [1.0, -2.0, 3.0];

    fn pair() -> Pair {
        let device = Device::flex().autodiff();
        let matrix = Tensor::from_data(TensorData::new(MATRIX.to_vec(), [2, 3]), &device);
        Pair { matrix: Param::from_tensor(matrix), vector: Param::from_tensor(Tensor::from_floats(VECTOR, &device)) }
    }

    /// The gradients of some loss that is not quadratic in any parameter, by autodiff.
    fn gradients(pair: &Pair) -> GradientsParams {
        let loss = (pair.matrix.val().powf_scalar(4.0)).sum() + pair.vector.val().exp().sum();
        GradientsParams::from_grads(loss.backward(), pair)
    }

    fn slope(place: usize, value: f64) -> f64 {
        if place < MATRIX.len() { 4.0 * value.powi(3) } else { value.exp() }
    }

    fn values(pair: &Pair) -> Vec<f32> {
        crate::weights::export(pair, "").into_iter().flat_map(|array| array.values).collect()
    }

    /// `torch.nn.utils.clip_grad_norm_` and `torch.optim.Adam`, as their documentation writes them, in f64.
    fn reference(config: AdamConfig, learning_rate: f64, max_grad_norm: Option<f64>, steps: i32) -> (Vec<f64>, f64) {
        let mut parameters: Vec<f64> = MATRIX.iter().chain(&VECTOR).map(|x| f64::from(*x)).collect();
        let (mut first, mut second) = (vec![0.0; 9], vec![0.0; 9]);
        let mut norm = 0.0;
        for step in 1..=steps {
            let gradient: Vec<f64> = parameters.iter().enumerate().map(|(place, x)| slope(place, *x)).collect();
            norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            let scale = max_grad_norm.map_or(1.0, |max| f64::min(1.0, max / (norm + 1e-6)));
            for place in 0..9 {
                let g = gradient[place] * scale;
                first[place] = config.beta_1 * first[place] + (1.0 - config.beta_1) * g;
                second[place] = config.beta_2 * second[place] + (1.0 - config.beta_2) * g * g;
                let first_unbiased = first[place] / (1.0 - config.beta_1.powi(step));
                let second_unbiased = second[place] / (1.0 - config.beta_2.powi(step));
                parameters[place] -= learning_rate * first_unbiased / (second_unbiased.sqrt() + config.epsilon);
            }
        }
        (parameters, norm)
    }

    #[test]
    fn steps_are_those_of_the_definition_with_and_without_clipping() {
        let config = AdamConfig { epsilon: 1e-3, ..AdamConfig::default() };
        for max_grad_norm in [None, Some(0.5), Some(1e9)] {
            let (mut adam, mut module) = (config.init(), pair());
            let mut norm = 0.0;
            for _ in 0..20 {
                let gradients = gradients(&module);
                (module, norm) = adam.step(module, gradients, 0.02, max_grad_norm);
            }
            let (expected, expected_norm) = reference(config, 0.02, max_grad_norm, 20);
            assert!((norm - expected_norm).abs() < 1e-4 * expected_norm, "{norm} against {expected_norm}");
            for (actual, expected) in values(&module).iter().zip(expected) {
                assert!((f64::from(*actual) - expected).abs() < 1e-5, "{actual} against {expected}");
            }
        }
    }

    #[test]
    fn a_step_without_the_norm_is_the_step_without_a_limit() {
        let config = AdamConfig::default();
        let (mut adam, mut unclipped) = (config.init(), config.init());
        let (mut module, mut other) = (pair(), pair());
        for _ in 0..3 {
            let (pulls, other_pulls) = (gradients(&module), gradients(&other));
            (module, _) = adam.step(module, pulls, 0.01, None);
            other = unclipped.step_unclipped(other, other_pulls, 0.01);
        }
        assert_eq!(values(&module), values(&other));
    }

    #[test]
    fn the_first_step_is_the_learning_rate_against_the_sign_of_the_gradient() {
        let config = AdamConfig { epsilon: 1e-12, ..AdamConfig::default() };
        let module = pair();
        let gradients = gradients(&module);
        let (module, _) = config.init().step(module, gradients, 0.1, None);
        let expected = [0.4, -0.9, 0.15, 1.9, -0.025, 0.0, 0.9, -2.1, 2.9];
        for (actual, expected) in values(&module).iter().zip(expected) {
            assert!((actual - expected).abs() < 1e-4, "{actual} against {expected}");
        }
    }

    #[test]
    fn a_parameter_without_a_gradient_is_left_alone_and_does_not_count_a_step() {
        let mut adam = AdamConfig::default().init();
        let module = pair();
        let loss = module.vector.val().exp().sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &module);
        let (module, _) = adam.step(module, gradients, 0.1, None);
        assert_eq!(values(&module)[..6], MATRIX);
        let names: Vec<String> = adam.export(&module, "p").into_iter().map(|array| array.name).collect();
        assert_eq!(names, ["p.vector.first-moment", "p.vector.second-moment", "p.vector.steps"]);
    }

    #[test]
    fn an_imported_optimizer_continues_bit_for_bit() {
        let config = AdamConfig::default();
        let (mut adam, mut module) = (config.init(), pair());
        for _ in 0..3 {
            let gradients = gradients(&module);
            (module, _) = adam.step(module, gradients, 0.01, Some(0.5));
        }
        let saved = adam.export(&module, "policy");
        let mut imported = Adam::import(config, &module, "policy", &saved).unwrap();
        let continued = adam.step(module.clone(), gradients(&module), 0.01, Some(0.5)).0;
        let resumed = imported.step(module.clone(), gradients(&module), 0.01, Some(0.5)).0;
        assert_eq!(values(&continued), values(&resumed));
        assert_eq!(adam.export(&module, ""), imported.export(&module, ""));
    }

    #[test]
    fn a_moment_of_another_shape_is_refused_by_name() {
        let config = AdamConfig::default();
        let mut adam = config.init();
        let module = pair();
        let gradients = gradients(&module);
        let (module, _) = adam.step(module, gradients, 0.01, None);
        let mut saved = adam.export(&module, "policy");
        saved[0].shape = vec![3, 2];
        let error = Adam::import(config, &module, "policy", &saved).unwrap_err();
        assert!(error.to_string().starts_with("tensor `policy.matrix.first-moment` has shape [3, 2]"), "{error}");
    }

    #[test]
    fn constants_outside_their_range_are_refused_by_name() {
        let error = AdamConfig { beta_2: 1.0, ..AdamConfig::default() }.validate().unwrap_err();
        assert_eq!(error.to_string(), "beta-2: 1 is not below 1; give a number from 0 to below 1, such as 0.999");
        assert!(AdamConfig::default().validate().is_ok());
        let config: AdamConfig = serde_json::from_str(r#"{"beta-1": 0.5}"#).unwrap();
        assert_eq!(config, AdamConfig { beta_1: 0.5, ..AdamConfig::default() });
    }
}
