//! A pendulum to be swung up and held upright.

use std::f64::consts::PI;

use rand::RngExt;

use super::{Advance, Dynamics, wrap};
use crate::{seeding::Generator, space::Space};

/// A uniform rod of 1 m and 1 kg, hinged at one end, in steps of 0.05 s: the angular velocity first, then the angle
/// by the new one.
///
/// **Action space**: `Box(-2, 2, [1])`: the torque at the hinge in N m. What lies outside is clipped.
/// **Observation space**: `Box`, 3 entries: cosine and sine of the angle from upright (-1 to 1) and the angular
/// velocity in rad/s (-8 to 8; it is held within these bounds).
/// **Reward**: -(θ² + 0.1 ω² + 0.001 u²) with the angle θ from -π to π and the angular velocity ω as they were
/// before the step, and the clipped torque u: from -16.28 to 0.
/// **Starting state**: the angle uniform in [-π, π), the angular velocity in [-1, 1).
/// **Episode end**: truncated after `steps` steps (200), never terminated.
/// **Source**: the swing-up of Doya 2000, "Reinforcement learning in continuous time and space", for a rod without
/// friction (moment of inertia m l² / 3), with gravity 10 m/s² and Gymnasium's reward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pendulum;

const GRAVITY: f64 = 10.0;
const MASS: f64 = 1.0;
const LENGTH: f64 = 1.0;
const TIME_STEP: f64 = 0.05;
const MAX_TORQUE: f64 = 2.0;
const MAX_SPIN: f64 = 8.0;

impl Dynamics for Pendulum {
    const NAME: &'static str = "pendulum";
    const SUMMARY: &'static str = "swing a pendulum up and hold it there by a torque; Gymnasium's Pendulum-v1";
    const STEPS: usize = 200;

    /// The angle, not wrapped, and the angular velocity.
    type State = [f64; 2];

    fn action_space() -> Space {
        Space::uniform_box(-MAX_TORQUE as f32, MAX_TORQUE as f32, 1)
    }

    fn observation_space() -> Space {
        let high = vec![1.0, 1.0, MAX_SPIN as f32];
        Space::Box { low: high.iter().map(|bound| -bound).collect(), high }
    }

    fn start(generator: &mut Generator) -> Self::State {
        [generator.random_range(-PI..PI), generator.random_range(-1.0..1.0)]
    }

    fn advance(&[angle, spin]: &Self::State, control: f64) -> Advance<Self::State> {
        let torque = control.clamp(-MAX_TORQUE, MAX_TORQUE);
        let cost = wrap(angle).powi(2) + 0.1 * spin * spin + 0.001 * torque * torque;
        let acceleration = 3.0 * GRAVITY / (2.0 * LENGTH) * angle.sin() + 3.0 / (MASS * LENGTH * LENGTH) * torque;
        let spin = (spin + acceleration * TIME_STEP).clamp(-MAX_SPIN, MAX_SPIN);
        Advance { state: [angle + spin * TIME_STEP, spin], reward: -cost, terminated: false }
    }

    fn observe(&[angle, spin]: &Self::State, observation: &mut [f32]) {
        for (entry, value) in observation.iter_mut().zip([angle.cos(), angle.sin(), spin]) {
            *entry = value as f32;
        }
    }
}
