"""The environments keep Gymnasium's contract and their own rules. Run: python test_melody_env.py"""

import random

from gymnasium.utils.env_checker import check_env

from melody_env import ACTIONS, EPISODE_STEPS, FIRST_NOTE, LOWEST_PITCH, ContinuousMelodyEnv, MelodyEnv


def play(actions):
    env = MelodyEnv()
    env.reset()
    rewards, terminated = [], False
    for action in actions:
        observation, reward, terminated, truncated, _ = env.step(action)
        assert not truncated and env.observation_space.contains(observation)
        rewards.append(reward)
    return rewards, terminated


def note(pitch):
    return FIRST_NOTE + pitch - LOWEST_PITCH


def test_the_best_piece_is_worth_36():
    # 32 notes in key without a repeat or a wide leap, from C to C.
    rewards, terminated = play([note(60), note(64)] * (EPISODE_STEPS // 2 - 1) + [note(62), note(60)])
    assert terminated and sum(rewards) == 36


def test_each_penalty_is_taken():
    rewards, _ = play([note(60), note(60), note(61), note(69), note(55), 0, 1])
    assert rewards == [3.0, 0.25, -1.0, 0.5, 0.0, 0.0, 0.0]


def test_gymnasium_accepts_it():
    check_env(MelodyEnv(), skip_render_check=True)
    check_env(ContinuousMelodyEnv(), skip_render_check=True)


def test_observation_sums_to_three_once_a_note_sounds():
    env = MelodyEnv()
    env.reset()
    env.step(note(60))
    generator = random.Random(0)
    for _ in range(EPISODE_STEPS - 1):
        observation, *_ = env.step(generator.randrange(ACTIONS))
        assert abs(observation.sum() - 3.0) < 1e-5


def test_a_continuous_note_pays_for_velocity_and_grid():
    env = ContinuousMelodyEnv()
    env.reset()
    c4, best, sixteenth, quarter = (12.5 / 36) * 2 - 1, 0.63 * 2 - 1, -0.9, 0.1
    _, on_the_grid, *_ = env.step([c4, sixteenth, best])
    _, off_the_grid, *_ = env.step([(14.5 / 36) * 2 - 1, quarter, 1.0])
    assert abs(on_the_grid - 3.0) < 1e-6
    assert abs(off_the_grid - (1.0 - 0.25 * 0.37 - 0.25)) < 1e-6


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(f"ok {name}")
