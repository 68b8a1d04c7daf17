"""Print Gradus beside Stable-Baselines3: interquartile means over seeds with 95 % bootstrap intervals.

The statistics are those of rliable (Agarwal et al. 2021): runs are resampled within a task, the interval is that
of the percentiles of the resamples' interquartile means.
"""

import argparse
import pathlib
import statistics

import numpy as np
from scipy.stats import trim_mean

import records

RESAMPLES = 50_000
NONE = "–"


def main():
    folder = parse_arguments().folder
    print("| task | steps | Gradus | Stable-Baselines3 | overlap or above | Gradus, s a seed | SB3, s a seed |")
    print("|---|---|---|---|---|---|---|")
    libraries = (records.GRADUS, records.STABLE_BASELINES3)
    for task in sorted({path.stem for library in libraries for path in (folder / library).glob("*.json")}):
        ours = records.load(folder / records.GRADUS / f"{task}.json")
        theirs = records.load(folder / records.STABLE_BASELINES3 / f"{task}.json")
        steps = f"{(ours or theirs)['steps']:,}"
        cells = [task, steps, score(ours), score(theirs), verdict(ours, theirs), seconds(ours), seconds(theirs)]
        print(f"| {' | '.join(cells)} |")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path, default=records.FOLDER, help="where the libraries' records are")
    return parser.parse_args()


def interquartile_mean(scores):
    """The mean without the lowest and the highest quarter, along the last axis."""
    return trim_mean(scores, 0.25, axis=-1)


def interval(scores):
    """The 95 % interval of the interquartile mean."""
    scores = np.asarray(scores, float)
    # A fixed seed: the same scores give the same table.
    resamples = np.random.default_rng(0).choice(scores, (RESAMPLES, len(scores)))
    low, high = np.percentile(interquartile_mean(resamples), [2.5, 97.5])
    return float(low), float(high)


def score(record):
    if record is None:
        return NONE
    scores = scores_of(record)
    low, high = interval(scores)
    return f"{interquartile_mean(scores):.1f} [{low:.1f}, {high:.1f}] (n = {len(scores)})"


def verdict(ours, theirs):
    """Whether our interval meets theirs or lies above it."""
    if ours is None or theirs is None:
        return NONE
    (_, our_high), (their_low, _) = interval(scores_of(ours)), interval(scores_of(theirs))
    return "yes" if our_high >= their_low else "no"


def scores_of(record):
    return list(record["scores"].values())


def seconds(record):
    """The median; in brackets the processor's seconds where they are known."""
    if record is None:
        return NONE
    wall = statistics.median(record["seconds"].values())
    if "cpu_seconds" not in record:
        return f"{wall:.0f}"
    return f"{wall:.0f} ({statistics.median(record['cpu_seconds'].values()):.0f} CPU)"


if __name__ == "__main__":
    main()
