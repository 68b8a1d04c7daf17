//! A pole balanced on a cart.

use rand::RngExt;

use super::{Advance, Dynamics};
use crate::{seeding::Generator, space::Space};

/// A cart on a track without friction, with a pole hinged on it; Euler's method in steps of 0.02 s.
///
/// **Action space**: `Discrete(2)`: 0 pushes the cart to the left with 10 N, 1 to the right.
/// **Observation space**: `Box`, 4 entries: the cart's position in m (-4.8 to 4.8) and velocity in m/s (unbounded),
/// the pole's angle from upright in rad, clockwise positive (-0.418 to 0.418), and angular velocity in rad/s
/// (unbounded).
/// **Reward**: 1 for every step, that in which the pole falls included.
/// **Starting state**: every entry uniform in [-0.05, 0.05).
/// **Episode end**: terminated when the position leaves [-2.4, 2.4] or the angle leaves 12° to either side; truncated
/// after `steps` steps (500). Both may come in the same step.
/// **Source**: Barto, Sutton and Anderson 1983, "Neuronlike adaptive elements that can solve difficult learning
/// control problems"; the equations are Florian 2007, "Correct equations for the dynamics of the cart-pole system",
/// without friction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CartPole;

const GRAVITY: f64 = 9.8;
const CART_MASS: f64 = 1.0;
const POLE_MASS: f64 = 0.1;
const HALF_POLE_LENGTH: f64 = 0.5;
const FORCE: f64 = 10.0;
const TIME_STEP: f64 = 0.02;
const POSITION_LIMIT: f64 = 2.4;
const ANGLE_LIMIT: f64 = 12.0 * std::f64::consts::PI / 180.0;

impl Dynamics for CartPole {
    const NAME: &'static str = "cartpole";
    const SUMMARY: &'static str = "balance a pole on a cart by pushing left or right; Gymnasium's CartPole-v1";
    const STEPS: usize = 500;

    /// Position, velocity, angle, angular velocity.
    type State = [f64; 4];

    fn action_space() -> Space {
        Space::Discrete { n: 2 }
    }

    fn observation_space() -> Space {
        // Twice the limits, so that the observation in which the pole has fallen lies within.
        let high = vec![(2.0 * POSITION_LIMIT) as f32, f32::INFINITY, (2.0 * ANGLE_LIMIT) as f32, f32::INFINITY];
        Space::Box { low: high.iter().map(|bound| -bound).collect(), high }
    }

    fn start(generator: &mut Generator) -> Self::State {
        std::array::from_fn(|_| generator.random_range(-0.05..0.05))
    }

    fn advance(&[position, velocity, angle, spin]: &Self::State, control: f64) -> Advance<Self::State> {
        let force = FORCE * (2.0 * control - 1.0);
        let mass = CART_MASS + POLE_MASS;
        let (sin, cos) = angle.sin_cos();
        let push = (force + POLE_MASS * HALF_POLE_LENGTH * spin * spin * sin) / mass;
        let angular_acceleration =
            (GRAVITY * sin - cos * push) / (HALF_POLE_LENGTH * (4.0 / 3.0 - POLE_MASS * cos * cos / mass));
        let acceleration = push - POLE_MASS * HALF_POLE_LENGTH * angular_acceleration * cos / mass;
        let state = [
            position + TIME_STEP * velocity,
            velocity + TIME_STEP * acceleration,
            angle + TIME_STEP * spin,
            spin + TIME_STEP * angular_acceleration,
        ];
        let terminated = state[0].abs() > POSITION_LIMIT || state[2].abs() > ANGLE_LIMIT;
        Advance { state, reward: 1.0, terminated }
    }

    fn observe(state: &Self::State, observation: &mut [f32]) {
        for (seen, value) in observation.iter_mut().zip(state) {
            *seen = *value as f32;
        }
    }
}
