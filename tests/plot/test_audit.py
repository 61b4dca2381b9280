"""The figure of an audit shows its numbers: goals, settings, bands, and attainable ranges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from drawn import collisions, outside, words
from villages import UNCERTAIN, copied

import simcounty as sc
from simcounty.files.figure import save_figure
from simcounty.plot import audit
from simcounty.plot.style import WIDTHS

SHARE, SPENT = "urban-share-2030", "spending-2030"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("village")
    plan = copied(folder, purse=80_000)
    policy = folder / "policy.toml"
    policy.write_text(policy.read_text("utf-8") + UNCERTAIN, "utf-8")
    audited: xr.Dataset = sc.audit(sc.load(plan), n=100)
    return audited


def test_every_target_has_a_panel_with_its_goal(found: xr.Dataset) -> None:
    share, spent = audit(found).axes
    for axes, goal in ((share, 45), (spent, 20)):
        (line,) = [each for each in axes.lines if each.get_linestyle() == "--"]
        assert np.asarray(line.get_ydata()).tolist() == [goal, goal]
    assert "目标 ≥ 45%（一）" in words(audit(found))


def test_dots_are_the_values_at_the_central_inputs_and_hollow_where_a_constraint_is_violated(
    found: xr.Dataset,
) -> None:
    dots = [each for each in audit(found).axes[0].lines if each.get_marker() == "o"]
    names = ["baseline", "plan", f"best {SHARE}", f"feasible {SHARE}", "together"]
    values = [float(found.value.sel(setting=name, target=SHARE)) for name in names]
    assert [float(np.asarray(each.get_ydata())[0]) for each in dots] == values
    satisfied = [bool(found.satisfied.sel(setting=name).all()) for name in names]
    assert [each.get_markerfacecolor() != "white" for each in dots] == satisfied
    assert not all(satisfied)


def test_bars_hold_half_and_nine_tenths_of_the_draws(found: xr.Dataset) -> None:
    axes = audit(found).axes[0]
    bars = [np.asarray(each.get_ydata()) for each in axes.lines if each.get_marker() != "o"]
    bars = [ends for ends in bars if len(ends) == 2 and ends[0] != ends[1]]
    spread = found.spread.sel(target=SHARE, setting="baseline")
    assert bars[0].tolist() == spread.sel(quantile=[0.05, 0.95]).values.tolist()
    assert bars[1].tolist() == spread.sel(quantile=[0.25, 0.75]).values.tolist()


def test_the_band_is_what_all_settings_tried_gave(found: xr.Dataset) -> None:
    (band,) = audit(found).axes[0].patches
    low, high = band.get_y(), band.get_y() + band.get_height()
    assert (low, high) == pytest.approx((float(found.lowest[0]), float(found.highest[0])))


def test_it_says_what_it_rests_on(found: xr.Dataset) -> None:
    said = words(audit(found, "小村规划")).replace("\n", "")
    for word in ("小村规划", "1 项未定杠杆", "下界", "100 组抽样", "未用于搜索", "village.mdl", "突破约束"):
        assert word in said


@pytest.mark.parametrize("width", WIDTHS)
def test_no_word_lies_on_another_or_is_cut(found: xr.Dataset, width: str) -> None:
    six = found.isel(target=[0, 1] * 3).assign_coords(target=[f"t{i}" for i in range(6)])
    figure = audit(six, "小村规划", width)
    assert collisions(figure) == []
    assert outside(figure) == []


def test_it_is_written_the_same_twice(found: xr.Dataset, tmp_path: Path) -> None:
    first, again = (save_figure(audit(found), tmp_path / name) for name in ("a.svg", "b.svg"))
    assert first.read_bytes() == again.read_bytes()


def test_without_levers_and_draws_only_baseline_and_plan_are_drawn(tmp_path: Path) -> None:
    plan = copied(tmp_path, {"policy.toml": ("full_effect = 2025-01-01\n", "setting = 900\n")})
    figure = audit(sc.audit(sc.load(plan)))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["基线", "规划"]
    assert not axes.patches
    assert "抽样" not in words(figure)
