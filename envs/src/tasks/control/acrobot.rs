//! Two links that hang from a fixed joint and are to be swung up.

use std::f64::consts::PI;

use rand::RngExt;

use super::{Advance, Dynamics, wrap};
use crate::{seeding::Generator, space::Space};

/// Two links of 1 m and 1 kg, the first hung from a fixed joint, with a motor at the joint between them; one step of
/// the Runge-Kutta method of order 4 every 0.2 s.
///
/// **Action space**: `Discrete(3)`: a torque of -1, 0 or 1 N m at the joint between the links.
/// **Observation space**: `Box`, 6 entries: cosine and sine of the first link's angle from hanging down, cosine and
/// sine of the second link's angle from the first (all -1 to 1), and the two angular velocities in rad/s (-4π to 4π,
/// -9π to 9π; they are held within these bounds).
/// **Reward**: -1 for every step, but 0 for that in which the tip is high enough.
/// **Starting state**: both angles and angular velocities uniform in [-0.1, 0.1).
/// **Episode end**: terminated when the tip is more than 1 m above the fixed joint; truncated after `steps` steps
/// (500). Both may come in the same step.
/// **Source**: Sutton 1996, "Generalization in reinforcement learning: successful examples using sparse coarse
/// coding"; the equations are those of Sutton and Barto 1998, "Reinforcement Learning: An Introduction", section 11.3,
/// with the links' moments of inertia 1 kg m².
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Acrobot;

const GRAVITY: f64 = 9.8;
const MASS: f64 = 1.0;
const LENGTH: f64 = 1.0;
const CENTER: f64 = 0.5;
const INERTIA: f64 = 1.0;
const TIME_STEP: f64 = 0.2;
const MAX_SPIN_1: f64 = 4.0 * PI;
const MAX_SPIN_2: f64 = 9.0 * PI;

impl Dynamics for Acrobot {
    const NAME: &'static str = "acrobot";
    const SUMMARY: &'static str = "swing two links up by the torque between them; Gymnasium's Acrobot-v1";
    const STEPS: usize = 500;

    /// The angles of the first and the second link, then their angular velocities.
    type State = [f64; 4];

    fn action_space() -> Space {
        Space::Discrete { n: 3 }
    }

    fn observation_space() -> Space {
        let high = vec![1.0, 1.0, 1.0, 1.0, MAX_SPIN_1 as f32, MAX_SPIN_2 as f32];
        Space::Box { low: high.iter().map(|bound| -bound).collect(), high }
    }

    fn start(generator: &mut Generator) -> Self::State {
        std::array::from_fn(|_| generator.random_range(-0.1..0.1))
    }

    fn advance(state: &Self::State, control: f64) -> Advance<Self::State> {
        let [angle_1, angle_2, spin_1, spin_2] = runge_kutta(state, control - 1.0);
        let (angle_1, angle_2) = (wrap(angle_1), wrap(angle_2));
        let (spin_1, spin_2) = (spin_1.clamp(-MAX_SPIN_1, MAX_SPIN_1), spin_2.clamp(-MAX_SPIN_2, MAX_SPIN_2));
        let height = -LENGTH * angle_1.cos() - LENGTH * (angle_1 + angle_2).cos();
        let terminated = height > LENGTH;
        let reward = if terminated { 0.0 } else { -1.0 };
        Advance { state: [angle_1, angle_2, spin_1, spin_2], reward, terminated }
    }

    fn observe(&[angle_1, angle_2, spin_1, spin_2]: &Self::State, observation: &mut [f32]) {
        let seen = [angle_1.cos(), angle_1.sin(), angle_2.cos(), angle_2.sin(), spin_1, spin_2];
        for (entry, value) in observation.iter_mut().zip(seen) {
            *entry = value as f32;
        }
    }
}

/// Where `torque`, held for one step of time, takes the links.
fn runge_kutta(state: &[f64; 4], torque: f64) -> [f64; 4] {
    let ahead = |slope: &[f64; 4], time: f64| std::array::from_fn(|i| state[i] + time * slope[i]);
    let k1 = derivatives(state, torque);
    let k2 = derivatives(&ahead(&k1, TIME_STEP / 2.0), torque);
    let k3 = derivatives(&ahead(&k2, TIME_STEP / 2.0), torque);
    let k4 = derivatives(&ahead(&k3, TIME_STEP), torque);
    std::array::from_fn(|i| state[i] + TIME_STEP / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
}

/// The angular velocities and accelerations in `state`. Both links are alike, so masses, lengths, centres of mass and
/// moments of inertia bear no index; `d` and `phi` are the book's.
fn derivatives(&[angle_1, angle_2, spin_1, spin_2]: &[f64; 4], torque: f64) -> [f64; 4] {
    let (sin_2, cos_2) = angle_2.sin_cos();
    let (center_square, coupling) = (CENTER * CENTER, MASS * LENGTH * CENTER);
    let d1 =
        MASS * center_square + MASS * (LENGTH * LENGTH + center_square + 2.0 * LENGTH * CENTER * cos_2) + 2.0 * INERTIA;
    let d2 = MASS * (center_square + LENGTH * CENTER * cos_2) + INERTIA;
    let phi2 = MASS * CENTER * GRAVITY * (angle_1 + angle_2).sin();
    let phi1 = -coupling * spin_2 * spin_2 * sin_2 - 2.0 * coupling * spin_2 * spin_1 * sin_2
        + (MASS * CENTER + MASS * LENGTH) * GRAVITY * angle_1.sin()
        + phi2;
    let acceleration_2 = (torque + d2 / d1 * phi1 - coupling * spin_1 * spin_1 * sin_2 - phi2)
        / (MASS * center_square + INERTIA - d2 * d2 / d1);
    let acceleration_1 = -(d2 * acceleration_2 + phi1) / d1;
    [spin_1, spin_2, acceleration_1, acceleration_2]
}
