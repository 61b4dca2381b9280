"""The hierarchical regression finds what made-up data were made from."""

from __future__ import annotations

import numpy as np
import pytest

from simcounty.model_error.regression import fit

GROUPS, ROWS = 20, 40


def made(seed: int, between: float = 0.5, within: float = 1.0) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    group = np.repeat([f"{each:02}" for each in range(GROUPS)], ROWS)
    x = random.normal(size=(GROUPS * ROWS, 2))
    effects = between * random.normal(size=GROUPS)
    y = 1.0 + x @ [0.3, -0.2] + np.repeat(effects, ROWS) + within * random.normal(size=len(x))
    return x, y, group, effects


def test_level_slopes_and_variances_are_found() -> None:
    x, y, group, effects = made(1)
    found = fit(x, y, group)
    assert found.common == pytest.approx([1.0, 0.3, -0.2], abs=0.3)
    assert found.between**0.5 == pytest.approx(0.5, rel=0.4)
    assert found.within**0.5 == pytest.approx(1.0, rel=0.05)
    assert np.corrcoef(found.effects, effects)[0, 1] > 0.9


def test_ninety_per_cent_intervals_hold_the_truth_in_nine_of_ten_cases() -> None:
    held = []
    for seed in range(40):
        x, y, group, _ = made(seed)
        found = fit(x, y, group)
        error = np.sqrt(np.diag(found.covariance))[1:3]
        held.append(np.abs(found.common[1:] - [0.3, -0.2]) <= 1.645 * error)
    assert 0.8 <= np.mean(held) <= 0.98


def test_an_unknown_group_has_no_effect_and_all_the_variance_between_groups() -> None:
    x, y, group, _ = made(2)
    found = fit(x, y, group)
    mean, doubt = found.predict(np.zeros((2, 2)), np.array(["00", "new"]))
    assert mean[1] == found.common[0]
    assert doubt[1] > found.between > doubt[0]


def test_the_mean_of_a_small_group_is_drawn_towards_the_common_level() -> None:
    """By hand: with variances 1 and 1 a group of one row keeps half of its distance."""
    y = np.array([*np.random.default_rng(0).normal(size=400), 10.0])
    group = np.array([*np.repeat([f"{each:03}" for each in range(100)], 4), "alone"])
    found = fit(np.zeros((401, 0)), y, group)
    kept = found.effects[-1] / (10.0 - found.common[0])
    assert kept == pytest.approx(found.between / (found.between + found.within), rel=0.05)
