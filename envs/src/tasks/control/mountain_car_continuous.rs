//! A car too weak for the hill, which must first go back to gather speed.

use rand::RngExt;

use super::{Advance, Dynamics};
use crate::{seeding::Generator, space::Space};

/// A car in a valley shaped like sin 3x, in steps of time without a unit.
///
/// **Action space**: `Box(-1, 1, [1])`: the force. What lies outside is clipped.
/// **Observation space**: `Box`, 2 entries: the position (-1.2 to 0.6) and the velocity a step (-0.07 to 0.07); both
/// are held within these bounds, and the wall on the left stops the car.
/// **Reward**: -0.1 a² for the force a, before the clipping, so that asking for more than there is costs; 100 more in
/// the step that reaches the goal.
/// **Starting state**: the position uniform in [-0.6, -0.4), the velocity 0.
/// **Episode end**: terminated when the car is at 0.45 or beyond, going right or standing; truncated after `steps`
/// steps (999). Both may come in the same step.
/// **Source**: Moore 1990, "Efficient memory-based learning for robot control"; the equations are those of Sutton and
/// Barto 1998, "Reinforcement Learning: An Introduction", section 8.4, with a continuous force of at most 0.0015.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MountainCar;

const MIN_POSITION: f64 = -1.2;
const MAX_POSITION: f64 = 0.6;
const MAX_SPEED: f64 = 0.07;
const GOAL: f64 = 0.45;
const POWER: f64 = 0.0015;
const GRAVITY: f64 = 0.0025;

impl Dynamics for MountainCar {
    const NAME: &'static str = "mountain-car-continuous";
    const SUMMARY: &'static str =
        "rock a weak car out of a valley with little force; Gymnasium's MountainCarContinuous-v0";
    const STEPS: usize = 999;

    /// Position and velocity, kept to 32-bit precision as Gymnasium keeps them.
    type State = [f64; 2];

    fn action_space() -> Space {
        Space::uniform_box(-1.0, 1.0, 1)
    }

    fn observation_space() -> Space {
        Space::Box {
            low: vec![MIN_POSITION as f32, -MAX_SPEED as f32],
            high: vec![MAX_POSITION as f32, MAX_SPEED as f32],
        }
    }

    fn start(generator: &mut Generator) -> Self::State {
        [generator.random_range(-0.6..-0.4), 0.0]
    }

    fn advance(&[position, velocity]: &Self::State, control: f64) -> Advance<Self::State> {
        let acceleration = POWER * control.clamp(-1.0, 1.0) - GRAVITY * (3.0 * position).cos();
        let mut velocity = (velocity + acceleration).clamp(-MAX_SPEED, MAX_SPEED);
        let position = (position + velocity).clamp(MIN_POSITION, MAX_POSITION);
        if position == MIN_POSITION {
            velocity = velocity.max(0.0);
        }
        let terminated = position >= GOAL && velocity >= 0.0;
        let reward = if terminated { 100.0 } else { 0.0 } - 0.1 * control * control;
        Advance { state: [position, velocity].map(|value| f64::from(value as f32)), reward, terminated }
    }

    fn observe(state: &Self::State, observation: &mut [f32]) {
        for (seen, value) in observation.iter_mut().zip(state) {
            *seen = *value as f32;
        }
    }
}
