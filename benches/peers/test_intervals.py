"""The statistics agree with hand-made numbers and with scipy's own bootstrap. Run: python test_intervals.py"""

import numpy as np
from scipy.stats import bootstrap

import intervals


def record(scores):
    return {"scores": {str(seed): score for seed, score in enumerate(scores)}}


def test_the_outer_quarters_do_not_count():
    assert intervals.interquartile_mean([-100.0, 1.0, 2.0, 3.0, 1000.0]) == 2.0
    assert intervals.interquartile_mean([0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 9.0, 9.0]) == 2.5


def test_the_interval_is_the_percentile_bootstrap():
    scores = np.random.default_rng(1).normal(400.0, 50.0, 10)
    peer = bootstrap((scores,), intervals.interquartile_mean, n_resamples=50_000, method="percentile", rng=2)
    assert np.allclose(intervals.interval(scores), peer.confidence_interval, atol=1.0)


def test_equal_scores_leave_no_interval():
    assert intervals.interval([500.0] * 5) == (500.0, 500.0)


def test_only_an_interval_below_the_peers_loses():
    peer = record([10.0, 11.0, 12.0, 13.0, 14.0])
    assert intervals.verdict(record([11.0] * 5), peer) == "yes"
    assert intervals.verdict(record([20.0] * 5), peer) == "yes"
    assert intervals.verdict(record([9.0] * 5), peer) == "no"
    assert intervals.verdict(None, peer) == intervals.NONE


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(f"ok {name}")
