"""Figures of comparisons show what was compared; a waterfall's bars lead from the one value to the other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from drawn import collisions, outside, words
from matplotlib.axes import Axes
from matplotlib.text import Text
from villages import VILLAGE, copied

import simcounty as sc
from simcounty.errors import InputError
from simcounty.plot import compare, differences, waterfall
from simcounty.plot.style import STROKES, WIDTHS
from simcounty.scenario import Observation

KEYS = ["urban_share", "rural_population", "spending"]
SHARE, SPENT = "urban-share-2030", "spending-2030"
FIRST = {"outcome": 0}


@pytest.fixture(scope="module")
def plan() -> sc.Scenario:
    found: sc.Scenario = sc.load(VILLAGE / "plan.toml")
    return found


@pytest.fixture(scope="module")
def found(plan: sc.Scenario) -> xr.Dataset:
    compared: xr.Dataset = sc.compare([plan.baseline, plan], KEYS)
    return compared


@pytest.fixture(scope="module")
def counties(plan: sc.Scenario, tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """Two villages, of which the second is larger, and asked for less."""
    folder = tmp_path_factory.mktemp("larger")
    file = copied(
        folder,
        {
            "county.toml": ('value = "0.2 万人"', 'value = "0.8 万人"'),
            "policy.toml": ('scope = "village"\nvariable = "urban_share"\noperator = ">="\ngoal = "45 %"',
                            'scope = "larger"\nvariable = "urban_share"\noperator = ">="\ngoal = "20 %"'),
        },
    )  # fmt: skip
    county = folder / "county.toml"
    named = '"小村"\nname = "village"\ncode = "000001"', '"大村"\nname = "larger"'
    county.write_text(county.read_text("utf-8").replace(*named), "utf-8")
    compared: xr.Dataset = sc.compare({"small": plan, "large": sc.load(file)}, KEYS)
    return compared


@pytest.fixture(scope="module")
def falls(plan: sc.Scenario) -> xr.Dataset:
    divided: xr.Dataset = sc.attribution(plan)
    return divided


def lines(axes: Axes) -> list[np.ndarray]:  # type: ignore[type-arg]
    return [np.asarray(line.get_ydata()) for line in axes.lines if len(np.asarray(line.get_xdata())) > 2]


def test_every_scenario_has_a_line_in_every_panel(found: xr.Dataset) -> None:
    figure = compare(found)
    share, people, spent = figure.axes
    levels = {str(key): found.level.sel(variable=key).values for key in KEYS}
    assert [each.tolist() for each in lines(share)] == (100 * levels["urban_share"]).tolist()
    assert lines(people)[1][-1] == levels["rural_population"][1, -1]
    assert np.nanmax(lines(spent)[1]) == pytest.approx(np.nanmax(levels["spending"]) / 1e4)
    said = words(figure)
    for word in ("基线", "小村规划", "≥ 45%（一）", "目标（条款）", "village.mdl", "village/plan baseline"):
        assert word in said


def test_history_of_one_county_is_drawn_to_where_the_run_begins(found: xr.Dataset) -> None:
    years = (2000, 2012, 2021)
    seen = [Observation("rural_population", year, 4110 - year, "yearbook") for year in years]
    figure = compare(found, seen)
    dots = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
    assert [float(np.asarray(dot.get_xdata())[0]) for dot in dots] == [2012, 2021]  # ten years back
    assert "推算起点" in words(figure)


def test_goals_of_several_counties_are_told_apart_by_colour(counties: xr.Dataset) -> None:
    axes = compare(counties).axes[0]
    goals = {float(np.asarray(g.get_ydata())[0]): g.get_color() for g in axes.lines if g.get_marker() == "^"}
    assert goals == {45.0: STROKES[0]["color"], 20.0: STROKES[1]["color"]}
    assert "≥ 45%" in words(axes.figure)
    assert "≥ 45%（一）" not in words(axes.figure)


def test_an_index_says_its_year_and_history_is_left_out(counties: xr.Dataset) -> None:
    figure = compare(counties, [Observation("rural_population", 2012, 2100, "yearbook")])
    assert figure.axes[1].texts[0].get_text() == "2020年=100"
    assert [each[0] for each in lines(figure.axes[1])] == [100, 100]
    assert "总量以指数比较" in words(figure).replace("\n", "")
    assert not [line for line in figure.axes[1].lines if line.get_marker() == "o"]


def test_differences_are_drawn_from_the_first_and_of_shares_in_points(found: xr.Dataset) -> None:
    figure = differences(found)
    (share,) = lines(figure.axes[0])
    assert (
        share.tolist()
        == (100 * found.difference.sel(variable="urban_share").isel(scenario=1)).values.tolist()
    )
    assert figure.axes[0].texts[0].get_text() == "个百分点"
    assert "与“基线”之差" in words(figure).replace("\n", "")
    assert figure.axes[0].get_xlim()[0] > 2019


def test_bars_lead_from_the_one_value_to_the_other(falls: xr.Dataset) -> None:
    figure = waterfall(falls, SPENT)
    (axes,) = figure.axes
    bars = sorted(axes.patches, key=lambda bar: bar.get_y())  # type: ignore[attr-defined]
    cell = falls.sel(outcome=SPENT)
    ends = [bar.get_x() for bar in bars] + [bars[-1].get_x() + bars[-1].get_width()]  # type: ignore[attr-defined]
    assert ends[0] == pytest.approx(float(cell.value_before))
    assert ends[-1] == pytest.approx(float(cell.value_after))
    widths = [bar.get_width() for bar in bars]  # type: ignore[attr-defined]
    assert np.diff(ends) == pytest.approx(widths)
    assert sorted(widths) == pytest.approx(sorted(cell.contribution.values))
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "基线", *cell.factor_label.values[np.argsort(-abs(cell.contribution.values))], "小村规划",
    ]  # fmt: skip
    assert "目标 ≤ 20万元（一）" in words(figure)


def test_what_lowers_a_target_is_hatched_and_small_ones_stand_together(falls: xr.Dataset) -> None:
    made = falls.copy(deep=True)
    made["contribution"][FIRST] = [5.0, -0.04, 0.03]
    made["alone"][FIRST] = made["last"][FIRST] = [5.0, -0.04, 0.03]
    made["value_after"][0] = made.value_before[0] + 4.99
    figure = waterfall(made, SHARE)
    bars = figure.axes[0].patches
    assert [bool(bar.get_hatch()) for bar in bars] == [False, True]
    assert bars[1].get_width() == pytest.approx(-0.01)  # type: ignore[attr-defined]
    assert "其余 2 项合计" in words(figure)
    made["contribution"][FIRST] = made["alone"][FIRST] = made["last"][FIRST] = [
        5,
        0,
        0,
    ]
    assert "另有 2 项对其没有影响" in words(waterfall(made, SHARE)).replace("\n", "")


def test_an_unknown_outcome_is_met_with_the_known_ones(falls: xr.Dataset) -> None:
    with pytest.raises(
        InputError, match=r"no outcome is called urban-share.*Did you mean 'urban-share-2030'"
    ):
        waterfall(falls, "urban-share")


def test_more_scenarios_than_strokes_are_refused(plan: sc.Scenario) -> None:
    many = sc.compare({str(i): plan.replace(reward=100 * i) for i in range(6)}, ["urban_share"])
    with pytest.raises(InputError, match="6 runs are too many"):
        compare(many)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_word_lies_on_another_or_is_cut(
    found: xr.Dataset, counties: xr.Dataset, falls: xr.Dataset, width: str
) -> None:
    one = found.sel(variable=["rural_population"])
    drawn = [compare(each, width=width) for each in (found, counties, one)]
    drawn += [differences(each, width=width) for each in (found, counties, one)]
    drawn += [waterfall(falls, name, width=width) for name in (SHARE, SPENT)]
    for figure in drawn:
        assert collisions(figure) == []
        assert outside(figure) == []


def test_lines_of_one_wide_panel_are_named_at_their_ends(plan: sc.Scenario) -> None:
    near = {str(name): plan.replace(reward=2000 + name) for name in range(5)}
    figure = compare(sc.compare(near, ["urban_share"]))
    names = [text for text in figure.axes[0].texts if text.get_text() in near]
    assert len(names) == 5
    boxes = sorted((Text.get_window_extent(text) for text in names), key=lambda box: box.y0)
    assert all(above.y0 > below.y1 for below, above in pairwise(boxes))
    assert not [text for text in figure.legends[0].get_texts() if text.get_text() in near]
