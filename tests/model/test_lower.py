"""Delays, smooths, subscripts, mappings and macros: what they are made of, step by step."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import xarray as xr

import simcounty as sc

MODELS = Path(__file__).parents[1] / "models"


@cache
def run(model: str) -> xr.Dataset:
    found: xr.Dataset = sc.simulate(sc.load_model(MODELS / f"{model}.mdl"))
    return found


def series(model: str, variable: str, **at: str) -> list[float]:
    values: list[float] = run(model)[variable].sel(at).to_numpy().tolist()
    return values


@pytest.mark.parametrize(
    ("model", "variable", "expected"),
    [
        ("smooths", "first_order", [0, 0, 5, 7.5, 8.75]),  # half the gap to 10 closes each year
        ("smooths", "from_four", [4, 2, 6, 8, 9]),
        ("smooths", "third_order", [0, 0, 0, 0, 10]),  # three stages of one step: late by three
        ("smooths", "third_from_six", [6, 6, 6, 0, 10]),
        ("smooths", "two_stages_from_four", [4, 4, 0, 10, 10]),
        ("smooths", "inside_an_expression", [1, 1, 11, 16, 18.5]),
        ("smooths", "slower_later", [0, 0, 5, 6.25, 7.1875]),  # a quarter of the gap from 2 on
        ("delays", "first_order", [0, 0, 5, 7.5, 8.75]),
        ("delays", "from_four", [4, 2, 6, 8, 9]),
        ("delays", "third_order", [0, 0, 0, 0, 10]),
        ("delays", "third_from_six", [6, 6, 6, 0, 10]),
        ("delays", "two_stages_from_four", [4, 4, 0, 10, 10]),
        ("delays", "slower_later", [0, 0, 2.5, 4.375, 5.78125]),  # what is inside leaves more slowly
        ("fixed_delays", "fixed", [-1, -1, 0, 10, 20]),
        ("fixed_delays", "by_a_constant", [-1, -1, 0, 10, 20]),
        ("fixed_delays", "between_steps", [-1, -1, 0, 10, 20]),
        ("fixed_delays", "one_step", [-1, 0, 10, 20, 30]),
        ("fixed_delays", "twice", [-2, -1, -1, 0, 10]),
        ("trends", "trend", [0, 50 / 200, 25 / 250, 12.5 / 275, 6.25 / 287.5]),
        ("trends", "forecast", [100, 150 * 1.75, 195, 150 * (1 + 37.5 / 275), 150 * (1 + 18.75 / 287.5)]),
        ("samples", "sample", [-1, 10, 10, 30, 30]),
        ("samples", "largest", [15, 15, 15, 30, 30]),
        ("samples", "at_first_and_never_again", [8, 8, 8, 8, 8]),
        ("initials", "level", [5, 7, 9, 11, 13]),
        ("initials", "aim", [6, 8, 10, 12, 14]),
        ("initials", "held", [50, 50, 50, 50, 50]),
        ("initials", "held_inside", [6, 6, 6, 6, 6]),
        ("initials", "share", [1, 1.4, 1.8, 2.2, 2.6]),
        ("macros", "eased", [4, 6, 7, 7.5, 7.75]),  # half of the gap to 8 a year, from half of it
        ("macros", "eased_twice", [3, 3.5, 4.375, 5.28125, 6.0859375]),
        ("macros", "clipped", [0, 2, 4, 5, 5]),
    ],
)
def test_step_by_step(model: str, variable: str, expected: list[float]) -> None:
    assert series(model, variable) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_what_starts_growing_has_its_trend_from_the_first_step() -> None:
    """The average starts at 100/(1 + 0.25·2), so that (100 - 66.7)/(2·66.7) is a quarter."""
    assert series("trends", "growing_from_the_start")[0] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("variable", "at", "expected"),
    [
        ("people", {"region": "south", "age": "young"}, 4),
        ("weighted", {"region": "south", "age": "old"}, 180),
        ("grown_people", {"region": "north", "grown": "old"}, 3),
        ("of_the_old", {"region": "south"}, 6),
        ("turned", {"age": "middle", "region": "south"}, 5),
        ("total", {}, 21),
        ("by_region", {"region": "south"}, 15),
        ("by_age", {"age": "young"}, 5),
        ("product_of_grown", {}, 600),
        ("smallest", {}, 3),
        ("largest", {}, 3),
        ("sum_of_products", {}, 4 * 10 + 5 * 20 + 6 * 30),
        ("sum_within_a_sum", {}, (7 + 8) * 60),
        ("how_many", {}, 3),
        ("is_south", {"region": "north"}, 0),
        ("is_south", {"region": "south"}, 1),
        ("position", {"age": "old"}, 3),
    ],
)
def test_subscripts_pick_and_fold(variable: str, at: dict[str, str], expected: float) -> None:
    assert set(series("subscripts", variable, **at)) == {expected}


def test_each_element_of_a_stock_starts_and_flows_by_its_own() -> None:
    assert series("subscripts", "stock", region="north") == [7, 13, 19, 25, 31]
    assert series("subscripts", "stock", region="south") == [8, 23, 38, 53, 68]


def test_dimensions_of_a_result_are_the_model_s_own() -> None:
    weighted = run("subscripts")["weighted"]
    assert weighted.dims == ("region", "age", "time")
    assert list(weighted.age.to_numpy()) == ["young", "middle", "old"]


def test_an_excepted_element_follows_its_own_equation() -> None:
    assert run("excepts")["changed"].isel(time=0).to_numpy().tolist() == [10, -1, 30]


def test_mappings_go_by_position_or_by_their_list() -> None:
    assert run("mappings")["spent"].isel(time=0).to_numpy().tolist() == [50, 100]
    by_zone = run("mappings")["load_by_zone"]
    assert by_zone.isel(time=0).to_numpy().tolist() == [9, 9, 5]
    assert by_zone.zone.to_numpy().tolist() == ["z1", "z2", "z3"]


def test_numbered_subscripts_count() -> None:
    assert run("numbered")["doubled"].isel(time=0).to_numpy().tolist() == [4, 8, 16]
    assert series("numbered", "all_together") == [15] * 5


def test_a_sum_over_three_hundred_subscripts_computes(tmp_path: Path) -> None:
    file = tmp_path / "wide.mdl"
    text = (MODELS / "numbered.mdl").read_text("utf-8")
    file.write_text(text.replace("(y1-y4)", "(y1-y300)").replace("= 1, 2, 4, 8", "= 2"), "utf-8")
    assert sc.simulate(sc.load_model(file))["all_together"].to_numpy().tolist() == [600] * 5
