"""Policies trained by Gradus, as Stable-Baselines3's evaluation expects them: both are judged in Gymnasium itself, from
the same starting states."""

import itertools
import tomllib

import numpy as np
from safetensors.numpy import load_file

ACTIVATIONS = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0.0)}


class Policy:
    """The final policy of a run, without sampling."""

    def __init__(self, run, action_space):
        config = tomllib.loads((run / "config.toml").read_text())
        (self.algorithm,) = config["agent"]
        self.activation = ACTIVATIONS[config["policy"]["mlp"]["activation"]]
        weights = load_file(max((run / "checkpoints").glob("step-*.safetensors")))
        prefix = "policy" if "policy.layers.0.weight" in weights else "policy.network"
        self.layers = list(layers(weights, f"{prefix}.layers"))
        self.space = action_space

    def predict(self, observation, state=None, episode_start=None, deterministic=True):
        x = np.asarray(observation, np.float32)
        for weight, bias in self.layers[:-1]:
            x = self.activation(x @ weight + bias)
        weight, bias = self.layers[-1]
        return self.action(x @ weight + bias), state

    def action(self, outputs):
        if hasattr(self.space, "n"):
            return outputs.argmax(axis=-1)
        low, high = self.space.low, self.space.high
        means = outputs[:, : low.shape[0]]  # whatever follows are standard deviations
        if self.algorithm == "sac":
            return low + (np.tanh(means) + 1.0) / 2.0 * (high - low)
        return np.clip(means, low, high)


def layers(weights, prefix):
    for index in itertools.count():
        if f"{prefix}.{index}.weight" not in weights:
            return
        yield weights[f"{prefix}.{index}.weight"], weights[f"{prefix}.{index}.bias"]
