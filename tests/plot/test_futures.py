"""Figures of futures show what the numbers say, in Chinese, and can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from drawn import words
from matplotlib.axes import Axes
from worlds import futures, target

import simcounty as sc
from simcounty.errors import InputError
from simcounty.plot import fan, morris, scatter, tornado
from simcounty.scenario import Observation
from simcounty.sweeps.futures import observations_text

RNG = np.random.default_rng(3)
X = RNG.random((400, 3))
INPUTS = {f"x{i}": column for i, column in enumerate(X.T)}
GOAL = target(goal=1.5)
WORLD = futures(INPUTS, np.array([3 * X[:, 0] - X[:, 1], 2 * X[:, 0]]), [GOAL])


def median_of(axes: Axes) -> float:
    return float(np.asarray(axes.lines[-2].get_ydata())[-1])  # the last but the goal's mark lies on top


def test_a_fan_draws_the_median_and_the_quantiles_of_the_futures() -> None:
    (axes,) = fan(WORLD, ["y"], "plan", [GOAL]).axes
    values = WORLD.y.sel(scenario="plan", time=2030).values
    assert median_of(axes) == pytest.approx(np.median(values))
    wide = axes.collections[0].get_datalim(axes.transData)
    assert (wide.y0, wide.y1) == pytest.approx(tuple(np.quantile(values, [0.05, 0.95])))


def test_a_fan_says_its_bands_members_design_goal_and_source() -> None:
    said = words(fan(WORLD, ["y"], targets=[GOAL], title="小村"))
    for word in (
        "小村",
        "5–95 %",
        "25–75 %",
        "400 组抽样",
        "random",
        "≥ 1.5",
        "（一）",
        "plan、baseline",
        "world.mdl",
    ):
        assert word in said


def test_a_fan_begins_where_history_ends() -> None:
    seen = [Observation("y", year, 0.5, "yearbook") for year in (2005, 2012, 2020)]
    figure = fan(WORLD, ["y"], observed=seen)
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [float(np.asarray(dot.get_xdata())[0]) for dot in dots] == [2012, 2020]  # ten years back
    assert "推算起点" in words(figure)
    assert "实测" in words(figure)


def test_a_fan_marks_the_figures_that_its_futures_were_brought_to() -> None:
    brought = (Observation("y", 2021, 0.5, "yearbook"), Observation("elsewhere", 2022, 1.0, "yearbook"))
    figure = fan(WORLD.assign_attrs(figures_since_start=observations_text(brought)), ["y"])
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [float(np.asarray(dot.get_xdata())[0]) for dot in dots] == [2021]
    assert "实测" in words(figure)
    assert "已按起点后公布的 2 个实测数校正" in words(figure)
    assert "校正" not in words(fan(WORLD, ["y"]))


def test_failed_runs_are_left_out_of_a_fan_and_said() -> None:
    failed = np.zeros((2, 400), bool)
    failed[0, X[:, 0] > 0.5] = True
    gone = futures(INPUTS, np.array([X[:, 0], X[:, 0]]), [GOAL], failed=failed)
    figure = fan(gone, ["y"], "plan")
    assert float(np.asarray(figure.axes[0].lines[0].get_ydata())[-1]) < 0.5
    assert f"失败的 {failed.sum()} 次" in words(figure)


def test_a_grid_is_not_called_a_sample() -> None:
    said = words(fan(WORLD.assign_attrs(design="factorial"), ["y"]))
    assert "不是概率" in said
    assert "组抽样" not in said


def test_more_scenarios_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(InputError, match="4 scenarios are too many"):
        fan(WORLD, ["y"], ["plan", "baseline", "plan", "baseline"])


def test_unknown_variables_and_scenarios_are_named_at_once() -> None:
    with pytest.raises(InputError, match=r"(?s)scenario plam.*does not hold z"):
        fan(WORLD, ["z"], "plam")


def test_a_tornado_has_the_strongest_input_on_top_under_its_chinese_label() -> None:
    (axes,) = tornado(sc.sensitivity(WORLD), "t", "plan").axes
    assert [each.get_text().replace("\n", "") for each in axes.get_yticklabels()] == [
        "投入 x0",
        "投入 x1",
        "投入 x2",
    ]
    assert axes.patches[0].get_width() > 0 > axes.patches[1].get_width()  # type: ignore[attr-defined]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is on top


def test_a_tornado_draws_whiskers_where_the_interval_ends() -> None:
    indices = sc.sensitivity(WORLD)
    (axes,) = tornado(indices, "t", "plan").axes
    ends = np.array(axes.collections[0].get_segments())[0][:, 0]  # type: ignore[attr-defined]
    strongest = indices.sel(scenario="plan", target="t", input="x0")
    assert ends == pytest.approx([float(strongest.low), float(strongest.high)])


def test_a_tornado_of_many_inputs_says_how_many_it_leaves_out() -> None:
    many = {f"x{i}": RNG.random(100) for i in range(20)}
    figure = tornado(sc.sensitivity(futures(many, many["x3"])), "t")
    assert len(figure.axes[0].get_yticks()) == 12
    assert "另有 8 项" in words(figure)


def test_a_tornado_of_a_constant_says_so() -> None:
    assert "不随任何投入变动" in words(tornado(sc.sensitivity(futures(INPUTS, np.ones(400))), "t"))


def test_an_unknown_target_of_a_figure_is_met_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no target is called u; choose among t"):
        tornado(sc.sensitivity(WORLD), "u")


def test_a_scatter_shows_every_run_against_the_two_strongest_inputs_and_the_goal() -> None:
    figure = scatter(WORLD, "t", scenario="plan")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["投入 x0", "投入 x1"]
    goal, runs = figure.axes[0].lines
    assert set(np.asarray(goal.get_ydata())) == {1.5}
    assert np.asarray(runs.get_xydata()) == pytest.approx(
        np.column_stack([X[:, 0], WORLD.y.sel(scenario="plan", time=2030)])
    )


def test_many_runs_are_counted_in_hexagons() -> None:
    x = RNG.random(6000)
    figure = scatter(futures({"x": x}, x), "t")
    assert figure.axes[0].collections[0].get_array().sum() == 6000  # type: ignore[union-attr]
    assert "颜色越深" in words(figure)


def test_a_scatter_of_a_constant_is_refused() -> None:
    with pytest.raises(InputError, match="the same in every run"):
        scatter(futures(INPUTS, np.ones(400)), "t")


def test_a_morris_figure_has_a_mark_an_input_at_mu_star_and_sigma() -> None:
    from SALib.sample import morris as sample

    problem = {"num_vars": 2, "names": ["a", "b"], "bounds": [[0, 1]] * 2}
    x = sample.sample(problem, 10, num_levels=4, seed=1)
    found = sc.sensitivity(futures({"a": x[:, 0], "b": x[:, 1]}, 2 * x[:, 0] + x[:, 1], design="morris"))
    (axes,) = morris(found, "t").axes
    assert np.asarray(axes.lines[1].get_xydata()) == pytest.approx(np.array([[2, 0], [1, 0]]), abs=1e-9)


def test_other_designs_have_no_morris_figure() -> None:
    with pytest.raises(InputError, match="only the futures of a morris design"):
        morris(sc.sensitivity(WORLD), "t")


def test_captions_stay_clear_of_titles_and_labels_of_each_other() -> None:
    figure = tornado(sc.sensitivity(WORLD), "t")
    for axes in figure.axes:
        title = axes.title.axes._left_title.get_window_extent()  # type: ignore[union-attr]
        assert title.y0 >= axes.texts[0].get_window_extent().y1 - 2
        boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
        assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
