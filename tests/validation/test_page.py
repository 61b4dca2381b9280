"""What models/README.md says of the county model's size is what the model and its checks give."""

from __future__ import annotations

import re

import pytest

from simcounty import catalog
from simcounty.counties import provenance
from simcounty.model import Model, load_model
from simcounty.model.describe import describe_all
from simcounty.model.graph import Call, Element, Expr, Interpolate
from simcounty.validation import Check, ensembles, load_suite, saturation

MODEL = catalog.find(catalog.MODEL, "county")
PAGE = " ".join(MODEL.with_name("README.md").read_text("utf-8").partition("## Every variable")[0].split())


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(MODEL)


def check(kind: str) -> Check:
    (found,) = (c for c in load_suite(MODEL.parent / "checks" / "start.toml").checks if c.kind == kind)
    return found


def test_the_named_numbers_and_what_they_rest_on(model: Model) -> None:
    told = provenance.summarise_model(model)
    numbers, _, kinds = told.partition(" numbers: ")
    counts = {kind: count for count, kind in re.findall(r"(\d+) (sourced|calibrated|assumed)", kinds)}
    assert sum(map(int, counts.values())) == int(numbers)
    assert f"The file holds {numbers} named numbers. {counts['sourced']} carry a source" in PAGE
    assert f"other {counts['assumed']} are assumptions" in PAGE
    if "calibrated" in counts:
        assert re.search(rf"{counts['calibrated']} (is|are) calibrated", PAGE)


def test_the_equations_and_what_they_are_for(model: Model) -> None:
    computed = [each for each in describe_all(model) if each.kind != "constant"]
    moving = {each.about.key for each in _moving(model)}
    still = [each for each in computed if each.key not in moving]
    held = [each for each in still if "INITIAL(" in each.equation]
    curves = {e.about.key for e in model.graph.auxiliaries if _is_curve(e.expr)}
    books = [e.key for e in computed if e.key.startswith(("check_", "ledger_")) and e.key in moving]
    reports = [e.key for e in computed if not e.uses and e.key not in books]
    assert len(curves) == 13
    assert "those thirteen curves among them" in PAGE
    assert f"Size: {len(computed)} equations" in PAGE
    assert f"{len(moving)} move with the run; of these {len(books)} are ledgers and balances" in PAGE
    assert f"{len(reports)} are reports that nothing else uses" in PAGE
    assert f"{len(held)} hold a value of the start, and {len(still) - len(held)} work out" in PAGE


def _moving(model: Model) -> list[Element]:
    """Return what changes during a run in which levers may move."""
    keys = saturation.moving_keys(model.graph)
    return [each for each in (*model.graph.auxiliaries, *model.graph.stocks) if each.key in keys]


def _is_curve(expr: Expr) -> bool:
    return isinstance(expr, Interpolate) or (isinstance(expr, Call) and any(map(_is_curve, expr.args)))


def test_how_many_min_and_max_bind() -> None:
    _, detail = saturation.evaluate(check("saturation"))
    assert f"saturation: {detail}" in PAGE


def test_how_many_numbers_the_thousand_counties_vary() -> None:
    spread: ensembles.EnsembleCheck = check("ensemble").spec
    assert f"These are {spread.varied} of the {spread.varied + spread.still} numbers" in PAGE
