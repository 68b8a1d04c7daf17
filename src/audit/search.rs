//! The best pieces that a search finds: what an agent could come to that learned the reward by heart.

use gradus_envs::{Action, Env, EnvError, Space};
use gradus_music::Token;
use rayon::prelude::*;

/// A piece in the making and what it has brought so far.
struct Beginning {
    env: Box<dyn Env>,
    reward: f64,
}

/// A step that can be taken.
struct Candidate {
    reward: f64,
    /// The beginning, by its place in the beam.
    from: usize,
    choice: u32,
}

/// The pieces that a beam search of so many beginnings ends with, the best first; with a width of 1 it is greedy. Of equal
/// ones the earlier in the beam goes first, and then the lower token. The environment must be at the start of an episode
/// and have discrete actions; the critics' share is not seen, because it comes with the whole piece.
pub(super) fn beam(env: Box<dyn Env>, width: usize) -> Result<Vec<Vec<Token>>, EnvError> {
    let Space::Discrete { n } = env.spec().action_space else { return Ok(Vec::new()) };
    let mut beam = vec![Beginning { env, reward: 0.0 }];
    loop {
        let steps: Result<Vec<_>, EnvError> =
            beam.par_iter_mut().enumerate().map(|(from, beginning)| beginning.candidates(from, n)).collect();
        let mut candidates: Vec<Candidate> = steps?.into_iter().flatten().collect();
        // Stable, so that equal ones stay in their order.
        candidates.sort_by(|left, right| right.reward.total_cmp(&left.reward));
        candidates.truncate(width.max(1));
        let mut finished = true;
        let mut next = Vec::with_capacity(candidates.len());
        for Candidate { reward, from, choice } in candidates {
            let mut env = beam[from].env.clone();
            finished &= env.step(Action::Discrete(choice))?.terminated;
            next.push(Beginning { env, reward });
        }
        beam = next;
        if finished {
            return Ok(beam.into_iter().map(|piece| piece.env.tokens().to_vec()).collect());
        }
    }
}

impl Beginning {
    /// Every legal step from here.
    fn candidates(&mut self, from: usize, actions: usize) -> Result<Vec<Candidate>, EnvError> {
        let mut mask = vec![true; actions];
        self.env.action_mask(&mut mask);
        let legal = (0..actions).filter(|&choice| mask[choice]);
        legal
            .map(|choice| {
                let choice = choice as u32;
                let reward = self.reward + f64::from(self.env.clone().step(Action::Discrete(choice))?.reward);
                Ok(Candidate { reward, from, choice })
            })
            .collect()
    }
}
