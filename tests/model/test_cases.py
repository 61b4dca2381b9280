"""Every small model of `cases.toml` is computed as it says there, or refused by file, line and construct."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simcounty as sc

CASES: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))

AXIS = """
INITIAL TIME = {start} ~ {unit} ~ |
FINAL TIME = {end} ~ {unit} ~ |
TIME STEP = {step} ~ {unit} ~ |
SAVEPER = {save} ~ {unit} ~ |
"""
USUAL = {"start": 0, "end": 1, "step": 1, "save": "TIME STEP", "unit": "Year"}
XMILE = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
 xmlns:isee="http://iseesystems.com/XMILE">
{specs}
{xmile}
</xmile>"""
SPECS = """<sim_specs method="Euler" time_units="Years">
<start>0</start><stop>5</stop><dt>1</dt></sim_specs>"""


def written(case: dict[str, Any], folder: Path) -> Path:
    """Write the model file of a case."""
    if "xmile" in case:
        file = folder / f"model{case.get('suffix', '.xmile')}"
        file.write_text(XMILE.format(specs=case.get("specs", SPECS), xmile=case["xmile"]), "utf-8")
        return file
    text = ("{UTF-8}" if case.get("head", True) else "") + case["vensim"]
    text += AXIS.format(**{**USUAL, **case}) if case.get("axis", True) else ""
    file = folder / "model.mdl"
    encoding, newline = case.get("encoding", "utf-8"), case.get("newline", "\n")
    file.write_bytes(text.replace("\n", newline).encode(encoding))
    return file


def names(kind: str) -> list[str]:
    return [name for name, case in CASES.items() if kind in case]


@pytest.mark.parametrize("name", names("values"))
def test_a_model_has_the_values_worked_out_for_it(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    assert case["why"]
    made = sc.simulate(sc.load_model(written(case, tmp_path)))
    assert set(made) == set(case["values"])
    for key, values in case["values"].items():
        found = made[key].transpose(..., "time").to_numpy()
        expected = np.array(values, float)
        moves = expected.ndim == found.ndim
        assert found == pytest.approx(expected if moves else expected[..., None] + 0 * found, 1e-9, 1e-9), key


@pytest.mark.parametrize("name", names("refused"))
def test_a_refusal_names_file_line_variable_and_construct(tmp_path: Path, name: str) -> None:
    file = written(CASES[name], tmp_path)
    with pytest.raises(sc.SimcountyError) as caught:
        sc.simulate(sc.load_model(file))
    message = str(caught.value)
    assert str(file) in message
    for said in CASES[name]["refused"]:
        assert re.search(said, message, re.M), message


def test_a_thousand_steps_of_a_tenth_end_where_they_should(tmp_path: Path) -> None:
    made = sc.simulate(sc.load_model(written(CASES["final-drift"], tmp_path)))
    assert (made.sizes["time"], made.time[-1]) == (201, 100)
    assert made["s"][-1] == pytest.approx(100)


def test_a_random_number_lies_within_its_bounds(tmp_path: Path) -> None:
    drawn = sc.simulate(sc.load_model(written(CASES["x-random"], tmp_path)))["x"]
    assert ((drawn > 0) & (drawn < 1)).all()
    assert len(set(drawn.to_numpy().tolist())) == drawn.size


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("(" * 150 + "1" + ")" * 150, 1),
        ("IF THEN ELSE(Time>1,1," * 60 + "2" + ")" * 60, 2),
        ("+".join(["1"] * 3_000), 3_000),
    ],
    ids=["in parentheses", "IF in IF", "a long sum"],
)
def test_an_equation_may_be_deep_and_long(tmp_path: Path, equation: str, value: float) -> None:
    made = sc.simulate(sc.load_model(written({"vensim": f"\nx = {equation} ~ ~ |\n"}, tmp_path)))
    assert made["x"].to_numpy().tolist() == [value, value]
