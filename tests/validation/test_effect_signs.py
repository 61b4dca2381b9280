"""Sign checks: a lever is claimed to raise or lower an outcome only where nearly every draw says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from simcounty.errors import ScenarioError
from simcounty.validation import CheckResult, load_suite, run_suite

MODEL = """{UTF-8}
pull=
	0
	~	Dmnl [-1, 1]
	~	拉力：How much a yuan draws; its sign is not known. assumption: none |

push=
	0.5
	~	Dmnl [0, 1]
	~	推力：How much the other lever draws. assumption: a half |

people= INTEG (pull*gift+push*bonus, 100)
	~	person
	~	人口：People. |

********************************************************
	.levers
********************************************************~
		levers
	|

gift=
	0
	~	person/year [0, 10]
	~	礼金：A lever. assumption: none |

bonus=
	1
	~	person/year [0, 1.5]
	~	奖金：A lever that is lowered. assumption: one |

********************************************************
	.Control
********************************************************~
		Simulation Control Parameters
	|

FINAL TIME = 2030 ~ year ~ |
INITIAL TIME = 2020 ~ year ~ |
SAVEPER = 1 ~ year ~ |
TIME STEP = 0.25 ~ year ~ |
"""
COUNTY = """
title = "县"
model = "m.mdl"
[values.pull]
value = 0
assumption = "not known"
[uncertainties.pull]
low = -0.2
high = 0.8
assumption = "four fifths of it above 0"
"""
CHECK = """
model = "m.mdl"
county = "c.toml"
years = [2020, 2030]
describe = "Signs"

[[check]]
it = "signs"

[check.signs]
from = 2022-01-01
draws = 50
outcomes = [{ variable = "people", year = 2030 }]

[check.signs.levers]
"""


def score(folder: Path, *lines: str) -> CheckResult:
    for name, text in (("m.mdl", MODEL), ("c.toml", COUNTY), ("k.toml", CHECK + "\n".join(lines))):
        (folder / name).write_text(text, "utf-8")
    (found,) = run_suite(load_suite(folder / "k.toml"))
    return found


def test_a_sign_that_every_draw_shows_holds(tmp_path: Path) -> None:
    found = score(tmp_path, 'gift = "?"', 'bonus = "+"')
    gift, bonus = found.measured
    assert (gift.low, bonus.low) == (pytest.approx(0.8), 1.0)  # a Latin hypercube of 50 between -0.2 and 0.8
    assert found.result == "pass"


def test_more_of_a_lever_is_meant_even_where_it_is_moved_down(tmp_path: Path) -> None:
    """The bonus is nearer to its upper end, so it is moved to 0, which takes 0.5 person a year away."""
    found = score(tmp_path, 'gift = "?"', 'bonus = "-"')
    assert found.result == "fail"
    assert found.measured[1].low == 0.0
    assert "median +4.3 %" in found.measured[1].note  # 9 years × 0.5, of 105


def test_a_sign_that_a_fifth_of_the_draws_contradict_fails(tmp_path: Path) -> None:
    assert score(tmp_path, 'gift = "+"', 'bonus = "+"').result == "fail"


def test_an_effect_that_is_none_can_be_claimed_as_none(tmp_path: Path) -> None:
    assert score(tmp_path, 'gift = "?"', 'bonus = "0"').result == "fail"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (['gift = "?"'], "bonus missing. Give every lever of the model a line"),
        (['gift = "? +"', 'bonus = "+"'], r"'\? \+': give 1 signs, each one of"),
        (['gift = "x"', 'bonus = "+"'], "'x': give 1 signs"),
        (['gift = "+"', 'bonus = "+"', 'bonos = "+"'], "bonos: is not a variable"),
    ],
)
def test_a_sign_check_that_cannot_be_used_says_why(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        score(tmp_path, *lines)
