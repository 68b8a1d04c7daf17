"""PPO as one plain PyTorch loop, in the manner of CleanRL, with the face of a Stable-Baselines3 model."""

import collections

import gymnasium
import numpy as np
import torch
from torch import nn
from torch.distributions import Categorical


class Ppo:
    def __init__(self, environment, settings, seed):
        torch.manual_seed(seed)
        self.settings = settings
        self.envs = gymnasium.vector.SyncVectorEnv(
            [environment] * settings["envs"], autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP
        )
        inputs, actions = self.envs.single_observation_space.shape[0], int(self.envs.single_action_space.n)
        self.policy = network([inputs, *settings["hidden"], actions], last_gain=0.01)
        self.value = network([inputs, *settings["hidden"], 1], last_gain=1.0)
        self.parameters = [*self.policy.parameters(), *self.value.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=settings["learning-rate"], eps=1e-5)
        observations, _ = self.envs.reset(seed=seed)
        self.observations = torch.as_tensor(observations)
        self.returns = np.zeros(settings["envs"])
        self.num_timesteps = 0
        self.ep_info_buffer = collections.deque(maxlen=100)

    def learn(self, steps, reset_num_timesteps=True):
        if reset_num_timesteps:
            self.num_timesteps = 0
        end = self.num_timesteps + steps
        while self.num_timesteps < end:
            self.update(*self.collect())

    @torch.no_grad()
    def collect(self):
        """A rollout: observations, actions, log-probabilities, values, advantages; a row each step of each environment."""
        shape = (self.settings["rollout"], self.settings["envs"])
        observations = torch.empty((*shape, self.observations.shape[1]))
        actions = torch.empty(shape, dtype=torch.int64)
        log_probabilities, values, rewards, dones = (torch.empty(shape) for _ in range(4))
        for step in range(shape[0]):
            observations[step] = self.observations
            choice = Categorical(logits=self.policy(self.observations))
            actions[step] = choice.sample()
            log_probabilities[step] = choice.log_prob(actions[step])
            values[step] = self.value(self.observations).squeeze(1)
            after, reward, terminated, truncated, _ = self.envs.step(actions[step].numpy())
            self.observations = torch.as_tensor(after)
            rewards[step] = torch.as_tensor(reward)
            done = terminated | truncated
            dones[step] = torch.as_tensor(done)
            self.tally(reward, done)
        advantages = self.estimate(rewards, values, dones)
        flat = (tensor.flatten(0, 1) for tensor in (observations, actions, log_probabilities, values, advantages))
        return tuple(flat)

    def tally(self, reward, done):
        self.num_timesteps += len(reward)
        self.returns += reward
        self.ep_info_buffer.extend({"r": total} for total in self.returns[done])
        self.returns[done] = 0.0

    def estimate(self, rewards, values, dones):
        """Generalised advantage estimation, from the last step to the first."""
        gamma, decay = self.settings["gamma"], self.settings["gamma"] * self.settings["gae-lambda"]
        advantages = torch.empty_like(rewards)
        next_value, advantage = self.value(self.observations).squeeze(1), 0.0
        for step in reversed(range(len(rewards))):
            goes_on = 1.0 - dones[step]
            error = rewards[step] + gamma * next_value * goes_on - values[step]
            advantages[step] = advantage = error + decay * goes_on * advantage
            next_value = values[step]
        return advantages

    def update(self, observations, actions, old_log_probabilities, old_values, advantages):
        targets = advantages + old_values
        for _ in range(self.settings["epochs"]):
            for rows in torch.randperm(len(actions)).split(self.settings["minibatch"]):
                choice = Categorical(logits=self.policy(observations[rows]))
                ratio = (choice.log_prob(actions[rows]) - old_log_probabilities[rows]).exp()
                advantage = advantages[rows]
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                clip = self.settings["clip"]
                policy_loss = -torch.min(advantage * ratio, advantage * ratio.clamp(1 - clip, 1 + clip)).mean()
                value_loss = nn.functional.mse_loss(self.value(observations[rows]).squeeze(1), targets[rows])
                entropy = choice.entropy().mean()
                loss = policy_loss + self.settings["value"] * value_loss - self.settings["entropy"] * entropy
                self.optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.parameters, self.settings["max-grad-norm"])
                self.optimizer.step()


def network(sizes, last_gain):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
        nn.init.orthogonal_(layers[-2].weight, 2.0**0.5)
        nn.init.zeros_(layers[-2].bias)
    nn.init.orthogonal_(layers[-2].weight, last_gain)
    return nn.Sequential(*layers[:-1])
