"""Draw the learning curves of Gradus beside Stable-Baselines3's, one SVG a task.

Thin: a seed. Thick: the mean of the seeds, where all of them have a point.
"""

import argparse
import pathlib

import matplotlib
import numpy as np

import records

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "gradus"  # the same curves give the same file
import matplotlib.pyplot as plt  # noqa: E402

LIBRARIES = {records.GRADUS: ("Gradus", "#c2410c"), records.STABLE_BASELINES3: ("Stable-Baselines3", "#1d4ed8")}


def main():
    folder = parse_arguments().folder
    for task in sorted({path.stem for library in LIBRARIES for path in (folder / library).glob("*.json")}):
        path = folder / f"{task}.svg"
        draw(task, folder, path)
        print(path)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path, default=records.FOLDER, help="where the libraries' records are")
    return parser.parse_args()


def draw(task, folder, path):
    figure, axes = plt.subplots(figsize=(6.0, 3.6), layout="constrained")
    for library, (name, colour) in LIBRARIES.items():
        record = records.load(folder / library / f"{task}.json")
        if record is None:
            continue
        curves = [series(curve) for curve in record["curves"].values()]
        for steps, returns in curves:
            axes.plot(steps, returns, color=colour, linewidth=0.6, alpha=0.4)
        axes.plot(*mean(curves), color=colour, linewidth=2.0, label=f"{name} (n = {len(curves)})")
    axes.set_title(task)
    axes.set_xlabel("environment steps")
    axes.set_ylabel("return, last 100 episodes")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(alpha=0.2)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def series(curve):
    """Steps and returns from the first finished episode on."""
    return tuple(np.array([point for point in curve if point[1] is not None]).T)


def mean(curves):
    """Seeds have their points at steps of their own: read all of them at the first one's."""
    first, last = max(steps[0] for steps, _ in curves), min(steps[-1] for steps, _ in curves)
    steps = np.array([step for step in curves[0][0] if first <= step <= last])
    return steps, np.mean([np.interp(steps, *curve) for curve in curves], axis=0)


if __name__ == "__main__":
    main()
