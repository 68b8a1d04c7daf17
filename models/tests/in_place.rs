//! What can be changed where it lies is not copied.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use gradus_models::AdamConfig;
use gradus_models::blocks::{Mlp, MlpConfig};
use gradus_models::ops::unary::gelu;
use gradus_models::optim::polyak;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

const WIDTH: usize = 256;

/// Far less than one matrix of weights takes.
const LITTLE: u64 = (WIDTH * WIDTH) as u64;

fn network(device: &Device) -> Mlp {
    let config = MlpConfig { hidden: vec![WIDTH, WIDTH], ..MlpConfig::default() };
    config.init(WIDTH, WIDTH, 1.0, &mut Xoshiro256PlusPlus::seed_from_u64(1), device)
}

fn gradients(network: &Mlp) -> GradientsParams {
    let x = Tensor::ones([8, WIDTH], &Device::flex().autodiff());
    GradientsParams::from_grads(network.forward(x).mean().backward(), network)
}

/// The most memory that was held at once, in bytes, beyond what was held before.
fn most(what: impl FnOnce()) -> u64 {
    allocation_counter::measure(what).bytes_max
}

#[test]
fn adam_changes_parameters_and_moments_where_they_lie() {
    let mut adam = AdamConfig::default().init();
    let network = network(&Device::flex().autodiff());
    let first_gradients = gradients(&network);
    let (network, _) = adam.step(network, first_gradients, 1e-3, Some(0.5));
    let gradients = gradients(&network);
    let mut stepped = None;
    let bytes = most(|| stepped = Some(adam.step(network, gradients, 1e-3, Some(0.5))));
    assert!(bytes < LITTLE, "{bytes} bytes");
}

#[test]
fn a_target_follows_where_it_lies() {
    let source = network(&Device::flex().autodiff());
    let target = polyak(source.valid(), &source, 0.5);
    let mut moved = None;
    let bytes = most(|| moved = Some(polyak(target, &source, 0.5)));
    assert!(bytes < LITTLE, "{bytes} bytes");
}

#[test]
fn a_function_of_values_that_nobody_else_needs_takes_their_place() {
    let x = Tensor::<2>::ones([WIDTH, WIDTH], &Device::flex());
    let mut y = None;
    let bytes = most(|| y = Some(gelu(x)));
    assert!(bytes < LITTLE, "{bytes} bytes");
}
