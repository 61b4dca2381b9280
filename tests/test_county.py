"""The county model: what independent engines, the census and its own balances say of it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import simcounty as sc
from simcounty.model import Model
from simcounty.shipped import MODEL, find

BALANCES = ("check_population", "check_land", "check_cash", "check_equity")


@pytest.fixture(scope="module")
def county() -> Model:
    return sc.load_model(find(MODEL, "county"))


@pytest.fixture(scope="module")
def run(county: Model) -> xr.Dataset:
    return sc.simulate(county)


@pytest.fixture(scope="module")
def neighbours(county: Model) -> xr.Dataset:
    """300 members, every constant up to 5 % away from its value at once."""
    ranges = {
        key: tuple(sorted((0.95 * c.value, 1.05 * c.value))) for key, c in county.constants.items() if c.value
    }
    members = sc.vary(county, ranges, n=300, seed=20_201_231)
    return sc.simulate(members, backend="compiled", keep=list(county.variables))


def farthest(ours: xr.DataArray, theirs: np.ndarray) -> float:
    """Return the largest difference, as a share of the variable's largest value; of balances as it is."""
    size = 1.0 if ours.name in BALANCES else float(np.abs(ours).max())
    return float(np.abs(ours.to_numpy() - theirs).max()) / (size if size > 0 else 1.0)


def test_pysimlin_computes_the_same_to_a_billionth(county: Model, run: xr.Dataset) -> None:
    simlin = pytest.importorskip("simlin", reason="pysimlin has no wheel for Windows")
    simulation = simlin.load(str(county.path)).simulate()
    simulation.run_to_end()
    compared = 0
    for name in simulation.get_var_names():
        variable, _, subscript = name.partition("[")
        if variable not in run:
            continue
        ours = run[variable]
        if subscript:
            spelled = {s.lower(): s for s in ours[ours.dims[0]].to_numpy()}
            ours = ours.sel({ours.dims[0]: spelled[subscript.rstrip("]").lower()]})
        assert farthest(ours, np.asarray(simulation.get_series(name))) < 1e-9, name
        compared += 1
    assert compared > 800


def test_pysd_computes_the_same_to_a_billionth(county: Model, run: xr.Dataset) -> None:
    reference = sc.simulate(county, backend="reference")
    differences = {key: farthest(run[key], reference[key].to_numpy()) for key in county.variables}
    assert max(differences.values()) < 1e-9, max(differences, key=differences.__getitem__)


def test_people_land_cash_and_equity_balance_at_every_step(run: xr.Dataset) -> None:
    for balance in BALANCES:
        assert float(np.abs(run[balance]).max()) < 1e-9


def test_five_percent_on_every_constant_breaks_nothing(county: Model, neighbours: xr.Dataset) -> None:
    assert not neighbours["failed"].any()
    for key in county.variables:
        assert np.isfinite(neighbours[key]).all(), key
    for balance in BALANCES:
        assert float(np.abs(neighbours[balance]).max()) < 1e-9
    for stock in {s.about.key for s in county.graph.stocks}:
        assert float(neighbours[stock].min()) >= 0.0, stock


def test_the_county_starts_from_the_census_of_2020(run: xr.Dataset) -> None:
    start = run.sel(time=2020)
    assert float(start["total_population"]) == pytest.approx(453_106, abs=0.5)
    assert float(start["urban_population"]) == pytest.approx(318_780, abs=0.5)
    assert float(start["urbanisation_rate"]) == pytest.approx(318_780 / 453_106)


def test_every_constant_says_what_it_is_and_where_it_comes_from(county: Model) -> None:
    for constant in county.constants.values():
        about = constant.about
        assert about.label != about.name, f"{constant.key} has no Chinese label"
        assert about.unit, constant.key
        assert about.source.startswith(("source:", "assumption:")), constant.key


def test_no_key_of_the_model_stands_in_python(county: Model) -> None:
    """The model file is the only list of variables; the package never names a lever or a stock."""
    import simcounty

    home = county.path.parents[1] / "simcounty"
    home = home if home.is_dir() else type(county.path)(simcounty.__file__).parent
    text = "\n".join(f.read_text("utf-8") for f in home.rglob("*.py"))
    code = "\n".join(line for line in text.splitlines() if ">>>" not in line)
    stocks = {s.about.key for s in county.graph.stocks}
    levers = {c.about.key for c in county.graph.constants if c.about.group.endswith("levers")}
    assert levers
    assert [key for key in sorted(stocks | levers) if f'"{key}"' in code] == []
