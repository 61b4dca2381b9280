"""A setting acts, or is refused by name; one that may be meant and does not show is told of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from written import write_model

import simcounty
from simcounty.assessment import assess
from simcounty.cli.options import load_scenario
from simcounty.errors import ScenarioError
from simcounty.files import folder_for
from simcounty.model import load_model
from simcounty.model.influence import acts_later, is_read, sources_of
from simcounty.presentation.verdicts import verdict_record
from simcounty.sampling import vary
from simcounty.scenario import Scenario, load, save_scenario
from simcounty.simulation import simulate
from simcounty.sweeps import Specification, Sweep, specify
from simcounty.sweeps.idle_inputs import input_remarks

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
    return verdict_record(assess(scenario))["setting_remarks"]["idle"]


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
    assert verdict_record(assess(scenario))["setting_remarks"]["replaced"] == [
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


def sweep_of(scenario: Scenario, *keys: str, keep: tuple[str, ...] = ()) -> Sweep:
    return specify([scenario], Specification(8, dict.fromkeys(keys, (0.1, 0.9)), keep=keep or None))


def test_a_number_varied_without_a_way_to_what_is_kept_is_refused(tmp_path: Path) -> None:
    scenario = plan(tmp_path)
    assert sweep_of(scenario, "rate", "begun").keep == ("people",)
    assert sweep_of(scenario, "spare", keep=("aside",)).keep == ("aside",)
    with pytest.raises(ScenarioError, match="spare: no way leads from it to what is kept"):
        sweep_of(scenario, "rate", "spare")
    (tmp_path / "design.csv").write_text("spare\n1\n2\n", "utf-8")
    with pytest.raises(ScenarioError, match="spare: no way leads"):
        specify([scenario], Specification(design=str(tmp_path / "design.csv")))
    spread = '[uncertainties.{}]\nlow = 1\nhigh = 2\nassumption = "made up"\n'
    (tmp_path / "unsure.toml").write_text(spread.format("spare"), "utf-8")
    with pytest.raises(ScenarioError, match="spare: no way leads"):
        specify([scenario], Specification(4, uncertainties=tmp_path / "unsure.toml"))


def test_a_number_varied_that_moves_nothing_is_told_of(tmp_path: Path) -> None:
    """1 to any power is 1, which no graph tells."""
    write_model(tmp_path, "one = 1", "power = 2", "grows = 0.1", "people = INTEG(people*grows*one^power, 9)")
    bare = load(tmp_path / "m.mdl")
    assert list(input_remarks(sweep_of(bare, "power", "grows"))) == [
        ("vary_without_effect", {"names": "power"})
    ]
    assert list(input_remarks(sweep_of(bare, "one", "power"))) == []


def test_a_number_varied_in_the_place_of_a_path_is_told_of(tmp_path: Path) -> None:
    scenario = plan(tmp_path, "[levers]\nrate = { 2025 = 0.1, 2027 = 0.3 }")
    assert list(input_remarks(sweep_of(scenario, "rate"))) == [
        ("vary_replaces", {"name": "rate", "scenario": scenario.name, "since": "2025-01-01"})
    ]


def test_every_door_for_a_setting_is_one_of_two() -> None:
    """A name comes in by `constant_of`, dates by `in_span`; whoever adds a door finds these lists."""
    package = Path(simcounty.__file__).parent
    texts = {file.relative_to(package).as_posix(): file.read_text("utf-8") for file in package.rglob("*.py")}

    def saying(text: str) -> set[str]:
        return {place for place, own in texts.items() if text in own}

    by_name = {"conditions/predicates.py", "model/__init__.py", "scenario/binding.py"}
    assert saying("settable=True") == by_name  # arrays, bare models, and `constant_of` itself
    made = {place for place, own in texts.items() if re.search(r"(?<!class )(?<!>>> )\bLeverPath\(", own)}
    passed_on = {
        "notebook/views.py",
        "scenario/ramp.py",
        "validation/lever_search.py",
    }  # to a scenario, which looks at them
    assert made - saying("in_span(") == passed_on


@pytest.mark.parametrize(
    "text",
    [
        "[levers]\nidle = 1",
        "[constants]\nidle = 1",
        "[values.idle]\nvalue = 1\nassumption = 'a'",
        "[uncertainties.idle]\nlow = 1\nhigh = 2\nassumption = 'a'",
    ],
)
def test_what_no_equation_reads_is_refused_at_every_door_of_a_file(tmp_path: Path, text: str) -> None:
    county = text.startswith("[values")
    (tmp_path / "c.toml").write_text(f'title = "c"\nname = "c"\nmodel = "m.mdl"\n{text * county}', "utf-8")
    with pytest.raises(ScenarioError, match="idle: is read by no equation"):
        plan(tmp_path, *(['county = "c.toml"'] if county else [text]))


def test_what_no_equation_reads_is_refused_at_every_door_of_a_caller(tmp_path: Path) -> None:
    scenario = plan(tmp_path)
    (tmp_path / "design.csv").write_text("idle\n1\n2\n", "utf-8")
    doors: list[Callable[[], object]] = [
        lambda: scenario.replace(idle=1),
        lambda: scenario.replace({"idle": {2025: 1}}),
        lambda: vary(scenario, {"idle": (1, 2)}, 4),
        lambda: sweep_of(scenario, "idle"),
        lambda: specify([scenario], Specification(design=str(tmp_path / "design.csv"))),
    ]
    for door in doors:
        with pytest.raises(ScenarioError, match="idle: is read by no equation"):
            door()


VILLAGE = Path(__file__).parents[1] / "village" / "plan.toml"


def test_a_number_alone_is_set_at_once_and_with_two_dates_on_a_straight_line(tmp_path: Path) -> None:
    scenario = plan(tmp_path)
    at_once, ramp = scenario.replace({"rate": {2023: 0.3}}), scenario.replace(rate="0.3@2023:2027")
    assert at_once.levers["rate"].values == (0.3,)
    assert (ramp.levers["rate"].times, ramp.levers["rate"].values) == ((2022.0, 2026.0), (0.1, 0.3))
    by_hand = 200 * 1.1 * 1.1 * 1.1 * 1.15 * 1.2 * 1.25 * 1.3
    assert people(ramp)[7] == pytest.approx(by_hand)


def test_a_line_begins_at_what_the_plan_has_on_its_first_date() -> None:
    """The village's plan pays 0 from July 2023, 2,000 from 2025 and 1,000 from 2030."""
    path = load(VILLAGE).replace(reward="3000 元/人@2027-07:2029").levers["reward"]
    assert (path.times, path.values) == ((2022.5, 2024.0, 2026.5, 2028.0), (0, 2000, 1500, 3000))


def test_a_file_a_caller_and_a_command_write_a_line_alike(tmp_path: Path) -> None:
    text = "25 %@2023-07-01:2025"
    written = [
        plan(tmp_path, f'[levers]\nrate = "{text}"'),
        plan(tmp_path, f'[levers]\nrate = {{ value = "{text}" }}'),
        plan(tmp_path).replace(rate="25 %＠2023-07-01：2025"),
        load_scenario(str(plan(tmp_path).path), settings=[f"rate={text}"]),
    ]
    assert {(each.levers["rate"].times, each.levers["rate"].values) for each in written} == {
        ((2022.5, 2024.0), (0.1, 0.25))
    }
    saved = save_scenario(written[2], tmp_path / "saved.toml")
    assert load(saved).levers["rate"].values == (0.1, 0.25)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.3@2023", "write VALUE@FIRST:SECOND"),
        ("0.3@2025:2023", "2023-01-01, when the value is reached, is not after 2025-01-01"),
        ("0.3@soon:2025", "'soon' is not a date"),
        ("3@2023:2025", "outside"),
        ("0.3@2023:2040", "2040-01-01 is outside the run"),
    ],
)
def test_a_line_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        plan(tmp_path).replace(rate=text)


def test_a_changed_question_looks_changed_and_has_a_folder_of_its_own(tmp_path: Path) -> None:
    file = str(plan(tmp_path, "[levers]\nrate = { 2025 = 0.2 }").path)
    asked = {
        "": load_scenario(file),
        "rate-0.3": load_scenario(file, settings=["rate=0.3"]),
        "rate--0.3": load_scenario(file).changed(["rate = -0.3"]),
        "rate-0.3@2023-2025": load_scenario(file, settings=["rate=0.3@2023:2025"]),
        "2020-2028": load_scenario(file, years="2020:2028"),
    }
    folders = [folder_for(each).as_posix() for each in asked.values()]
    assert folders[:3] == ["out/m-plan", "out/m-plan--rate-0.3", "out/m-plan--rate--0.3"]
    assert len(set(folders)) == len(asked)
    assert all(told in folder for told, folder in zip(asked, folders, strict=True))
    assert len(folder_for(asked[""].changed(["rate = 0.3"] * 99)).name) < 70
    now = asked["rate-0.3"]
    assert (now.name.partition("/")[2], now.title) == ("plan, rate = 0.3", "plan, rate = 0.3")
    assert asked[""] == load_scenario(file, settings=[], years="2020:2030")


def test_what_was_changed_stands_beside_the_plan_of_the_file_and_its_baseline(tmp_path: Path) -> None:
    """People at the end of 2025 after a year at the lever's rate and four at 0.1: each hand-worked."""
    file = str(plan(tmp_path, "[levers]\nrate = { 2025 = 0.2 }").path)
    run = assess(load_scenario(file, settings=["rate=0.3"])).run
    assert run["people"].values[:, 5] == pytest.approx([200 * 1.1**5, 200 * 1.1**4 * 1.2, 200 * 1.1**4 * 1.3])
    assert json.loads(run.attrs["changes"]) == {str(run.scenario.values[-1]): ["rate = 0.3"]}
    assert "changes" not in assess(load_scenario(file)).run.attrs


def test_a_change_that_moves_no_number_is_told_of(tmp_path: Path) -> None:
    file = str(plan(tmp_path, "[levers]\nrate = { 2025 = 0.2 }").path)
    records = [verdict_record(assess(load_scenario(file, settings=[f"rate={each}"]))) for each in (0.2, 0.3)]
    assert [each["setting_remarks"]["still"] for each in records] == [True, False]
    assert records[1]["changes"] == ["rate = 0.3"]
