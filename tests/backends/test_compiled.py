"""Machine code gives the bits of plain Python: any member, any block, any order, any number of cores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from written import write_model

import simcounty as sc
from simcounty.backends import ConstantPath, Inputs, compiled, interpreted
from simcounty.backends.job import Floats
from simcounty.model import Model
from simcounty.sampling import Ensemble

Ranges = Mapping[str, tuple[float, float]]


def around(model: Model, share: float) -> Ranges:
    """Return for every constant a range of a share to both sides."""
    return {
        key: (c.value - share * abs(c.value), c.value + share * abs(c.value))
        for key, c in model.constants.items()
        if c.value
    }


def inputs_of(model: Model, table: Mapping[str, Floats], integrator: str, every: int) -> Inputs:
    """Put an ensemble of a bare model into a backend's words, with two constants that move."""
    clock = model.graph.clock
    members = len(next(iter(table.values())))
    rows = {c.key: row for row, c in enumerate(model.graph.constants)}
    constants = np.array([table.get(c.key, np.full(members, c.value)) for c in model.graph.constants])
    span = clock.end - clock.start
    moved = list(table)[:2]
    dates = [clock.start + span * share for share in (0.2, 0.4, 0.7)]
    steps = round(span / clock.step)
    return Inputs(
        constants=constants,
        start=clock.start,
        end=clock.end,
        step=clock.step,
        saves=tuple(range(0, steps + 1, every)),
        keep=tuple(e.key for elements in model.variables.values() for e in elements),
        paths=(
            ConstantPath(rows[moved[0]], tuple(dates), np.outer([1.0, 1.02, 0.98], table[moved[0]])),
            ConstantPath(
                rows[moved[1]], (dates[1] + clock.step / 3,), np.array([[1.01 * table[moved[1]].mean()]])
            ),
        ),
        integrator=integrator,
    )


def assert_same_bits(ours: Floats, theirs: Floats) -> None:
    assert np.array_equal(ours, theirs, equal_nan=True)


@pytest.mark.parametrize(("integrator", "members"), [("euler", 48), ("rk4", 8)])
def test_the_county_in_machine_code_has_the_bits_of_plain_python(
    integrator: str, members: int, county: Model
) -> None:
    table = sc.vary(county, around(county, 0.05), n=members, seed=7).table
    inputs = inputs_of(county, table, integrator, every=16)
    fast, slow = compiled.integrate(county.graph, inputs), interpreted.integrate(county.graph, inputs)
    assert_same_bits(slow.values, fast.values)
    assert slow.failed.tolist() == fast.failed.tolist()


@pytest.mark.parametrize("integrator", ["euler", "rk4"])
@pytest.mark.parametrize(("share", "every"), [(0.05, 1), (0.9, 4)])
def test_states_of_every_kind_have_the_same_bits(
    integrator: str, share: float, every: int, tiny: dict[str, Model]
) -> None:
    model = tiny["memory"]
    members = sc.vary(model, around(model, share), n=150, seed=3)
    inputs = inputs_of(model, members.table, integrator, every)
    fast = compiled.integrate(model.graph, inputs)
    slow = interpreted.integrate(model.graph, inputs)
    assert_same_bits(slow.values, fast.values)
    assert slow.failed.tolist() == fast.failed.tolist()
    assert slow.failed.any() == (share > 0.5)  # far enough out, some members fail in both


def simulated(ensemble: Ensemble, backend: str = "compiled") -> xr.Dataset:
    assert isinstance(ensemble.base, Model)
    run: xr.Dataset = sc.simulate(ensemble, backend=backend, keep=list(ensemble.base.variables))
    return run.drop_attrs(deep=False)


@pytest.mark.parametrize("members", [1, 25, 64, 65, 128])
def test_a_member_does_not_depend_on_how_its_block_is_filled(members: int, tiny: dict[str, Model]) -> None:
    model = tiny["memory"]
    many = simulated(sc.vary(model, around(model, 0.05), n=130))
    few = simulated(sc.vary(model, around(model, 0.05), n=members))
    xr.testing.assert_identical(few, many.isel(member=slice(members)))


def test_members_may_come_in_any_order(tiny: dict[str, Model]) -> None:
    model = tiny["memory"]
    ensemble = sc.vary(model, around(model, 0.05), n=100)
    order = np.random.default_rng(1).permutation(100)
    shuffled = Ensemble(model, {key: column[order] for key, column in ensemble.table.items()})
    straight, mixed = simulated(ensemble), simulated(shuffled)
    for key in straight.data_vars:
        assert_same_bits(straight[key].to_numpy()[order], mixed[key].to_numpy())


@pytest.mark.parametrize("cores", [1, 2, 3])
def test_the_number_of_cores_changes_no_bit(cores: int, tiny: dict[str, Model]) -> None:
    model = tiny["memory"]
    table = sc.vary(model, around(model, 0.05), n=200).table
    inputs = inputs_of(model, table, "rk4", 1)
    alone = compiled.integrate(model.graph, inputs, cores=1)
    assert_same_bits(compiled.integrate(model.graph, inputs, cores=cores).values, alone.values)


def test_small_and_large_ensembles_agree_bit_for_bit(tiny: dict[str, Model]) -> None:
    """The rule that picks a backend must not show in the numbers."""
    ensemble = sc.vary(tiny["memory"], around(tiny["memory"], 0.05), n=30)
    xr.testing.assert_identical(simulated(ensemble, "interpreted"), simulated(ensemble, "compiled"))
    many = sc.vary(tiny["memory"], around(tiny["memory"], 0.05), n=3_000)
    assert sc.simulate(many).attrs["backend"] == "compiled"
    assert sc.simulate(ensemble).attrs["backend"] == "compiled"  # the machine code is at hand now


def test_a_model_of_many_pieces_of_every_kind_has_the_same_bits(tmp_path: Path) -> None:
    """Each stage is longer than a piece: what one piece hands to another must arrive, for each lane."""
    turns = [f"turn {i} = SIN(Time*{i + 1}/7)*COS(Time/{i + 2})" for i in range(12)]
    fixed = [f"fixed {i} = SIN(a*{i + 1})*EXP(b/{i + 1})" for i in range(12)]
    total = "+".join(f"turn {i}*fixed {i}*TANH(s/{i + 1})" for i in range(12))
    equations = ("a = 0.3", "b = 0.7", *turns, *fixed, f"s = INTEG(({total})*0.1, 1)")
    model = sc.load_model(write_model(tmp_path, *equations, end=8, step=0.5))
    table = sc.vary(model, around(model, 0.3), n=21).table
    for integrator in ("euler", "rk4"):
        inputs = inputs_of(model, table, integrator, 1)
        slow, fast = interpreted.integrate(model.graph, inputs), compiled.integrate(model.graph, inputs)
        assert not slow.failed.any()
        assert_same_bits(slow.values, fast.values)


def test_a_zero_that_differs_by_its_sign_alone_is_kept(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "a = 1", "b = 2", "s = INTEG(1/a + b, 0)"))
    members = np.array([[0.0, -0.0, 1.0, 0.0], [2.0, 2.0, 2.0, 2.0]])
    inputs = Inputs(members, 0.0, 4.0, 1.0, (0, 4), ("a", "b", "s"))
    slow, fast = interpreted.integrate(model.graph, inputs), compiled.integrate(model.graph, inputs)
    assert np.signbit(fast.values[0, 0]).tolist() == [False, True, False, False]
    assert_same_bits(slow.values, fast.values)
