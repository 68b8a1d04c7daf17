"""Compare trainings of one task at equal steps and at equal seconds: a table and a plot of two panels.

python equal.py SAC=../../results/phrase-sac@960 PPO=../../results/phrase-ppo@31300 --out phrase.svg

Each run is NAME=FOLDER@RATE, where the rate is the steps a second that the training makes on a quiet machine: seeds are
often trained side by side, and their own clocks then say little.
"""

import argparse
import dataclasses
import pathlib
import statistics

import matplotlib
import numpy as np

from collect import read_metrics, seed_of
from intervals import interquartile_mean, interval

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "gradus"  # the same curves give the same file
import matplotlib.pyplot as plt  # noqa: E402

STYLES = [("#c2410c", "-"), ("#1d4ed8", "--"), ("#15803d", "-."), ("#7e22ce", ":")]


@dataclasses.dataclass
class Run:
    name: str
    rate: float
    steps: np.ndarray  # where all seeds have a point
    returns: np.ndarray  # a row a seed
    baseline: float

    def at(self, steps):
        """The interquartile mean over seeds with its interval; none beyond the training's end."""
        if steps > self.steps[-1] * 1.001:
            return "–"
        values = [np.interp(steps, self.steps, seed) for seed in self.returns]
        low, high = interval(values)
        return f"{interquartile_mean(values):.2f} [{low:.2f}, {high:.2f}]"


def main():
    arguments = parse_arguments()
    runs = [read(run) for run in arguments.runs]
    table("steps", [(f"{steps:,}", lambda run, steps=steps: run.at(steps)) for steps in arguments.steps], runs)
    seconds = [(f"{s:g} s", lambda run, s=s: run.at(s * run.rate)) for s in arguments.seconds]
    table("seconds", seconds, runs)
    print(f"random agent: {statistics.mean(run.baseline for run in runs):.2f}")
    draw(runs, arguments.out)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", metavar="NAME=FOLDER@RATE")
    parser.add_argument("--steps", type=int, nargs="+", default=[10_000, 25_000, 50_000, 100_000, 500_000, 2_000_000])
    parser.add_argument("--seconds", type=float, nargs="+", default=[5, 10, 20, 30, 60])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the plot, an SVG file")
    return parser.parse_args()


def read(argument):
    name, _, rest = argument.partition("=")
    folder, _, rate = rest.rpartition("@")
    seeds = sorted(pathlib.Path(folder).glob("seed-*"), key=seed_of)
    if not seeds:
        raise SystemExit(f"error: {argument}: no seed-* folders in {folder}")
    curves, baselines = [], []
    for seed in seeds:
        rows = [row for row in read_metrics(seed / "metrics.jsonl") if row.get("return/mean") is not None]
        curves.append(([row["steps"] for row in rows], [row["return/mean"] for row in rows]))
        baselines.append(rows[0]["baseline/random"])
    steps = np.array(curves[0][0])
    returns = np.array([np.interp(steps, *curve) for curve in curves])
    return Run(name, float(rate), steps, returns, statistics.mean(baselines))


def table(heading, rows, runs):
    print(f"| {heading} | {' | '.join(run.name for run in runs)} |")
    print(f"|---|{'---|' * len(runs)}")
    for label, cell in rows:
        print(f"| {label} | {' | '.join(cell(run) for run in runs)} |")
    print()


def draw(runs, path):
    figure, panels = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained", sharey=True)
    for panel, unit in zip(panels, ("environment steps", "seconds")):
        for run, (colour, style) in zip(runs, STYLES):
            x = run.steps if unit == "environment steps" else run.steps / run.rate
            panel.fill_between(x, run.returns.min(axis=0), run.returns.max(axis=0), color=colour, alpha=0.15)
            mean = run.returns.mean(axis=0)
            panel.plot(x, mean, color=colour, linestyle=style, label=f"{run.name} (n = {len(run.returns)})")
        panel.axhline(statistics.mean(run.baseline for run in runs), color="0.4", linewidth=0.8, label="random agent")
        panel.set_xscale("log")
        panel.set_xlabel(unit)
        panel.grid(alpha=0.2)
    panels[0].set_ylabel("mean episode return")
    panels[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
