"""The flat list of operations: what it folds and shares, where each is computed, and its text."""

from __future__ import annotations

import ast
from pathlib import Path

from written import write_model

import simcounty as sc
from simcounty.backends.flatten import flatten, program_of
from simcounty.backends.operations import MEANINGS, Operations, traced
from simcounty.backends.program import Program
from simcounty.backends.python_text import stage_text
from simcounty.model import Model, arithmetic


def program_text(program: Program) -> str:
    return "\n\n".join(stage_text(program, stage) for stage in program.stages)


def names(program: Program, stage: str) -> list[str]:
    """Return what a stage computes, without what it loads."""
    return [name for name, *_ in program.stages[stage].operations if name not in ("load", "number")]


def test_an_operation_is_added_once_whatever_the_order_of_what_commutes() -> None:
    operations = Operations()
    a, b = operations.load("p", 0, 1), operations.load("p", 1, 1)
    assert (a + b).index == (b + a).index == (a + b).index
    assert (a - b).index != (b - a).index
    assert len(operations.items) == 5


def test_numbers_are_computed_at_once_and_a_zero_keeps_its_sign() -> None:
    operations = Operations()
    two, minus_zero = operations.number(2.0), operations.number(-0.0)
    assert operations.items[(two * 3.0 + 1.0).index] == ("number", 7.0)
    assert operations.number(0.0).index != minus_zero.index
    assert operations.items[traced(arithmetic.exp)(operations.number(0.0)).index] == ("number", 1.0)


def test_what_surely_returns_an_argument_is_that_argument() -> None:
    operations = Operations()
    a, yes = operations.load("p", 0, 1), operations.number(True)
    assert (a * 1.0).index == (1.0 * a).index == (a / 1.0).index == a.index
    assert traced(arithmetic.select)(yes, a, 5.0).index == a.index
    assert ((a > 0.0) & yes).index == (a > 0.0).index
    assert (a + 0.0).index != a.index  # -0 + 0 is 0


def test_each_operation_is_computed_as_seldom_as_it_may_be(tmp_path: Path) -> None:
    """a ÷ b changes with constants, SIN(Time) with time; only their product with the stock is left."""
    equations = ("a = 3", "b = 7", "s = INTEG(s * (a / b) * SIN(Time), 1)")
    program = flatten(sc.load_model(write_model(tmp_path, *equations)).graph)
    assert names(program, "fixed") == ["div"]
    assert "scaled" not in names(program, "rates")
    assert len(names(program, "clock")) > 20
    assert names(program, "rates").count("multiply") <= 4  # s × c × sine, and the watch


def test_a_condition_of_constants_is_not_stored_but_what_it_chooses_is(tmp_path: Path) -> None:
    equations = ("a = 3", "s = INTEG(IF THEN ELSE(a > 2, EXP(a), 5), 1)")
    program = flatten(sc.load_model(write_model(tmp_path, *equations)).graph)
    assert "greater" in names(program, "fixed")
    assert names(program, "rates") in (["add"], [])


def test_a_minimum_of_a_number_is_one_instruction(tmp_path: Path) -> None:
    equations = ("s = INTEG(MIN(s, 5) + MIN(5, s) + MAX(s, 1), 1)",)
    program = flatten(sc.load_model(write_model(tmp_path, *equations)).graph)
    rates = names(program, "rates")
    assert rates.count("smaller") == rates.count("larger") == 1
    assert "not_equal" not in rates


def test_the_text_calls_vensim_s_functions_and_nothing_else(tiny: dict[str, Model]) -> None:
    known = set(MEANINGS)
    for model in tiny.values():
        tree = ast.parse(program_text(program_of(model.graph)))
        calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert {ast.unparse(call) for call in calls} <= known
        assert not any(
            isinstance(node, ast.Attribute | ast.Import | ast.Constant)
            and isinstance(getattr(node, "value", 0.0), str)
            for node in ast.walk(tree)
        )


def test_values_of_constants_do_not_enter_the_text(tiny: dict[str, Model]) -> None:
    model = tiny["growth"]
    other = model.replace(rate=0.987654321)
    assert program_text(program_of(model.graph)) == program_text(program_of(other.graph))
    assert program_of(model.graph) is program_of(other.graph)


def test_text_is_the_same_in_every_process(tiny: dict[str, Model]) -> None:
    for model in tiny.values():
        assert program_text(flatten(model.graph)) == program_text(flatten(model.graph))


def test_a_program_read_back_is_the_one_that_was_written(tiny: dict[str, Model]) -> None:
    for model in tiny.values():
        made = flatten(model.graph)
        read = Program.read(made.layout, made.content())
        assert repr(read) == repr(made)  # nan is no number, and not even itself
        assert repr(program_of(model.graph)) == repr(made)
