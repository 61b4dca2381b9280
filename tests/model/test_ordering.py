"""In which order a model is computed, and what no order helps: loops, and a clock that moves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from written import write_model

import simcounty as sc
from simcounty.errors import ModelError


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        sc.load_model(path)
    return str(caught.value)


def test_an_algebraic_loop_is_printed_in_order(tmp_path: Path) -> None:
    message = refusal(write_model(tmp_path, "c = 1", "a = b+c", "b = d*2", "d = a-1"))
    assert "an algebraic loop: " in message
    loop = message.split("loop: ")[1].split(".")[0].split(" → ")
    assert loop[0] == loop[-1]
    assert sorted(loop[1:]) == ["a", "b", "d"]
    reads = {"a": "b", "b": "d", "d": "a"}
    steps = list(pairwise(loop))
    assert all(reads[x] == y for x, y in steps) or all(reads[y] == x for x, y in steps)


def test_a_loop_through_a_stock_is_none(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "a = INTEG(b, 1)", "b = a*2"))
    assert sc.simulate(model)["a"].to_numpy().tolist() == [1, 3, 9, 27, 81]


def test_a_loop_of_initial_values_is_said_to_be_one(tmp_path: Path) -> None:
    message = refusal(write_model(tmp_path, "a = INTEG(1, b)", "b = c+1", "c = a*2"))
    assert "a loop of initial values: " in message
    assert "ACTIVE INITIAL" in message


def test_active_initial_opens_a_loop_of_initial_values(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "a = INTEG(1, b)", "b = ACTIVE INITIAL(a*2, 5)"))
    assert sc.simulate(model)["b"].to_numpy().tolist() == [10, 12, 14, 16, 18]


@pytest.mark.parametrize("axis", ["TIME STEP = 1", "INITIAL TIME = 0"])
def test_a_time_axis_that_moves_is_refused(tmp_path: Path, axis: str) -> None:
    file = write_model(tmp_path, "s = INTEG(1, 1)")
    name = axis.split(" =")[0]
    file.write_text(file.read_text("utf-8").replace(axis, f"{name} = s"), "utf-8")
    assert f"{name} depends on s, which moves during the run" in refusal(file)


def test_a_time_axis_that_is_missing_or_runs_backwards_is_refused(tmp_path: Path) -> None:
    file = write_model(tmp_path, "x = 1")
    text = file.read_text("utf-8")
    file.write_text(text.replace("TIME STEP = 1", "other = 1"), "utf-8")
    assert "TIME STEP" in refusal(file)
    file.write_text(text.replace("FINAL TIME = 4", "FINAL TIME = -4"), "utf-8")
    assert "run forward" in refusal(file)


def test_constants_behind_the_time_axis_cannot_be_replaced(tmp_path: Path) -> None:
    file = write_model(tmp_path, "n = 4", "x = Time*n")
    file.write_text(file.read_text("utf-8").replace("TIME STEP = 1", "TIME STEP = 1/n"), "utf-8")
    model = sc.load_model(file)
    assert sc.simulate(model).time.to_numpy().tolist()[:3] == [0, 0.25, 0.5]
    with pytest.raises(ModelError, match="time axis"):
        model.replace(n=2)


def test_a_chain_of_two_thousand_auxiliaries_computes(tmp_path: Path) -> None:
    links = [f"a{i} = a{i - 1}+1" for i in range(1, 2000)]
    model = sc.load_model(write_model(tmp_path, "a0 = Time", *reversed(links)))
    assert sc.simulate(model, keep=["a1999"])["a1999"].to_numpy().tolist() == [1999 + t for t in range(5)]


def test_a_loop_is_told_beside_a_name_that_is_missing(tmp_path: Path) -> None:
    file = write_model(tmp_path, "a = b + missing", "b = c", "c = d", "d = c")
    with pytest.raises(ModelError) as refused:
        sc.load_model(file)
    assert "missing is used but not defined" in str(refused.value)
    assert "an algebraic loop: " in str(refused.value)
