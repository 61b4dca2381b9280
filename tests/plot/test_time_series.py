"""A figure shows what the run holds, where it says, and can be read without colour."""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from drawn import words
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from simcounty.errors import InputError
from simcounty.plot import trajectories
from simcounty.plot.style import STROKES
from simcounty.scenario import Observation, Target

KEYS = ["urban_share", "people", "gdp"]


def panel(figure: Figure, label: str) -> Axes:
    return next(axes for axes in figure.axes if axes.get_title(loc="left").replace("\n", "") == label)


def points(line: Line2D) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in np.asarray(line.get_xydata())]


def test_every_variable_has_a_panel_with_its_chinese_label_and_unit(run: xr.Dataset) -> None:
    figure = trajectories(run, KEYS)
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["无量纲", "万人", "亿元，全年合计"]
    assert points(panel(figure, "常住人口").lines[0])[0][1] == pytest.approx(45.3106)


def test_people_are_counted_in_ten_thousands_from_ten_thousand_on(run: xr.Dataset) -> None:
    for people, unit in ((9_000, "人"), (11_000, "万人")):
        run["people"][:] = people
        assert trajectories(run, ["people"]).axes[0].texts[0].get_text() == unit


def test_a_variable_is_drawn_in_the_unit_of_its_target(run: xr.Dataset, targets: list[Target]) -> None:
    axes = panel(trajectories(run, KEYS, targets), "常住人口城镇化率")
    assert axes.texts[0].get_text() == "%"
    assert points(axes.lines[0])[0][1] == pytest.approx(70)


def test_a_flow_is_drawn_as_the_total_of_each_year(run: xr.Dataset) -> None:
    base = panel(trajectories(run, ["gdp"]), "地区生产总值").lines[0]
    x, y = np.asarray(base.get_xdata()), np.asarray(base.get_ydata())
    ledger = run.ledger.isel(scenario=0)
    assert y[x == 2027] == pytest.approx(float(ledger.sel(time=2027) - ledger.sel(time=2026)))


def test_a_target_stands_at_its_year_and_goal_with_its_clause(run: xr.Dataset, targets: list[Target]) -> None:
    axes = panel(trajectories(run, KEYS, targets), "地区生产总值")
    assert [points(line)[0] for line in axes.lines if line.get_marker() == "^"] == [(2027, 600)]
    assert "≥ 600亿元（二）" in words(axes.figure)


def test_what_was_observed_is_a_black_dot_in_the_unit_of_the_panel(run: xr.Dataset) -> None:
    seen = [Observation("people", 2021, 455_000, "yearbook")]
    figure = trajectories(run, KEYS, observed=seen)
    (dot,) = [line for line in panel(figure, "常住人口").lines if line.get_marker() == "o"]
    assert (dot.get_color(), points(dot)[0]) == ("black", (2021, 45.5))
    assert "实测" in words(figure)


def test_figure_names_runs_model_and_scenario(run: xr.Dataset, targets: list[Target]) -> None:
    said = words(trajectories(run, KEYS, targets, title="桐庐县"))
    for word in ("桐庐县", "基线", "规划", "目标（条款）", "county.mdl（01234567）", "tonglu/plan-2027"):
        assert word in said


def test_labels_of_targets_touch_neither_each_other_nor_the_edge(
    run: xr.Dataset, targets: list[Target]
) -> None:
    for axes in trajectories(run, KEYS, targets).axes:
        boxes = [text.get_window_extent() for text in axes.texts if isinstance(text, Annotation)]
        assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
        assert all(axes.bbox.containsx(x) for box in boxes for x in (box.x0, box.x1))


def test_long_labels_are_wrapped_within_their_panel(run: xr.Dataset) -> None:
    for key in KEYS:
        run[key].attrs["long_name"] = "农业转移人口市民化综合成本由政府企业个人分担之后的余额"
    boxes = [axes.title.axes._left_title.get_window_extent() for axes in trajectories(run, KEYS).axes]  # type: ignore[union-attr]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_runs_differ_without_colour() -> None:
    assert len({str(line["linestyle"]) for line in STROKES}) == len(STROKES)


def test_one_run_is_drawn_without_a_legend_of_runs(run: xr.Dataset) -> None:
    assert "基线" not in words(trajectories(run.isel(scenario=0), KEYS))


def test_more_runs_than_strokes_are_refused(run: xr.Dataset) -> None:
    many = xr.concat([run] * 3, dim="scenario")
    with pytest.raises(InputError, match="6 runs are too many"):
        trajectories(many, KEYS)


def test_an_unknown_variable_is_met_with_a_guess(run: xr.Dataset) -> None:
    with pytest.raises(InputError, match="Did you mean 'people'"):
        trajectories(run, ["peopel"])


def test_unknown_variables_are_named_at_once(run: xr.Dataset) -> None:
    with pytest.raises(InputError, match=r"(?s)hold peopel.*hold gpd.*Did you mean 'gdp'"):
        trajectories(run, ["peopel", "gdp", "gpd"])
    with pytest.raises(InputError, match="no variable is named"):
        trajectories(run, [])


def test_drawing_leaves_matplotlib_as_it_was(run: xr.Dataset) -> None:
    before = dict(mpl.rcParams)
    trajectories(run, KEYS)
    assert dict(mpl.rcParams) == before
