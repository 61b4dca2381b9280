"""Searches that go in step: what one finds is what it finds alone, and their points are run together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from simcounty.errors import RunError
from simcounty.optimise.pattern_search import SearchState, pattern_search, side_by_side

Run = Callable[[Any], Any]
SETS: list[int] = []
PEAKS = np.array([[0.2, 0.7, 0.4], [0.9, 0.1, 0.3]])


def run(points: Any) -> Any:
    """How near points are to two peaks, (points, 2)."""
    SETS.append(len(points))
    return -((points[:, None] - PEAKS) ** 2).sum(axis=2)


def search(ask: Run, peak: int = 0, most_runs: int = 500) -> Any:
    return pattern_search(
        lambda points: ask(points)[:, peak], SearchState(np.zeros(3), -10.0), most_runs
    ).point


@pytest.fixture(autouse=True)
def _none_run() -> None:
    SETS.clear()


def test_searches_in_step_find_what_they_find_alone() -> None:
    searches = [partial(search, peak=0), partial(search, peak=1), partial(search, peak=0, most_runs=20)]
    together = side_by_side(run, searches)
    for found, alone in zip(together, searches, strict=True):
        np.testing.assert_array_equal(found, alone(run))


def test_what_all_ask_for_at_a_time_is_one_set_of_runs() -> None:
    search(run)
    alone = SETS.copy()
    SETS.clear()
    side_by_side(run, [search] * 7)
    assert [7 * size for size in alone] == SETS


def test_one_that_ends_early_does_not_hold_up_the_others() -> None:
    def quick(ask: Run) -> Any:
        return ask(np.zeros((1, 3)))

    slow, early = side_by_side(run, [search, quick])
    np.testing.assert_allclose(slow, PEAKS[0], atol=1 / 256)
    assert early.shape == (1, 2)


def test_one_that_asks_for_nothing_ends() -> None:
    assert side_by_side(run, [lambda ask: "nothing", lambda ask: len(ask(np.zeros((2, 3))))]) == [
        "nothing",
        2,
    ]
    assert side_by_side(run, []) == []


def test_a_failure_of_the_runs_or_of_a_search_is_told_as_it_is() -> None:
    def failing(points: Any) -> Any:
        raise RunError("the county is empty.")

    with pytest.raises(RunError, match="the county is empty"):
        side_by_side(failing, [search] * 3)
    with pytest.raises(RunError, match="the county is empty"):
        side_by_side(run, [search, failing, search])
