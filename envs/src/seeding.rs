//! Streams of random numbers: every consumer of randomness has its own, derived from the run's seed.
//!
//! A stream depends on `(seed, role, index)` alone, never on the order in which threads run, so a
//! result depends on the config and the seed only.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The one generator of the project: portable, named, small, and serialisable.
pub type Generator = Xoshiro256PlusPlus;

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An environment's own draws (primers, starting states).
    Environment,
    /// Sampling of actions from a policy.
    Policy,
    /// Initial weights of networks.
    Initialization,
    /// Shuffling of minibatches.
    Minibatch,
    /// Environments of an evaluation or of composing, apart from those trained on.
    Evaluation,
    /// Sampling of actions while evaluating or composing.
    EvaluationPolicy,
    /// Which transitions are drawn from a replay buffer.
    Replay,
    /// The noise of actions within a training's updates.
    UpdateNoise,
    /// Controlled damage to pieces, by which critics learn and are judged.
    Corruption,
    /// Resampling of runs, by which comparisons tell how sure they are.
    Bootstrap,
    /// Pieces that nobody meant as music, by which rewards are audited.
    Audit,
    /// The settings of a sweep's trials.
    Sweep,
}

/// The generator of `role` number `index` in a run with `seed`.
pub fn stream(seed: u64, role: Role, index: u64) -> Generator {
    Generator::seed_from_u64(derive(seed, role, index))
}

/// The seed from which the stream of `role` number `index` starts.
pub fn derive(seed: u64, role: Role, index: u64) -> u64 {
    mix(mix(mix(seed).wrapping_add(role as u64 + 1)).wrapping_add(index))
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014, section 4), a bijection that spreads neighbouring inputs.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_keep_their_values_between_releases() {
        assert_eq!(stream(0, Role::Environment, 0).next_u64(), 0x3586_DE1A_5B43_8236);
        assert_eq!(stream(7, Role::Policy, 3).next_u64(), 0x555B_2845_FA83_F91D);
    }

    #[test]
    fn seed_role_and_index_each_change_the_stream() {
        let first = derive(1, Role::Environment, 0);
        for other in [derive(2, Role::Environment, 0), derive(1, Role::Policy, 0), derive(1, Role::Environment, 1)] {
            assert_ne!(first, other);
        }
    }
}
