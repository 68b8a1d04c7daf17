//! What a training leaves: for acting later, and for going on.

use std::collections::BTreeMap;

use burn::module::Module;
use gradus_envs::{CriticScales, LateRewards};
use gradus_models::{
    optim::Adam,
    weights::{self, NamedArray},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::AgentError;

/// Under what name the spread of critics' scores is kept.
const CRITIC_SCALES: &str = "critic-scales";

/// Under what name stands what a critic has learned meanwhile, followed by its number.
const CRITIC_LEARNED: &str = "critic-learned";

/// Under what name stands what a critic needs to go on learning, followed by its number.
const CRITIC_SUSPENDED: &str = "critic-suspended";

/// Nobody has so many critics.
const MOST_CRITICS: usize = 1024;

/// Weights and whatever else an agent needs, in the format of safetensors, which many programs read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// Environment steps of training so far.
    pub steps: u64,
    /// Weights by name, as `policy.layers.0.weight`.
    arrays: Vec<NamedArray>,
    /// What is not an array, by name.
    state: BTreeMap<String, serde_json::Value>,
}

/// What stands in the file's metadata.
#[derive(Serialize, Deserialize)]
struct Header {
    steps: u64,
    state: BTreeMap<String, serde_json::Value>,
}

impl Checkpoint {
    /// An empty one after so many environment steps.
    pub fn after(steps: u64) -> Self {
        Self { steps, ..Self::default() }
    }

    /// Keeps a module's weights under names that begin with `prefix`.
    pub fn keep<M: Module>(&mut self, module: &M, prefix: &str) {
        self.arrays.extend(weights::export(module, prefix));
    }

    /// The module with the weights that were kept under `prefix`.
    pub fn restore<M: Module>(&self, module: M, prefix: &str) -> Result<M, AgentError> {
        Ok(weights::import(module, prefix, &self.arrays)?)
    }

    /// Keeps what an optimizer remembers of a module.
    pub(crate) fn keep_optimizer<M: Module>(&mut self, optimizer: &Adam, module: &M, prefix: &str) {
        self.arrays.extend(optimizer.export(module, prefix));
    }

    /// The optimizer that goes on where the one kept under `prefix` was, with the constants of this one.
    pub(crate) fn restore_optimizer<M: Module>(
        &self,
        optimizer: &Adam,
        module: &M,
        prefix: &str,
    ) -> Result<Adam, AgentError> {
        Ok(Adam::import(optimizer.config(), module, prefix, &self.arrays)?)
    }

    /// Keeps many numbers.
    pub(crate) fn keep_numbers(&mut self, name: &str, values: Vec<f32>) {
        self.arrays.push(NamedArray { name: name.to_owned(), shape: vec![values.len()], values });
    }

    /// The numbers that were kept under a name.
    pub(crate) fn numbers(&self, name: &str) -> Result<&[f32], AgentError> {
        let missing = || AgentError::Checkpoint(format!("`{name}` is missing"));
        self.arrays.iter().find(|array| array.name == name).map(|array| &*array.values).ok_or_else(missing)
    }

    /// Keeps bytes, three in a number, which holds as many exactly; the first number is how many the last ones lack.
    pub(crate) fn keep_bytes(&mut self, name: &str, bytes: &[u8]) {
        let number =
            |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |number, &byte| number << 8 | u32::from(byte)) as f32;
        let lacking = (3 - bytes.len() % 3) % 3;
        let values = std::iter::once(lacking as f32).chain(bytes.chunks(3).map(number)).collect();
        self.keep_numbers(name, values);
    }

    /// The bytes that were kept under a name.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, AgentError> {
        let broken = || AgentError::Checkpoint(format!("`{name}` holds no bytes"));
        let (lacking, numbers) = self.numbers(name)?.split_first().ok_or_else(broken)?;
        let mut bytes: Vec<u8> =
            numbers.iter().flat_map(|number| (*number as u32).to_le_bytes().into_iter().take(3)).collect();
        let length = bytes.len().checked_sub(*lacking as usize).ok_or_else(broken)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Keeps a value under a name.
    pub fn keep_state<T: Serialize>(&mut self, name: &str, value: &T) -> Result<(), AgentError> {
        let value = serde_json::to_value(value).map_err(|error| AgentError::Checkpoint(error.to_string()))?;
        self.state.insert(name.to_owned(), value);
        Ok(())
    }

    /// The value that was kept under a name.
    pub fn state<T: DeserializeOwned>(&self, name: &str) -> Result<T, AgentError> {
        let value = self.state.get(name).cloned().unwrap_or_default();
        serde_json::from_value(value).map_err(|error| AgentError::Checkpoint(format!("`{name}`: {error}")))
    }

    /// Keeps how the scores of critics have been spread, and what critics have learned.
    pub(crate) fn keep_scales(&mut self, late: Option<&LateRewards>) -> Result<(), AgentError> {
        let Some(late) = late else { return Ok(()) };
        let scales = late.scales();
        for (index, learned) in scales.learned.iter().enumerate().filter(|(_, learned)| !learned.is_empty()) {
            let (name, shape) = (format!("{CRITIC_LEARNED}.{index}"), vec![learned.len()]);
            self.arrays.push(NamedArray { name, shape, values: learned.clone() });
        }
        self.keep_state(CRITIC_SCALES, &scales)
    }

    /// How the scores of critics were spread, so that they are judged alike afterwards.
    pub fn critic_scales(&self) -> Result<CriticScales, AgentError> {
        if !self.state.contains_key(CRITIC_SCALES) {
            return Ok(CriticScales::default());
        }
        let mut scales: CriticScales = self.state(CRITIC_SCALES)?;
        for array in &self.arrays {
            let Some(index) = array.name.strip_prefix(CRITIC_LEARNED).and_then(|rest| rest.strip_prefix('.')) else {
                continue;
            };
            let nobody = || AgentError::Checkpoint(format!("`{}` names no critic", array.name));
            let index = index.parse().ok().filter(|index: &usize| *index < MOST_CRITICS).ok_or_else(nobody)?;
            scales.learned.resize(scales.learned.len().max(index + 1), Vec::new());
            scales.learned[index].clone_from(&array.values);
        }
        Ok(scales)
    }

    /// Keeps what critics need to go on learning, besides what they have learned.
    pub(crate) fn suspend_critics(&mut self, late: Option<&LateRewards>) {
        for (index, bytes) in late.iter().flat_map(|late| late.suspend().into_iter().enumerate()) {
            self.keep_bytes(&format!("{CRITIC_SUSPENDED}.{index}"), &bytes);
        }
    }

    /// Lets critics go on as they were.
    pub(crate) fn resume_critics(&self, late: Option<&mut LateRewards>) -> Result<(), AgentError> {
        let Some(late) = late else { return Ok(()) };
        let names = (0..late.critics()).map(|index| format!("{CRITIC_SUSPENDED}.{index}"));
        let states = names.map(|name| self.bytes(&name)).collect::<Result<Vec<_>, _>>()?;
        Ok(late.resume(self.critic_scales()?, &states)?)
    }

    /// The file's bytes, the same for the same checkpoint.
    pub fn to_bytes(&self) -> Result<Vec<u8>, AgentError> {
        let header = Header { steps: self.steps, state: self.state.clone() };
        let header = serde_json::to_string(&header).map_err(|error| AgentError::Checkpoint(error.to_string()))?;
        Ok(weights::to_safetensors(&self.arrays, &header)?)
    }

    /// Reads a file's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AgentError> {
        let (arrays, header) = weights::from_safetensors(bytes)?;
        let Header { steps, state } =
            serde_json::from_str(&header).map_err(|error| AgentError::Checkpoint(error.to_string()))?;
        Ok(Self { steps, arrays, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_any_number_come_back() {
        for length in 0..10 {
            let bytes: Vec<u8> = (0..length).map(|index| 255 - 13 * index).collect();
            let mut checkpoint = Checkpoint::after(7);
            checkpoint.keep_bytes("bytes", &bytes);
            let again = Checkpoint::from_bytes(&checkpoint.to_bytes().unwrap()).unwrap();
            assert_eq!(again.bytes("bytes").unwrap(), bytes);
            assert!(again.bytes("others").unwrap_err().to_string().contains("`others` is missing"));
        }
    }
}
