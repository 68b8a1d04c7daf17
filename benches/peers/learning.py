"""Train Stable-Baselines3 on a reference task, seed by seed, and score the final policies.

python learning.py cartpole-ppo-zoo --seeds 0 1 2 3 4

Seeds that the task's file already has are skipped, so an interrupted run continues where it was.
"""

import argparse
import copy
import dataclasses
import importlib.metadata
import pathlib
import platform
import time

import records
import timing


@dataclasses.dataclass
class Task:
    environment: str
    algorithm: str
    steps: int
    envs: int
    settings: dict  # the algorithm's keyword arguments; "linear X" falls from X to 0 over the training


# Separate tanh 64-64 networks, orthogonal initialisation and Adam's epsilon of 1e-5 are the library's defaults for PPO.
# CleanRL halves the squared error of the value, the library does not: CleanRL's coefficient of .5 is .25 here.
CLEANRL_PPO = {
    "n_steps": 128,
    "batch_size": 128,
    "n_epochs": 4,
    "learning_rate": "linear 2.5e-4",
    "gamma": 0.99,
    "gae_lambda": 0.95,
    "clip_range": 0.2,
    "clip_range_vf": 0.2,
    "normalize_advantage": True,
    "ent_coef": 0.01,
    "vf_coef": 0.25,
    "max_grad_norm": 0.5,
}
ZOO_CARTPOLE = {
    "n_steps": 32,
    "batch_size": 256,
    "n_epochs": 20,
    "learning_rate": "linear 1e-3",
    "gamma": 0.98,
    "gae_lambda": 0.8,
    "clip_range": "linear 0.2",
    "ent_coef": 0.0,
}
ZOO_PENDULUM = {
    "n_steps": 1024,
    "batch_size": 64,
    "n_epochs": 10,
    "learning_rate": 1e-3,
    "gamma": 0.9,
    "gae_lambda": 0.95,
    "clip_range": 0.2,
    "ent_coef": 0.0,
}
ZOO_PENDULUM_SAC = {
    "learning_rate": 1e-3,
    "buffer_size": 1_000_000,
    "learning_starts": 100,
    "batch_size": 256,
    "tau": 0.005,
    "gamma": 0.99,
    "train_freq": 1,
    "gradient_steps": 1,
    "ent_coef": "auto",
}
ZOO_MOUNTAIN_CAR = {
    "learning_rate": 3e-4,
    "buffer_size": 50_000,
    "learning_starts": 0,
    "batch_size": 512,
    "tau": 0.01,
    "gamma": 0.9999,
    "train_freq": 32,
    "gradient_steps": 32,
    "ent_coef": 0.1,
    "use_sde": True,
    "policy_kwargs": {"log_std_init": -3.67, "net_arch": [64, 64]},
}
TASKS = {
    "cartpole-ppo-zoo": Task("CartPole-v1", "PPO", 100_000, 8, ZOO_CARTPOLE),
    "cartpole-ppo-cleanrl": Task("CartPole-v1", "PPO", 500_000, 4, CLEANRL_PPO),
    "acrobot-ppo": Task("Acrobot-v1", "PPO", 500_000, 4, CLEANRL_PPO),
    "pendulum-ppo": Task("Pendulum-v1", "PPO", 100_000, 4, ZOO_PENDULUM),
    "pendulum-ppo-sde": Task(
        "Pendulum-v1", "PPO", 100_000, 4, ZOO_PENDULUM | {"use_sde": True, "sde_sample_freq": 4}
    ),
    "pendulum-sac": Task("Pendulum-v1", "SAC", 20_000, 1, ZOO_PENDULUM_SAC),
    "mountain-car-continuous-sac": Task("MountainCarContinuous-v0", "SAC", 50_000, 1, ZOO_MOUNTAIN_CAR),
}
PACKAGES = ("stable-baselines3", "torch", "gymnasium", "numpy")


def main():
    arguments = parse_arguments()
    timing.limit_threads(1, pin=False)
    task, path = TASKS[arguments.task], arguments.out / f"{arguments.task}.json"
    for seed in arguments.seeds:
        record = open_record(path, arguments.task, task)
        if str(seed) in record["scores"]:
            continue
        for name, value in train(task, seed).items():
            record[name] = records.by_seed(record[name] | {str(seed): value})
        records.save(path, record)
        score, seconds = record["scores"][str(seed)], record["seconds"][str(seed)]
        print(f"{arguments.task} seed {seed}: {score} in {seconds} s", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=records.FOLDER / records.STABLE_BASELINES3,
        help="folder of the task's file (default: %(default)s)",
    )
    return parser.parse_args()


def open_record(path, name, task):
    """The file as it is, or a new one. Seeds trained in another way do not belong into one file."""
    made_with = {
        "task": name,
        "library": records.STABLE_BASELINES3,
        "environment": task.environment,
        "steps": task.steps,
        "evaluation": {"episodes": records.EVALUATION_EPISODES, "deterministic": True},
        "settings": {"algorithm": task.algorithm, "envs": task.envs} | task.settings,
        "versions": {"python": platform.python_version()}
        | {package: importlib.metadata.version(package) for package in PACKAGES},
    }
    record = records.load(path)
    if record is None:
        return made_with | {"scores": {}, "seconds": {}, "cpu_seconds": {}, "curves": {}}
    for key, value in made_with.items():
        if record[key] != value:
            raise SystemExit(f"error: {path} was made with other {key}; move it away or give another --out")
    return record


def train(task, seed):
    """Imports belong here: the number of threads must be set before."""
    import stable_baselines3
    import torch
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.evaluation import evaluate_policy

    torch.set_num_threads(1)
    envs = make_vec_env(task.environment, n_envs=task.envs, seed=seed)
    algorithm = getattr(stable_baselines3, task.algorithm)
    # A copy: the library adds entries to `policy_kwargs`, and the record must say what it was given.
    settings = {name: schedule(value) for name, value in copy.deepcopy(task.settings).items()}
    model = algorithm("MlpPolicy", envs, device="cpu", seed=seed, **settings)

    curve = []
    wall, cpu = time.perf_counter(), time.process_time()
    model.learn(task.steps, callback=lambda variables, _: follow(model, task.steps, curve))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu

    fresh = make_vec_env(task.environment, n_envs=10, seed=records.EVALUATION_SEED)
    score, _ = evaluate_policy(model, fresh, records.EVALUATION_EPISODES, deterministic=True)
    return {
        "scores": round(float(score), 3),
        "seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "curves": curve,
    }


def schedule(value):
    if isinstance(value, str) and value.startswith("linear "):
        start = float(value.removeprefix("linear "))
        # The last rollout may end beyond the total: not below 0.
        return lambda remaining: start * max(0.0, remaining)
    return value


def follow(model, steps, curve):
    """A point of the learning curve whenever another twentieth of the training is done."""
    if model.num_timesteps >= (len(curve) + 1) * steps / records.CURVE_POINTS:
        returns = [episode["r"] for episode in model.ep_info_buffer]
        mean = round(float(sum(returns) / len(returns)), 2) if returns else None
        curve.append([model.num_timesteps, mean])
    return True


if __name__ == "__main__":
    main()
