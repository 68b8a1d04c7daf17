"""Make Gradus' record of a task from its runs: every seed's policy evaluated as the peers' are, in Gymnasium.

python collect.py cartpole-ppo-zoo ../../results/cartpole-ppo-zoo
"""

import argparse
import json
import pathlib
import subprocess
import tomllib

import records
from gradus_policy import Policy

ENVIRONMENTS = {
    "cartpole": "CartPole-v1",
    "acrobot": "Acrobot-v1",
    "pendulum": "Pendulum-v1",
    "mountain-car-continuous": "MountainCarContinuous-v0",
}
ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    arguments = parse_arguments()
    seeds = sorted(arguments.runs.glob("seed-*"), key=seed_of)
    if not seeds:
        raise SystemExit(f"error: no seed-* folders in {arguments.runs}")
    settings = common_settings(seeds)
    record = {
        "task": arguments.task,
        "library": records.GRADUS,
        "environment": next(iter(settings["env"])),
        "steps": settings["total-steps"],
        "evaluation": {"episodes": records.EVALUATION_EPISODES, "deterministic": True},
        "settings": settings,
        "versions": {"gradus": gradus(arguments.gradus, "--version").split()[-1]},
        "scores": {},
        "seconds": {},
        "curves": {},
    }
    for folder in seeds:
        rows = read_metrics(folder / "metrics.jsonl")
        if rows[-1]["steps"] < 0.99 * record["steps"]:
            raise SystemExit(f"error: {folder} stopped at step {rows[-1]['steps']} of {record['steps']}")
        seed = str(seed_of(folder))
        record["scores"][seed] = round(evaluate(record["environment"], folder), 3)
        record["seconds"][seed] = round(rows[-1]["time/seconds"], 1)
        record["curves"][seed] = curve(rows)
    records.save(arguments.out / f"{arguments.task}.json", record)
    print(f"{arguments.task}: {len(seeds)} seeds, scores {list(record['scores'].values())}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", help="name of the task, the peers' files have the same")
    parser.add_argument("runs", type=pathlib.Path, help="folder with the seed-* folders of one training")
    parser.add_argument("--gradus", type=pathlib.Path, default=ROOT / "target" / "release" / "gradus")
    parser.add_argument("--out", type=pathlib.Path, default=records.FOLDER / records.GRADUS)
    return parser.parse_args()


def seed_of(folder):
    return int(folder.name.removeprefix("seed-"))


def common_settings(folders):
    """The config of all seeds, but for the seed."""
    configs = [tomllib.loads((folder / "config.toml").read_text()) for folder in folders]
    for config in configs:
        config.pop("seed")
    if any(config != configs[0] for config in configs):
        raise SystemExit(f"error: the seeds of {folders[0].parent} were trained with different configs")
    return configs[0]


def gradus(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


def evaluate(environment, folder):
    """As the peers' are: in Gymnasium, from the same starting states."""
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.evaluation import evaluate_policy

    fresh = make_vec_env(ENVIRONMENTS[environment], n_envs=10, seed=records.EVALUATION_SEED)
    policy = Policy(folder, fresh.action_space)
    score, _ = evaluate_policy(policy, fresh, records.EVALUATION_EPISODES, deterministic=True, warn=False)
    return float(score)


def read_metrics(path):
    with open(path) as lines:
        return [json.loads(line) for line in lines]


def curve(rows):
    """The mean return at each twentieth of the training, over the last iterations that hold enough episodes."""
    points = []
    for index, row in enumerate(rows):
        if row["steps"] >= (len(points) + 1) * rows[-1]["steps"] / records.CURVE_POINTS:
            points.append([row["steps"], mean_return(rows[: index + 1])])
    return points


def mean_return(rows):
    episodes, total = 0, 0.0
    for row in reversed(rows):
        if episodes >= records.CURVE_EPISODES:
            break
        if row.get("return/mean") is not None:
            episodes += row["episodes"]
            total += row["episodes"] * row["return/mean"]
    return round(total / episodes, 2) if episodes else None


if __name__ == "__main__":
    main()
