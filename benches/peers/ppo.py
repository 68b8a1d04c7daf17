"""Time PPO of Stable-Baselines3, of SBX or as a CleanRL-style loop on MelodyEnv, rollouts and updates together.

python ppo.py sb3 --threads 1
python ppo.py sbx --threads 2
python ppo.py cleanrl --threads 1
"""

import argparse

import timing

SETTINGS = {
    "envs": 64,
    "rollout": 128,
    "epochs": 4,
    "minibatch": 512,
    "hidden": [64, 64],  # tanh, separate networks for policy and value
    "learning-rate": 3e-4,
    "gamma": 0.99,
    "gae-lambda": 0.95,
    "clip": 0.2,
    "entropy": 0.0,
    "value": 0.5,
    "max-grad-norm": 0.5,
}


def main():
    arguments = parse_arguments()
    timing.limit_threads(arguments.threads)
    model, packages = build(arguments.library, arguments.threads, arguments.seed)
    model.learn(2 * SETTINGS["envs"] * SETTINGS["rollout"])  # fills caches, and compiles where the library compiles
    settings = {"library": arguments.library, "threads": arguments.threads, "steps": arguments.steps, **SETTINGS}
    measure = timing.training(model, arguments.steps)
    timing.report("ppo", "env steps/s", settings, measure, arguments.repetitions, packages)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", choices=("sb3", "sbx", "cleanrl"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--steps", type=int, default=65_536, help="environment steps a repetition (default: %(default)s)"
    )
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def build(library, threads, seed):
    """Imports belong here: the number of threads must be set before."""
    import torch
    from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

    from melody_env import MelodyEnv

    torch.set_num_threads(threads)
    if library == "cleanrl":
        from cleanrl_ppo import Ppo

        return Ppo(MelodyEnv, SETTINGS, seed), ("torch", "gymnasium", "numpy")
    if library == "sb3":
        from stable_baselines3 import PPO

        policy = {"net_arch": SETTINGS["hidden"], "activation_fn": torch.nn.Tanh}
        packages = ("stable-baselines3", "torch", "gymnasium", "numpy")
    else:
        import flax.linen
        from sbx import PPO

        policy = {"net_arch": SETTINGS["hidden"], "activation_fn": flax.linen.tanh}
        packages = ("sbx-rl", "jax", "flax", "gymnasium", "numpy")
    model = PPO(
        "MlpPolicy",
        VecMonitor(DummyVecEnv([MelodyEnv] * SETTINGS["envs"])),
        n_steps=SETTINGS["rollout"],
        n_epochs=SETTINGS["epochs"],
        batch_size=SETTINGS["minibatch"],
        learning_rate=SETTINGS["learning-rate"],
        gamma=SETTINGS["gamma"],
        gae_lambda=SETTINGS["gae-lambda"],
        clip_range=SETTINGS["clip"],
        ent_coef=SETTINGS["entropy"],
        vf_coef=SETTINGS["value"],
        max_grad_norm=SETTINGS["max-grad-norm"],
        policy_kwargs=policy,
        device="cpu",
        seed=seed,
    )
    return model, packages


if __name__ == "__main__":
    main()
