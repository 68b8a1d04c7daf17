#![allow(clippy::all, clippy::pedantic, clippy::print_stdout, missing_docs)]
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use gradus_models::blocks::{Mlp, MlpConfig};
use gradus_models::ops::categorical;
use gradus_models::{Adam, AdamConfig};
use rand::SeedableRng;
use std::time::Instant;
struct Learner {
    module: Option<Mlp>,
    adam: Adam,
}
impl Learner {
    fn new(outputs: usize, device: &Device) -> Self {
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(1);
        Self {
            module: Some(MlpConfig::default().init(66, outputs, 0.01, &mut rng, device)),
            adam: AdamConfig::default().init(),
        }
    }
    fn update(&mut self, x: &Tensor<2>) {
        let module = self.module.take().unwrap();
        let loss = module.forward(x.clone()).mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &module);
        self.module = Some(self.adam.step(module, gradients, 3e-4, Some(0.5)).0);
    }
}
fn stat(name: &str, mut f: impl FnMut()) {
    for _ in 0..50 {
        f()
    }
    let mut t: Vec<f64> = (0..3000)
        .map(|_| {
            let s = Instant::now();
            f();
            s.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    t.sort_by(f64::total_cmp);
    println!("{name:40} min {:8.1} p10 {:8.1} median {:8.1} us", t[0], t[300], t[1500]);
}
fn main() {
    let device = Device::flex().autodiff();
    let plain = Device::flex();
    gradus_models::memory::keep_freed_memory();
    let x = Tensor::<2>::from_data(
        TensorData::new((0..512 * 66).map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0).collect::<Vec<_>>(), [512, 66]),
        &device,
    );
    let mut p = Learner::new(38, &device);
    let mut v = Learner::new(1, &device);
    for _ in 0..2 {
        stat("one (38)", || p.update(&x));
        stat("one (1)", || v.update(&x));
        stat("sequential", || {
            p.update(&x);
            v.update(&x);
        });
        stat("join", || {
            rayon::join(|| p.update(&x), || v.update(&x));
        });
        let m = p.module.as_ref().unwrap();
        stat("forward only plain", || {
            let _ = m.clone().layers.iter().fold(x.clone().inner(), |x, l| {
                gradus_models::ops::dense(x, l.weight.val().inner(), l.bias.val().inner(), Default::default())
            });
        });
        stat("forward autodiff", || {
            let _ = m.forward(x.clone());
        });
        stat("forward+backward", || {
            let _ = m.forward(x.clone()).mean().backward();
        });
        stat("mean backward grads", || {
            let _ = GradientsParams::from_grads(m.forward(x.clone()).mean().backward(), m);
        });
        let logits = Tensor::<2>::from_data(
            TensorData::new(
                (0..512 * 38).map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0).collect::<Vec<_>>(),
                [512, 38],
            ),
            &device,
        )
        .require_grad();
        let mask: Vec<bool> = (0..512 * 38).map(|i| i % 3 != 1).collect();
        let taken: Vec<u32> = (0..512).map(|i| (i % 12) as u32 * 3).collect();
        stat("categorical", || {
            let _ = categorical(logits.clone(), Some(&mask), &taken);
        });
        stat("categorical + backward", || {
            let c = categorical(logits.clone(), Some(&mask), &taken);
            let _ = (c.log_prob + c.entropy).sum().backward();
        });
        let mut host = m.to_host();
        let inp = vec![0.1f32; 64 * 66];
        let mut out = vec![0.0f32; 64 * 38];
        stat("host 64", || host.forward(&inp, &mut out));
        let mv = burn::module::Module::valid(m);
        stat("tensors 64", || {
            let _ = mv.forward(Tensor::from_data(TensorData::new(inp.clone(), [64, 66]), &plain)).into_data();
        });
        // matmul floor
        let r = |a: usize, b: usize| Tensor::<2>::from_data(TensorData::new(vec![0.1f32; a * b], [a, b]), &plain);
        let w = [66, 64, 64, 38];
        let xs = w.map(|w| r(512, w));
        let ws = [0, 1, 2].map(|l| r(w[l], w[l + 1]));
        stat("flex matmul floor (8)", || {
            for l in 0..3 {
                let _ = xs[l].clone().matmul(ws[l].clone());
                let _ = xs[l].clone().transpose().matmul(xs[l + 1].clone());
                if l > 0 {
                    let _ = xs[l + 1].clone().matmul(ws[l].clone().transpose());
                }
            }
        });
    }
}
