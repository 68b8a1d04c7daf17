"""Repeat a measurement and print it as one JSON line, with what is needed to trust it or not.

`foreign_cores` is how many cores others kept busy during each repetition (from /proc/stat). A figure taken while it was
above a few tenths is not worth quoting.
"""

import importlib.metadata
import json
import os
import platform
import statistics
import time


def limit_threads(threads: int, pin: bool = True):
    """Call before numpy, torch or jax is imported. XLA keeps to no number of threads, so pin the process too."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(threads)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["JAX_PLATFORMS"] = "cpu"
    available = sorted(os.sched_getaffinity(0))
    if threads > len(available):
        raise SystemExit(f"error: {threads} threads asked for, but this process may use {len(available)} cores")
    if pin:
        os.sched_setaffinity(0, available[:threads])


def training(model, steps: int):
    """What `report` repeats for a learner: `steps` more steps, and what the last 100 episodes returned."""

    def measure():
        before, clock = model.num_timesteps, time.perf_counter()
        model.learn(steps, reset_num_timesteps=False)
        rate = (model.num_timesteps - before) / (time.perf_counter() - clock)
        returns = [float(episode["r"]) for episode in model.ep_info_buffer]
        return rate, {"mean_return": round(statistics.fmean(returns), 2)}

    return measure


def report(bench: str, unit: str, settings: dict, measure, repetitions: int, packages: tuple[str, ...]):
    """`measure()` returns (value, extra figures); each repetition's are kept in order."""
    values, extras, foreign = [], [], []
    for _ in range(repetitions):
        busy, own, clock = _machine_seconds(), _own_seconds(), time.perf_counter()
        value, extra = measure()
        elapsed = time.perf_counter() - clock
        others = (_machine_seconds() - busy) - (_own_seconds() - own)
        values.append(float(f"{value:.5g}"))
        extras.append(extra)
        foreign.append(round(max(0.0, others / elapsed), 2))
    line = {
        "bench": bench,
        "unit": unit,
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "values": values,
        **{name: [extra[name] for extra in extras] for name in extras[0]},
        "foreign_cores": foreign,
        "settings": settings,
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in packages},
    }
    print(json.dumps(line), flush=True)


def _machine_seconds() -> float:
    """CPU time spent by everybody: user, nice, system, interrupts."""
    with open("/proc/stat") as stat:
        fields = [int(field) for field in stat.readline().split()[1:8]]
    user, nice, system, _idle, _iowait, irq, softirq = fields
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
