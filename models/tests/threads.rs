//! A result depends on the seed, never on the number of threads.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use gradus_models::blocks::{Mlp, MlpConfig};
use gradus_models::ops::categorical;
use gradus_models::weights::{NamedArray, export};
use gradus_models::{Adam, AdamConfig};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

const INPUTS: usize = 66;
const ACTIONS: usize = 38;

/// A network, its optimizer and the batch that it learns from.
struct Learner {
    network: Option<Mlp>,
    adam: Adam,
    batch: Tensor<2>,
    taken: Vec<u32>,
}

impl Learner {
    fn new(seed: u64, batch: usize, hidden: &[usize]) -> Self {
        let device = Device::flex().autodiff();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let config = MlpConfig { hidden: hidden.to_vec(), ..MlpConfig::default() };
        let x: Vec<f32> = (0..batch * INPUTS).map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
        Self {
            network: Some(config.init(INPUTS, ACTIONS, 0.5, &mut rng, &device)),
            adam: AdamConfig::default().init(),
            batch: Tensor::from_data(TensorData::new(x, [batch, INPUTS]), &device),
            taken: (0..batch).map(|row| (row * 5 % ACTIONS) as u32).collect(),
        }
    }

    fn learn(&mut self, steps: usize) -> Vec<NamedArray> {
        for _ in 0..steps {
            let network = self.network.take().expect("every step puts the network back");
            let policy = categorical(network.forward(self.batch.clone()), None, &self.taken);
            let loss = (policy.log_prob + policy.entropy * 0.01).mean().neg();
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            self.network = Some(self.adam.step(network, gradients, 1e-2, Some(0.5)).0);
        }
        export(self.network.as_ref().expect("every step puts the network back"), "")
    }
}

#[test]
fn two_networks_learn_alike_side_by_side_and_one_after_the_other() {
    let pair = || (Learner::new(1, 512, &[64, 64]), Learner::new(2, 512, &[64, 64]));
    let (mut first, mut second) = pair();
    let in_turn = (first.learn(30), second.learn(30));
    let (mut first, mut second) = pair();
    let at_once = rayon::join(|| first.learn(30), || second.learn(30));
    assert!(in_turn == at_once, "weights differ between one thread and two");
}

#[test]
fn a_network_large_enough_for_threads_learns_alike_on_any_number() {
    let learn = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Learner::new(3, 600, &[160, 160]).learn(2))
    };
    let alone = learn(1);
    for threads in [2, 3] {
        assert!(learn(threads) == alone, "weights differ between 1 thread and {threads}");
    }
}

#[test]
fn learning_raises_the_likelihood_of_what_was_taken() {
    let mut learner = Learner::new(4, 64, &[32]);
    let likelihood = |learner: &Learner| {
        let network = learner.network.as_ref().unwrap().valid();
        let logits = network.forward(learner.batch.clone().inner());
        categorical(logits, None, &learner.taken).log_prob.mean().into_scalar::<f32>()
    };
    let before = likelihood(&learner);
    learner.learn(100);
    assert!(likelihood(&learner) > before + 1.0, "{} after {before}", likelihood(&learner));
}
