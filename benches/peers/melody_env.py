"""MelodyEnv, written as a Python author would write it: the environment that every peer here is timed on.

Gradus must time itself on the same rules, so change them in both places or in neither. `ContinuousMelodyEnv` below is
its twin for algorithms with continuous actions.

Action Space
    Discrete(38): 0 ends the note, 1 leaves it as it is, 2 to 37 play MIDI pitch 48 to 83.
Observation Space
    Box(0, 1, (66,), float32): the last action (one-hot, 38), the position in the bar (one-hot, 16), the share of each
    pitch class among the notes so far (12).
Rewards
    Each played note: +1 in C major, else -1; -0.75 for repeating the pitch, -0.5 for a leap beyond a fifth, -1 beyond
    an octave; +2 for a C on the first or the last step. Other actions: 0. The best piece is worth 36.
Starting State
    An empty bar: last action 1, position 0.
Episode End
    Terminates after 32 steps (two bars of sixteenths). Never truncates.
"""

import gymnasium
import numpy as np

NOTE_OFF, NO_EVENT, FIRST_NOTE = 0, 1, 2
ACTIONS = 38
LOWEST_PITCH = 48
STEPS_PER_BAR = 16
EPISODE_STEPS = 32
PITCH_CLASSES = 12
OBSERVATION = ACTIONS + STEPS_PER_BAR + PITCH_CLASSES
IN_C_MAJOR = [pitch_class in (0, 2, 4, 5, 7, 9, 11) for pitch_class in range(PITCH_CLASSES)]
FIFTH, OCTAVE = 7, 12

PITCHES = ACTIONS - FIRST_NOTE
DURATIONS = (1, 2, 4, 8)  # in sixteenths
SIXTEENTHS_PER_BEAT = 4
BEST_VELOCITY = 0.63


class MelodyEnv(gymnasium.Env):
    metadata = {"render_modes": []}

    def __init__(self):
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (OBSERVATION,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(ACTIONS)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps, self.position, self.notes = 0, 0, 0
        self.last_action, self.last_pitch = NO_EVENT, None
        self.histogram = np.zeros(PITCH_CLASSES, np.float32)
        return self._observe(), {}

    def step(self, action):
        action = int(action)
        reward = self._play(action) if action >= FIRST_NOTE else 0.0
        return self._advance(action, reward, sixteenths=1)

    def _play(self, action):
        pitch = LOWEST_PITCH + action - FIRST_NOTE
        reward = note_reward(pitch, self.last_pitch, self.steps)
        self.last_pitch = pitch
        self.histogram[pitch % PITCH_CLASSES] += 1.0
        self.notes += 1
        return reward

    def _advance(self, action, reward, sixteenths):
        self.last_action = action
        self.steps += 1
        self.position = (self.position + sixteenths) % STEPS_PER_BAR
        return self._observe(), reward, self.steps >= EPISODE_STEPS, False, {}

    def _observe(self):
        observation = np.zeros(OBSERVATION, np.float32)
        observation[self.last_action] = 1.0
        observation[ACTIONS + self.position] = 1.0
        if self.notes:
            observation[ACTIONS + STEPS_PER_BAR :] = self.histogram / self.notes
        return observation


class ContinuousMelodyEnv(MelodyEnv):
    """A note every step, of a chosen pitch, duration and velocity.

    Action Space
        Box(-1, 1, (3,), float32): pitch, cut into 36 equal parts from MIDI 48 to 83; duration, cut into four: 1, 2, 4,
        8 sixteenths; velocity. Values outside are clipped.
    Rewards
        Those of a played note; -0.25 times the velocity's distance from 0.63 (of 0 to 1); -0.25 for a note of n
        sixteenths that begins off its grid of min(n, 4).
    Observation Space, Starting State, Episode End
        As above; the position in the bar moves on by the duration.
    """

    def __init__(self):
        super().__init__()
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (3,), np.float32)

    def step(self, action):
        pitch, duration, velocity = (np.clip(action, -1.0, 1.0) + 1.0) / 2.0
        action = FIRST_NOTE + min(int(pitch * PITCHES), PITCHES - 1)
        sixteenths = DURATIONS[min(int(duration * len(DURATIONS)), len(DURATIONS) - 1)]
        reward = self._play(action) - 0.25 * abs(float(velocity) - BEST_VELOCITY)
        if self.position % min(sixteenths, SIXTEENTHS_PER_BEAT):
            reward -= 0.25
        return self._advance(action, reward, sixteenths)


def note_reward(pitch, last_pitch, step):
    pitch_class = pitch % PITCH_CLASSES
    reward = 1.0 if IN_C_MAJOR[pitch_class] else -1.0
    if last_pitch is not None:
        leap = abs(pitch - last_pitch)
        if leap == 0:
            reward -= 0.75
        elif leap > OCTAVE:
            reward -= 1.0
        elif leap > FIFTH:
            reward -= 0.5
    if step in (0, EPISODE_STEPS - 1) and pitch_class == 0:
        reward += 2.0
    return reward
