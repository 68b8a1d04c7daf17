#![allow(clippy::all, clippy::pedantic, clippy::print_stdout, missing_docs)]
use burn::tensor::{Device, Tensor, TensorData};
use gradus_models::ops::{dense, Activation};
use std::time::Instant;
fn stat(name: &str, fl: f64, mut f: impl FnMut()) {
    for _ in 0..5 { f() }
    let mut t: Vec<f64> = (0..60).map(|_| { let s = Instant::now(); f(); s.elapsed().as_secs_f64() * 1e6 }).collect();
    t.sort_by(f64::total_cmp);
    println!("{name:40} min {:9.1} median {:9.1} us  {:.1} GFLOP/s", t[0], t[30], fl / t[0] / 1e3);
}
fn main() {
    let d = Device::flex();
    gradus_models::memory::keep_freed_memory();
    let r = |a: usize, b: usize| Tensor::<2>::from_data(TensorData::new((0..a*b).map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0).collect::<Vec<_>>(), [a, b]), &d);
    for (m, k, n) in [(64, 66, 64), (512, 64, 64), (256, 256, 256), (512, 128, 512), (4096, 128, 128), (4096, 128, 512), (4096, 512, 128), (512, 512, 512), (1024, 1024, 1024)] {
        let x = r(m, k); let w = r(k, n); let b = Tensor::<1>::zeros([n], &d); let xt = r(k, m).transpose(); let wt = r(n, k).transpose();
        let fl = 2.0 * (m * k * n) as f64;
        println!("{m} {k} {n}");
        stat("flex", fl, || { let _ = x.clone().matmul(w.clone()); });
        stat("ours", fl, || { let _ = dense(x.clone(), w.clone(), b.clone(), Activation::Identity); });
        stat("flex xT", fl, || { let _ = xt.clone().matmul(w.clone()); });
        stat("ours xT", fl, || { let _ = dense(xt.clone(), w.clone(), b.clone(), Activation::Identity); });
        stat("flex wT", fl, || { let _ = x.clone().matmul(wt.clone()); });
        stat("ours wT", fl, || { let _ = dense(x.clone(), wt.clone(), b.clone(), Activation::Identity); });
    }
}
