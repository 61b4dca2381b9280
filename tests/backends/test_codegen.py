"""The generated text: what is computed once, and that it holds nothing but numbers and Vensim's functions."""

from __future__ import annotations

import ast

from simcounty.backends import program_of
from simcounty.backends.program import program_text
from simcounty.model import Model, arithmetic


def test_the_text_calls_vensim_s_functions_and_nothing_else(tiny: dict[str, Model]) -> None:
    known = {f.__name__ for f in (*arithmetic.NATIVE, *arithmetic.PORTABLE)} | {"abs"}
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
    from simcounty.backends.codegen import generate

    for model in tiny.values():
        assert program_text(generate(model.graph)) == program_text(generate(model.graph))
