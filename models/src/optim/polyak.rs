//! Averages of parameters over a run, as target networks keep them.

use std::vec::IntoIter;

use burn::backend::{Dispatch, DispatchTensor};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;

use crate::ops::polyak::PolyakBackend;

/// The target after a step towards the source: each parameter becomes `tau` times the source's plus `1 - tau` times its
/// own.
///
/// On the CPU this is one pass in place, unless something else holds on to the target's values, as after
/// `source.valid()`, which shares them until the first step. The parameters correspond by their order in the module, so
/// the target may be such a copy or a network of its own, with autodiff or without; it stays what it was, and the source
/// is only read. `tau = 1` copies exactly, and a target that has arrived stays.
///
/// Source: Polyak and Juditsky, *Acceleration of stochastic approximation by averaging* (1992); for target networks,
/// Lillicrap et al., *Continuous control with deep reinforcement learning* (2016).
///
/// # Panics
///
/// Panics if the modules have different parameters, or if `tau` is not between 0 and 1.
pub fn polyak<M: Module>(target: M, source: &M, tau: f64) -> M {
    assert!((0.0..=1.0).contains(&tau), "a step of {tau} is not between 0 and 1");
    let mut collector = Collector(Vec::new());
    source.visit(&mut collector);
    let mut mover = Mover { sources: collector.0.into_iter(), tau };
    let target = target.map(&mut mover);
    assert!(mover.sources.next().is_none(), "the source has more parameters than the target");
    target
}

/// The values of a module's parameters, without autodiff.
struct Collector(Vec<(DispatchTensor, Vec<usize>, ParamId)>);

impl ModuleVisitor for Collector {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let value = parameter.val().inner();
        let shape = value.dims().to_vec();
        self.0.push((value.into_dispatch(), shape, parameter.id));
    }
}

struct Mover {
    sources: IntoIter<(DispatchTensor, Vec<usize>, ParamId)>,
    tau: f64,
}

impl ModuleMapper for Mover {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // Taken apart, so that no second handle on the values keeps them from being changed in place.
        let (id, value, mapper) = parameter.consume();
        let (source, shape, source_id) = self.sources.next().expect("the source has fewer parameters than the target");
        assert_eq!(value.dims().as_slice(), shape, "shapes of parameter {id} and its source {source_id}");
        let (autodiff, tracked) = (value.is_autodiff(), value.is_require_grad());
        let mut value = Tensor::from_dispatch(Dispatch::polyak(value.inner().into_dispatch(), source, self.tau));
        if autodiff {
            value = value.autodiff();
        }
        if tracked {
            value = value.require_grad();
        }
        Param::from_mapped_value(id, value, mapper)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::weights::export;

    #[derive(Debug, Module)]
    struct Pair {
        matrix: Param<Tensor<2>>,
        vector: Param<Tensor<1>>,
    }

    fn pair(offset: f32, device: &Device) -> Pair {
        let matrix: Vec<f32> = (0..6).map(|i| i as f32 * 0.3 + offset).collect();
        Pair {
            matrix: Param::from_data(TensorData::new(matrix, [2, 3]), device),
            vector: Param::from_data(TensorData::from([1.0 - offset, -2.0, 3.0]), device),
        }
    }

    fn values(pair: &Pair) -> Vec<f32> {
        export(pair, "").into_iter().flat_map(|array| array.values).collect()
    }

    fn expected(target: &[f32], source: &[f32], tau: f32) -> Vec<f32> {
        target.iter().zip(source).map(|(target, source)| tau * source + (1.0 - tau) * target).collect()
    }

    fn assert_near(actual: &[f32], expected: &[f32]) {
        assert_eq!(actual.len(), expected.len());
        assert!(actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{actual:?} against {expected:?}");
    }

    #[test]
    fn a_target_without_autodiff_follows_a_source_that_learns() {
        let source = pair(0.0, &Device::flex().autodiff());
        let mut target = source.valid();
        let moved = pair(1.0, &Device::flex().autodiff());
        let mut followed = values(&target);
        for _ in 0..3 {
            target = polyak(target, &moved, 0.1);
            followed = expected(&followed, &values(&moved), 0.1);
            assert_near(&values(&target), &followed);
        }
        assert!(!target.matrix.val().is_autodiff());
        assert_eq!(target.matrix.id, source.matrix.id);
        assert_eq!(values(&source), values(&pair(0.0, &Device::flex())), "a copy that shares its values moves alone");
        assert!(moved.matrix.val().is_require_grad());
    }

    #[test]
    fn a_target_with_autodiff_keeps_it() {
        let device = Device::flex().autodiff();
        let (target, source) = (pair(0.0, &device), pair(1.0, &device));
        let expected = expected(&values(&target), &values(&source), 0.25);
        let target = polyak(target, &source, 0.25);
        assert_near(&values(&target), &expected);
        assert!(target.vector.val().is_require_grad());
    }

    #[test]
    fn a_whole_step_copies() {
        let source = pair(0.7, &Device::flex().autodiff());
        assert_eq!(values(&polyak(pair(0.0, &Device::flex()), &source, 1.0)), values(&source));
    }

    #[test]
    #[should_panic(expected = "not between 0 and 1")]
    fn a_step_past_the_source_is_refused() {
        polyak(pair(0.0, &Device::flex()), &pair(1.0, &Device::flex()), 1.5);
    }
}
