"""The county model: what independent engines, the census and its own balances say of it."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

import simcounty as sc
from simcounty.catalog import MODEL, find
from simcounty.model import Model
from simcounty.model.graph import Constant
from simcounty.scenario import Scenario, Span

BALANCES = ("check_population", "check_land", "check_cash", "check_equity")


@pytest.fixture(scope="module")
def county() -> Model:
    return sc.load_model(find(MODEL, "county"))


@pytest.fixture(scope="module")
def run(county: Model) -> xr.Dataset:
    return sc.simulate(county)


@pytest.fixture(scope="module")
def reference(county: Model) -> xr.Dataset:
    """The same by PySD, which is slow, past the switches of 2025 and 2026; `validate` runs it to the end."""
    return sc.simulate(Scenario("", "", county, Span(2020, 2027)), backend="reference")


def within_range(constant: Constant, share: float) -> tuple[float, float]:
    """Return the values up to a share away from a constant's own that the model file allows it."""
    around = sorted(((1 - share) * constant.value, (1 + share) * constant.value))
    low, high = (-np.inf if constant.range[0] is None else constant.range[0]), constant.range[1]
    return max(around[0], low), min(around[1], np.inf if high is None else high)


@pytest.fixture(scope="module")
def neighbours(county: Model) -> xr.Dataset:
    """300 members, every constant up to 5 % away from its value at once, inside its own range."""
    ranges = {key: within_range(c, 0.05) for key, c in county.constants.items() if c.value}
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
            for dim, element in zip(ours.dims, subscript.rstrip("]").split(","), strict=False):
                spelled = {s.lower(): s for s in ours[dim].to_numpy()}
                ours = ours.sel({dim: spelled[element.strip().lower()]})
        assert farthest(ours, np.asarray(simulation.get_series(name))) < 1e-9, name
        compared += 1
    assert compared > 800


def test_pysd_computes_the_same_to_a_billionth(county: Model, run: xr.Dataset, reference: xr.Dataset) -> None:
    ours = run.sel(time=reference.time)
    differences = {key: farthest(ours[key], reference[key].to_numpy()) for key in county.variables}
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


def test_no_stock_falls_below_zero_unless_its_range_allows_it(county: Model, neighbours: xr.Dataset) -> None:
    allowed = {s.about.key: min(0.0, s.range[0] or 0.0) for s in county.graph.stocks}
    for stock, least in allowed.items():
        assert float(neighbours[stock].min()) >= least, stock


def test_the_county_starts_from_the_census_of_2020(run: xr.Dataset) -> None:
    start = run.sel(time=2020)
    assert float(start["total_population"]) == pytest.approx(453_106, abs=0.5)
    assert float(start["urban_population"]) == pytest.approx(318_780, abs=0.5)
    assert float(start["urbanisation_rate"]) == pytest.approx(318_780 / 453_106)


def test_age_groups_start_near_the_census_and_groups_of_people_on_it(county: Model, run: xr.Dataset) -> None:
    people = run["population"].sel(time=2020)
    for age in people["age"].to_numpy():
        counted = county.constants[f"initial_residents_by_age[{age}]"].value
        assert float(people.sel(age=age).sum()) == pytest.approx(counted, rel=0.0025), age
    shares = run["initial_group_share"].sel(time=2020)
    assert float(shares.sum()) == pytest.approx(1.0, abs=1e-12)
    assert people.sum("age").to_numpy() == pytest.approx(453_106 * shares.to_numpy(), rel=1e-12)


def test_residents_change_by_births_deaths_and_moves_over_the_border_alone(run: xr.Dataset) -> None:
    step = run["time"].diff("time").to_numpy()
    gained = run["births"].sum("group") - run["deaths"] + run["arrivals"].sum(["group", "age"])
    gained -= run["departures"].sum("group")
    changed = run["total_population"].diff("time").to_numpy() / step
    assert changed == pytest.approx(gained.to_numpy()[:-1], abs=1e-6)


def test_moves_between_groups_add_to_nothing(run: xr.Dataset) -> None:
    moves = run["group_moves"]
    assert float(np.abs(moves.sum("group")).max()) <= 1e-12 * float(np.abs(moves).max())


def test_land_changes_its_use_and_never_its_area(run: xr.Dataset) -> None:
    area = run["arable_land"] + run["other_land"] + run["village_land"] + run["urban_land"].sum("land_use")
    assert area.to_numpy() == pytest.approx(float(area[0]), rel=1e-12)


def test_the_budget_of_the_start_is_in_balance_but_for_what_levers_move(run: xr.Dataset) -> None:
    start = run.sel(time=2020)
    spent = start["operations_due"] + start["general_claim"].sel(general_line="interest")
    spent += start["general_capex"]
    received = start["general_revenue"] - start["settlement_reward"] - start["cooperation_fund"]
    assert float(received) == pytest.approx(float(spent), rel=1e-12)


def test_every_constant_says_what_it_is_and_where_it_comes_from(county: Model) -> None:
    for constant in county.constants.values():
        about = constant.about
        assert about.label != about.name, f"{constant.key} has no Chinese label"
        assert about.unit, constant.key
        assert about.source.startswith(("source:", "assumption:")), constant.key


def test_every_variable_is_explained_in_both_languages(county: Model) -> None:
    for key, (first, *_) in county.graph.variables.items():
        about = first.about
        if about.hidden:
            continue
        assert about.explanation.endswith("."), key
        assert about.explanation_zh.endswith("。"), key
        assert not re.search(r"[A-Za-z]{5,}", about.explanation_zh.replace("REITs", "")), key


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


@pytest.mark.parametrize("name", ["fuping", "qishan", "wugong", "sanyuan", "chunan"])
def test_no_county_grows_rich_by_converting_no_land(name: str) -> None:
    """As the second review found of poor counties: their treasuries gained where new land was forbidden."""
    baseline = sc.load(f"{name}/baseline")
    run = sc.simulate([baseline, baseline.replace({"plan_quota": 0.0})])
    with_quota, without = (run.isel(scenario=i).sel(time=slice(2023, 2035)) for i in (0, 1))
    for key in ("gdp", "general_revenue"):
        assert (without[key] < with_quota[key]).all(), key
    for key in ("public_investment", "net_land_revenue"):  # of single years some gain up to a hundredth
        assert without[key].sum() < with_quota[key].sum(), key
