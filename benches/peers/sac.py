"""Time SAC of Stable-Baselines3 or SBX, one environment and one update a step.

python sac.py sb3 --threads 1
python sac.py sbx --threads 2 --env melody
"""

import argparse

import timing

SETTINGS = {
    "envs": 1,
    "updates-per-step": 1,
    "batch": 256,
    "hidden": [256, 256],  # ReLU; a policy and two critics
    "learning-rate": 3e-4,
    "gamma": 0.99,
    "tau": 0.005,
    "buffer": 100_000,
    "warm-up": 500,  # random steps before the first update, not timed
    "temperature": "learned",
}


def main():
    arguments = parse_arguments()
    timing.limit_threads(arguments.threads)
    model, packages = build(arguments.library, arguments.env, arguments.threads, arguments.seed)
    model.learn(2 * SETTINGS["warm-up"])  # from here on every step has its update, compiled where the library compiles
    settings = vars(arguments) | SETTINGS
    measure = timing.training(model, arguments.steps)
    timing.report("sac", "env steps/s", settings, measure, arguments.repetitions, packages)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", choices=("sb3", "sbx"))
    parser.add_argument("--env", choices=("pendulum", "melody"), default="pendulum")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--steps", type=int, default=2_000, help="environment steps a repetition (default: %(default)s)"
    )
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def build(library, env, threads, seed):
    """Imports belong here: the number of threads must be set before."""
    import gymnasium
    import torch

    from melody_env import ContinuousMelodyEnv

    torch.set_num_threads(threads)
    if library == "sb3":
        from stable_baselines3 import SAC

        packages = ("stable-baselines3", "torch", "gymnasium", "numpy")
    else:
        from sbx import SAC

        packages = ("sbx-rl", "jax", "flax", "gymnasium", "numpy")
    model = SAC(
        "MlpPolicy",
        gymnasium.make("Pendulum-v1") if env == "pendulum" else ContinuousMelodyEnv(),
        learning_rate=SETTINGS["learning-rate"],
        buffer_size=SETTINGS["buffer"],
        learning_starts=SETTINGS["warm-up"],
        batch_size=SETTINGS["batch"],
        tau=SETTINGS["tau"],
        gamma=SETTINGS["gamma"],
        train_freq=1,
        gradient_steps=SETTINGS["updates-per-step"],
        ent_coef="auto",
        policy_kwargs={"net_arch": SETTINGS["hidden"]},
        device="cpu",
        seed=seed,
    )
    return model, packages


if __name__ == "__main__":
    main()
