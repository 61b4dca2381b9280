"""A setting acts, or is refused by name; one that may be meant and does not show is told of."""

from __future__ import annotations

from pathlib import Path

import pytest
from written import write_model

from simcounty.assessment import assess
from simcounty.errors import ScenarioError
from simcounty.model import load_model
from simcounty.model.influence import acts_later, is_read, sources_of
from simcounty.presentation.verdicts import verdict_record
from simcounty.scenario import Scenario, load
from simcounty.simulation import simulate

EQUATIONS = (
    "rate = 0.1 ~ 1/year [0, 1] ~ |",
    "begun = 100 ~ person [0, 1000] ~ |",
    "founders = begun * 2 ~ person ~ |",
    "people = INTEG(people * rate, founders) ~ person ~ |",
    "first rate = INITIAL(rate) ~ 1/year ~ |",
    "spare = 3 ~ person [0, 10] ~ |",
    "aside = spare + people ~ person ~ |",
    "idle = 7 ~ Dmnl [0, 10] ~ |",
    "order[pair] = 1, 2 ~ Dmnl ~ |",
    "pair: a, b",
    "ordered = people * order[a] ~ person ~ |",
)
PLAN = """
title = "plan"
model = "m.mdl"
years = [2020, 2030]
headline = ["people"]
"""


def plan(folder: Path, *more: str) -> Scenario:
    """Load a plan whose model has a number for every way in which a number can act, or not."""
    write_model(folder, *EQUATIONS)
    file = folder / "plan.toml"
    file.write_text("\n".join([PLAN, *more]), "utf-8")
    return load(file)


def people(scenario: Scenario) -> list[float]:
    run: list[float] = simulate(scenario, keep=["people"])["people"].values.tolist()
    return run


def idle(scenario: Scenario) -> object:
    return verdict_record(assess(scenario))["settings"]["idle"]


def test_what_acts_on_what_is_read_from_the_equations(tmp_path: Path) -> None:
    graph = load_model(write_model(tmp_path, *EQUATIONS)).graph
    assert {"people", "rate", "founders", "begun"} == sources_of(graph, ["people"])
    assert {"people", "rate"} == sources_of(graph, ["people"], later=True)
    assert {"first_rate"} == sources_of(graph, ["first_rate"], later=True)
    assert [key for key in ("rate", "begun", "founders", "spare", "idle") if acts_later(graph, key)] == [
        "rate",
        "spare",
    ]
    assert [key for key in ("order[a]", "order[b]", "idle", "begun") if is_read(graph, key)] == [
        "order[a]",
        "begun",
    ]


def test_what_is_read_at_the_start_alone_acts_from_the_start_and_not_later(tmp_path: Path) -> None:
    assert people(plan(tmp_path, "[levers]\nbegun = { 2021-01-01 = 50 }"))[0] == 100.0
    with pytest.raises(
        ScenarioError, match=r"begun: is read at the start .* from 2025-01-01 on .* 2021-01-01"
    ):
        plan(tmp_path, "[levers]\nbegun = { 2025-01-01 = 50 }")
    with pytest.raises(ScenarioError, match="begun: is read at the start"):
        plan(tmp_path).replace({"begun": {2025: 50}})


def test_a_path_that_begins_with_the_last_instant_is_refused(tmp_path: Path) -> None:
    before, after = people(plan(tmp_path)), people(plan(tmp_path, "[levers]\nrate = { 2030-01-01 = 0.5 }"))
    assert (after[-1] / before[-1], after[:-1]) == (pytest.approx(1.5 / 1.1), before[:-1])
    with pytest.raises(ScenarioError, match=r"rate: 2031-01-01 is the last instant of the run"):
        plan(tmp_path, "[levers]\nrate = { 2031-01-01 = 0.5 }")


@pytest.mark.parametrize("name", ["idle", "order[b]"])
def test_what_no_equation_reads_cannot_be_set(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match=r"is read by no equation of .*m\.mdl.* Leave it out"):
        plan(tmp_path, f'[constants]\n"{name}" = 1')


def test_a_setting_without_a_way_to_what_is_looked_at_is_named(tmp_path: Path) -> None:
    assert idle(plan(tmp_path, "[constants]\nrate = 0.2\nbegun = 10")) == []
    assert idle(plan(tmp_path, "[constants]\nspare = 9")) == ["spare"]
    assert idle(plan(tmp_path, "[levers]\nspare = { 2025 = 9 }")) == ["spare"]
    assert idle(plan(tmp_path).replace(spare=9)) == ["spare"]


def test_a_number_that_a_path_replaces_from_the_start_is_refused_and_later_told_of(tmp_path: Path) -> None:
    early, late = "[levers]\nrate = { 2021-01-01 = 0.3 }", "[levers]\nrate = { 2025-01-01 = 0.3 }"
    with pytest.raises(ScenarioError, match=r"constants, rate: does nothing: .* 2021-01-01"):
        plan(tmp_path, "[constants]\nrate = 0.2", early)
    scenario = plan(tmp_path, "[constants]\nrate = 0.2", late)
    assert people(scenario)[:6] == pytest.approx([200, 240, 288, 345.6, 414.72, 414.72 * 1.3])
    assert verdict_record(assess(scenario))["settings"]["replaced"] == [
        {"label": "rate", "until": "2025-01-01"}
    ]


def test_a_default_beside_a_path_that_was_not_sought_is_refused(tmp_path: Path) -> None:
    sought = plan(tmp_path, "[levers]\nrate = { 2025 = 0.3, default = 0.2, solved = true }")
    assert sought.levers["rate"].default == 0.2
    assert plan(tmp_path, "[levers]\nrate = { 2025 = 0.3, default = 0.1 }").levers["rate"].default == 0.1
    with pytest.raises(
        ScenarioError, match=r"rate: default = 0\.2 is what a path that was sought departs from"
    ):
        plan(tmp_path, "[levers]\nrate = { 2025 = 0.3, default = 0.2 }")
