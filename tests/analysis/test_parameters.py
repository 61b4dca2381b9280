"""The parameter census: every number of what is shipped stands on something, and is counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simcounty import load_model, shipped
from simcounty.analysis import parameters
from simcounty.scenario import load_county

MODEL = shipped.find(shipped.MODEL, "county")


def test_every_number_of_the_county_model_is_counted_once() -> None:
    told = parameters.of_model(load_model(MODEL))
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
    told = parameters.of_model(load_model(path))
    assert "1 calibrated" in told
    assert "unexplained" in told


@pytest.mark.parametrize("name", shipped.names(shipped.COUNTY))
def test_every_value_of_a_county_is_counted_once(name: str) -> None:
    county = load_county(name)
    told = parameters.of_county(county)
    counts = re.findall(r"(\d+) (?:sourced|imputed|assumed)", told)
    assert sum(map(int, counts)) == len(county.values)
