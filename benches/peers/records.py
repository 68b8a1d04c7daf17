"""Learning results: one JSON file a library and task, with a score a seed.

    results/reference/algorithms/<library>/<task>.json
        task, library, environment, steps, evaluation   what was run
        settings, versions                               how, and with what
        scores   seed -> mean return of the final policy, deterministic, over the evaluation's episodes
        seconds  seed -> wall-clock seconds of the training
        curves   seed -> [[steps, mean return of the last 100 training episodes], ...]

Peers add `cpu_seconds`: their training is one thread, so it is what the training takes on an idle core.
"""

import json
import os
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "results" / "reference" / "algorithms"
GRADUS, STABLE_BASELINES3 = "gradus", "stable-baselines3"
EVALUATION_EPISODES = 100
EVALUATION_SEED = 1_000_000  # far from every training's seed
CURVE_POINTS = 20
CURVE_EPISODES = 100


def load(path):
    """The record, or None where there is none yet."""
    return json.loads(path.read_text()) if path.exists() else None


def save(path, record):
    """An interrupted run leaves the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(render(record))
    os.replace(unfinished, path)


def render(record):
    """One line an entry, one line a seed."""
    lines = []
    for name, value in record.items():
        if isinstance(value, dict) and value:
            entries = ",\n".join(f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items())
            lines.append(f"  {json.dumps(name)}: {{\n{entries}\n  }}")
        else:
            lines.append(f"  {json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def by_seed(entries):
    """Seeds in order, whatever the order they finished in."""
    return dict(sorted(entries.items(), key=lambda entry: int(entry[0])))
