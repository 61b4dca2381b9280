"""PRIM's boxes, held against those of EMA Workbench on a published study and on worlds made up."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import Numbers

from simcounty.sensitivity_analysis.prim import PEEL, Box, trajectory

with warnings.catch_warnings():  # about what EMA Workbench could do with more packages
    warnings.filterwarnings("ignore", message="ipyparallel not installed")
    warnings.filterwarnings("ignore", message="altair based interactive inspection")
    import ema_workbench
    from ema_workbench.analysis.prim import Prim

RNG = np.random.default_rng(8)
BRYANT_LEMPERT = Path(ema_workbench.__file__).parent / "examples" / "data" / "bryant et al 2010 data.csv"
UNIFORM = RNG.random((1500, 6))
ROUNDED = np.round(RNG.normal(size=(1500, 4)), 1)
LEVELS = np.column_stack([RNG.integers(0, 2, 1500), RNG.integers(0, 5, 1500), RNG.random(1500)]).astype(float)


def authority(table: Numbers, missed: Numbers, least: float) -> Iterator[tuple[Numbers, Numbers, int, int]]:
    """The limits of EMA Workbench's boxes, and how many members and misses each holds."""
    frame = pd.DataFrame({str(place): column for place, column in enumerate(table.T)})
    with warnings.catch_warnings():  # of pandas 3, about a call inside EMA Workbench
        warnings.filterwarnings("ignore", message="The inplace keyword in DataFrame")
        search = Prim(frame, missed.astype(int), threshold=1e-9, peel_alpha=PEEL, mass_min=least)
        found = search.find_box()
    for limits, (_, row) in zip(found.box_lims, found.peeling_trajectory.iterrows(), strict=True):
        yield limits.values[0], limits.values[1], int(row.n), int(row.k)


def ends(box: Box, table: Numbers) -> tuple[Numbers, Numbers, int, int]:
    """The same of one of ours: a free input is limited by what it has, as the authority says it."""
    low, high = box.region.limits
    return np.maximum(low, table.min(axis=0)), np.minimum(high, table.max(axis=0)), box.members, box.misses


def assert_same_boxes(table: Numbers, missed: Numbers, least: float = 0.05) -> None:
    ours = [ends(box, table) for box in trajectory(table, missed, least)]
    theirs = list(authority(table, missed, least))
    assert len(ours) == len(theirs) > 10
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
        assert one[2:] == other[2:]


def test_the_study_of_bryant_and_lempert_has_the_boxes_of_ema_workbench() -> None:
    study = pd.read_csv(BRYANT_LEMPERT)
    assert_same_boxes(study.iloc[:, 2:11].to_numpy(float), study["Greater than 90%"].to_numpy() == 1)


@pytest.mark.parametrize("least", [0.01, 0.05, 0.2])
def test_a_corner_seen_through_noise_has_the_boxes_of_ema_workbench(least: float) -> None:
    missed = ((UNIFORM[:, 0] < 0.4) & (UNIFORM[:, 3] > 0.3)) ^ (RNG.random(1500) < 0.15)
    assert_same_boxes(UNIFORM, missed, least)


def test_misses_that_nothing_explains_have_the_boxes_of_ema_workbench() -> None:
    assert_same_boxes(UNIFORM, RNG.random(1500) < 0.3, 0.02)


def test_inputs_with_equal_values_have_the_boxes_of_ema_workbench() -> None:
    assert_same_boxes(ROUNDED, (ROUNDED[:, 1] + ROUNDED[:, 2] > 1) | (RNG.random(1500) < 0.1))


def test_inputs_of_few_values_have_the_boxes_of_ema_workbench() -> None:
    assert_same_boxes(LEVELS, (LEVELS[:, 0] == 1) & (LEVELS[:, 1] > 2) & (LEVELS[:, 2] < 0.7))


def test_a_box_counts_the_members_and_misses_inside_it() -> None:
    missed = UNIFORM[:, 1] > 0.8
    for box in trajectory(UNIFORM, missed, 0.05):
        inside = box.region.holds(UNIFORM)
        assert (box.members, box.misses) == (inside.sum(), (inside & missed).sum())
