"""The parameter census: every number of what is shipped stands on something, and is counted."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from simcounty import catalog, load_model
from simcounty.counties import provenance
from simcounty.scenario import load_county
from simcounty.scenario.save import save_county

MODEL = catalog.find(catalog.MODEL, "county")


def test_every_number_of_the_county_model_is_counted_once() -> None:
    told = provenance.summarise_model(load_model(MODEL))
    total, counts = told.partition(" numbers: ")[0], re.findall(r"(\d+) (?:sourced|calibrated|assumed)", told)
    assert sum(map(int, counts)) == int(total)
    assert "unexplained" not in told


def test_a_number_nobody_explains_is_counted_as_such(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(
        "{UTF-8}\na=1 ~ Dmnl [0,1] ~ 甲：A. assumption: calibrated, see there|\nb=2 ~ Dmnl ~ 乙：B.|\n"
        "c=INTEG(a*b,0) ~ Dmnl ~ 丙：C.|\nFINAL TIME=1~year~|\nINITIAL TIME=0~year~|\n"
        "TIME STEP=1~year~|\nSAVEPER=1~year~|\n",
        "utf-8",
    )
    told = provenance.summarise_model(load_model(path))
    assert "1 calibrated" in told
    assert "unexplained" in told


@pytest.mark.parametrize("name", catalog.names(catalog.COUNTY))
def test_every_value_of_a_county_is_counted_once(name: str) -> None:
    county = load_county(name)
    told = provenance.summarise_county(county)
    counts = re.findall(r"(\d+) (?:sourced|derived|imputed|calibrated|assumed)", told)
    assert sum(map(int, counts)) == len(county.values)


@pytest.mark.parametrize("name", ["tonglu", "chunan", "jiande", "fuping", "sanyuan", "qishan", "wugong"])
def test_a_county_made_by_the_rule_leaves_nothing_of_its_own_to_the_model(name: str) -> None:
    county = load_county(name)
    assert provenance.left_to_model(county, load_model(MODEL)) == ()
    assert provenance.left_to_model_text(county, load_model(MODEL)) == ""


def test_what_three_counties_leave_to_the_model_is_named_as_anothers() -> None:
    told = provenance.left_to_model_text(load_county("three-counties"), load_model(MODEL))
    assert told.startswith(
        "51 of the 102 values that are a county's own stand as in county.mdl, written for 桐庐县"
    )
    assert "initial_adequacy, " in told  # all nine kinds of service, by the name of the array
    assert "initial_adequacy[" not in told


def test_one_age_that_is_forgotten_is_named_alone(tmp_path: Path) -> None:
    county, model = load_county("fuping"), load_model(MODEL)
    file = tmp_path / "whole.toml"
    save_county(replace(county, observed=None), file, model.path, "all of its values")
    head = '[values."initial_residents_by_age[age_0_4]"]'
    before, rest = file.read_text("utf-8").split(head)
    path = tmp_path / "short.toml"
    path.write_text(before + "[" + rest.partition("\n[")[2], "utf-8")
    short = load_county(path)
    assert provenance.left_to_model(short, model) == ("initial_residents_by_age[age_0_4]",)
    assert "initial_residents_by_age[age_0_4]." in provenance.left_to_model_text(short, model)


def test_a_model_that_no_rule_knows_leaves_no_county_short() -> None:
    village = Path(__file__).parents[1] / "village"
    assert (
        provenance.left_to_model(load_county(village / "county.toml"), load_model(village / "village.mdl"))
        == ()
    )
