"""PySD computes the same on every tiny model, but where its authors read Vensim's manual differently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from written import write_model

import simcounty as sc
from simcounty.errors import InputError, RunError
from simcounty.model import Model

MODELS = sorted(file.stem for file in (Path(__file__).parents[1] / "models").glob("*.mdl"))
CANNOT = {
    "lookups_extended": "PySD has no LOOKUP EXTRAPOLATE",
    "memory": "PySD has no LOOKUP EXTRAPOLATE",
    "mappings": "PySD takes the subscripts a dimension is mapped to for its own",
}
DIFFER = {
    "sign_in_parentheses": "PySD writes (-2)^2 as -2**2 in Python",
    "ramp_for_ever": "PySD lets a ramp whose end lies before its start go down at once",
    "pulse_of_one_step": "PySD has no pulse where the width is zero; Vensim's manual: one TIME STEP",
    "pulse_off_the_grid": "PySD compares the start of a step; Vensim's manual: its middle",
    "pulses": "PySD has no pulse at the very end of a train",
    "pulses_of_one_step": "as pulse_of_one_step",
    "pulses_shorter_than_a_step": "as pulses",
    "pulses_that_overlap": "as pulses",
}


@pytest.mark.parametrize("name", [name for name in MODELS if name not in CANNOT])
def test_pysd_computes_the_same_to_a_billionth(name: str, tiny: dict[str, Model]) -> None:
    keep = [key for key in tiny[name].variables if key not in DIFFER]
    ours = sc.simulate(tiny[name], keep=keep)
    theirs = sc.simulate(tiny[name], keep=keep, backend="reference")
    for key in keep:
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-9, atol=1e-9, err_msg=key)


@pytest.mark.parametrize("name", CANNOT)
def test_what_pysd_cannot_run_is_refused(name: str, tiny: dict[str, Model]) -> None:
    with pytest.raises(InputError, match="reference: PySD"):
        sc.simulate(tiny[name], backend="reference")


def test_pysd_follows_constants_that_were_replaced(tiny: dict[str, Model]) -> None:
    model = tiny["subscripts"].replace({"weight[old]": 100.0, "single[north]": -1.0})
    ours, theirs = sc.simulate(model), sc.simulate(model, backend="reference")
    for key in model.variables:
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-9, err_msg=key)


def test_a_run_leaves_nothing_behind_in_the_next(tiny: dict[str, Model]) -> None:
    first = sc.simulate(tiny["growth"], backend="reference")
    sc.simulate(tiny["growth"].replace(rate=0.5), backend="reference", step=0.25)
    assert sc.simulate(tiny["growth"], backend="reference")["people"].equals(first["people"])


def test_a_constant_beside_equations_cannot_be_set_in_pysd(tiny: dict[str, Model]) -> None:
    with pytest.raises(InputError, match=r"changed\[middle\]"):
        sc.simulate(tiny["excepts"].replace({"changed[middle]": 3.0}), backend="reference")


def test_pysd_integrates_by_euler_only(tiny: dict[str, Model]) -> None:
    with pytest.raises(InputError, match="Euler"):
        sc.simulate(tiny["growth"], backend="reference", integrator="rk4")


def test_where_pysd_divides_by_zero_the_run_fails_by_name(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "x = 1/(2-Time)"))
    with pytest.raises(RunError, match=r"x \(inf\) is not a finite number at time 2"):
        sc.simulate(model, backend="reference")


def test_pysd_starts_in_another_year_than_the_model_file_says(tmp_path: Path) -> None:
    write_model(tmp_path, "x = INTEG(Time-x, INITIAL TIME)", name="moved")
    (tmp_path / "here.toml").write_text(
        'title = "Here"\nname = "here"\ncode = "000000"\nprovince = "none"\nmodel = "moved.mdl"\n', "utf-8"
    )
    (tmp_path / "late.toml").write_text(
        'title = "Late"\ncounty = "here.toml"\nmodel = "moved.mdl"\nyears = [3, 5]\n', "utf-8"
    )
    late = sc.load(str(tmp_path / "late.toml"))
    ours, theirs = sc.simulate(late), sc.simulate(late, backend="reference")
    assert float(ours["x"][0]) == 3.0
    np.testing.assert_allclose(theirs["x"], ours["x"], rtol=1e-12)
