"""Futures of a region: counties share what is common to them, are closed, and are taken together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from counties.test_region_run import CLOSURE, POLICY, region

import simcounty as sc
from simcounty.counties.region import Region
from simcounty.errors import ScenarioError
from simcounty.model_error import ErrorModel, fitted_error_model
from simcounty.model_error.futures import with_errors
from simcounty.model_error.growth import Growth
from simcounty.model_error.observations import Observations
from simcounty.model_error.process import ErrorProcess, Observed
from simcounty.scenario import Target
from simcounty.sweeps.futures import target_values
from simcounty.sweeps.probabilities import bands
from simcounty.sweeps.region_draws import region_draws
from simcounty.sweeps.region_values import Together, side_by_side, values_in
from simcounty.sweeps.weights import weights_of

ROOT = Path(__file__).parents[2]
N, SEED = 300, 5
CLAUSES = """
title = "Two numbers of one county, asked of it alone and of all counties of the region"
document = "d"
status = "s"
issued = 2023-01-10
first_day = 2023-01-10
source = "made up for the tests"

[delivery]
fraction = { low = 0.5, high = 1.0, assumption = "made up" }
delay = { low = 0.0, high = 2.0, unit = "year", assumption = "made up" }

[[clause]]
number = "1"
summary = "People settle freely."

[[clause.lever]]
key = "hukou_openness"
setting = 1.0

[[clause.target]]
name = "gdp-alone"
variable = "gdp"
operator = ">="
goal = "600 亿元"
year = 2027
measure = "year"

[[clause.target]]
name = "share-alone"
variable = "urbanisation_rate"
operator = ">="
goal = "75 %"
year = 2027

[[clause.target]]
name = "gdp-together"
scope = "here"
across = "sum"
variable = "gdp"
operator = ">="
goal = "600 亿元"
year = 2027
measure = "year"

[[clause.target]]
name = "share-together"
scope = "here"
across = "mean"
weight = "total_population"
variable = "urbanisation_rate"
operator = ">="
goal = "75 %"
year = 2027
"""
FREE = """
[uncertainties.moving_rate]
low = 0.01
high = 0.03
assumption = "made up"

[uncertainties.pull_of_reward]
low = 0.00005
high = 0.00015
assumption = "made up"
"""


def of_one_county(folder: Path) -> Region:
    (folder / "policy.toml").write_text(CLAUSES, "utf-8")
    (folder / "one.toml").write_text(
        f'title = "one"\ncounty = "{ROOT}/scenarios/counties/tonglu.toml"\n'
        f'model = "{ROOT}/models/county.mdl"\n'
        'policies = ["policy.toml"]\nyears = [2020, 2030]\nheadline = ["gdp"]\n',
        "utf-8",
    )
    path = folder / "here.toml"
    path.write_text('title = "here"\nmembers = ["one.toml"]\nscopes = ["here"]\n', "utf-8")
    return sc.load_region(path)


def of_villages(folder: Path, closure: str = "", own: str = "") -> Region:
    made = region(folder, closure)
    (folder / "policy.toml").write_text(POLICY.replace("[[clause]]", f"{FREE}\n[[clause]]", 1), "utf-8")
    made.path.write_text(made.path.read_text("utf-8").replace("scopes", f"{own}\nscopes"), "utf-8")
    return sc.load_region(made.path)


@pytest.fixture(scope="module")
def hangzhou() -> Region:
    return sc.load_region("hangzhou/plan-2027")


def test_a_region_of_one_county_has_the_futures_of_this_county(tmp_path: Path) -> None:
    """With figures since the start, their weights, the model error and the delivery of its policy."""
    here = of_one_county(tmp_path)
    plan = here.scenarios[0]
    alone, together = sc.sweep(plan, N, seed=SEED), sc.sweep_region(here, N, seed=SEED)
    targets = {each.name: each for each in plan.targets}
    for name in ("gdp", "share"):
        own = target_values(alone, plan.name, targets[f"{name}-alone"])
        assert together[f"{name}-together"].sel(time=2027).values[0] == pytest.approx(own, rel=1e-12)
    one, other = weights_of(alone), weights_of(together)
    assert one is not None
    assert other is not None
    assert np.array_equal(one.values, other.values)
    said, of_region = sc.summary(alone).isel(scenario=0), sc.summary(together).isel(scenario=0)
    for name in ("gdp", "share"):
        for field in ("probability", "standard_error"):
            expected = float(said[field].sel(target=f"{name}-alone"))
            assert float(of_region[field].sel(target=f"{name}-together")) == pytest.approx(
                expected, abs=1e-12
            )
        width = said.width.sel(target=f"{name}-alone").values
        assert of_region.width.sel(target=f"{name}-together").values == pytest.approx(width, abs=0.05)


def made_up(own: float, shared: float) -> ErrorModel:
    """Errors of GDP alone that walk at random, nearly normal, with these deviations a year."""
    fitted = fitted_error_model()
    place, size = fitted.outcomes.index("gdp"), len(fitted.outcomes)
    one = np.zeros((size, size))
    one[place, place] = 1.0
    walks = (Growth(),) * size
    return replace(
        fitted,
        county=own**2 * one,
        province=shared**2 * one,
        county_growth=walks,
        province_growth=walks,
        tails=1e6,
    )


def processes(made: ErrorModel, **observed: Observed) -> tuple[ErrorProcess, ...]:
    drift = np.zeros(len(made.outcomes))
    return tuple(
        ErrorProcess(made, 2020, (2021, 2022), drift, place, "省", observed.get(place, Observed()))
        for place in ("a", "b")
    )


def counties_of(levels: tuple[float, float], draws: int) -> xr.Dataset:
    """Runs of two counties, one after another: GDP of each, people, and half of them in towns."""
    gdp = np.repeat(np.array(levels), draws)[:, None] * np.ones(3)
    people = np.repeat(np.array([10.0, 30.0]), draws)[:, None] * np.ones(3)
    about = {"units": "YiYuan"}
    values = {"real_gdp": gdp, "total_population": people, "urbanisation_rate": 0.5 + 0 * people}
    variables = {key: (("member", "time"), each, about) for key, each in values.items()}
    return xr.Dataset(variables, {"time": [2020.0, 2021.0, 2022.0]})


def test_a_sum_varies_by_what_counties_have_apart_and_what_they_share() -> None:
    """Two years of 0.03 apart and 0.02 in common on 100 and 300: by hand,
    2 · (0.03² · (100² + 300²) + 0.02² · (100 + 300)²) = 2 · (90 + 64) = 308."""
    draws = 20_000
    both = np.concatenate([each.draw(range(draws), seed=1) for each in processes(made_up(0.03, 0.02))])
    model = sc.load("tonglu/baseline").model
    run = side_by_side(with_errors(counties_of((100.0, 300.0), draws), both, model), 2)
    total = Target("sum", "real_gdp", ">=", 1.0, "YiYuan", 2022, across="sum")
    values = values_in(run, Together(total, (0, 1)), [2020, 2022])
    assert values[:, 0] == pytest.approx(np.full(draws, 400.0))
    assert values[:, 1].var() == pytest.approx(308.0, rel=0.04)


def test_shares_of_people_are_added_up_as_people_after_errors() -> None:
    """A logit of +1 on one of two halves: (10 · e/(1 + e) + 30 · 1/2) / 40."""
    errors = np.zeros((2, len(fitted_error_model().outcomes), 2))
    errors[0, fitted_error_model().outcomes.index("urbanisation_rate")] = 1.0
    run = side_by_side(with_errors(counties_of((1.0, 1.0), 1), errors, sc.load("tonglu/baseline").model), 2)
    share = Target(
        "s", "urbanisation_rate", ">=", 1.0, "YiYuan", 2022, across="mean", weight="total_population"
    )
    by_hand = (10 * np.e / (1 + np.e) + 15) / 40
    assert values_in(run, Together(share, (0, 1)), [2022])[0, 0] == pytest.approx(by_hand)


def test_a_figure_of_one_county_tells_others_of_its_province_what_they_share() -> None:
    """Of a miss of 0.1 the county takes (a² + p² + b²) and the other b² of a² + p² + b² + σ², by hand."""
    own, shared, noise, spread = 0.03, 0.02, 0.01, 0.04
    place = fitted_error_model().outcomes.index("gdp")
    seen = Observed(np.array([place]), np.array([2021]), np.array([0.1]), np.array([noise]))
    two = processes(made_up(own, shared), a=seen)
    nothing = [np.zeros((1, len(two[0].drift), 2))] * 2
    foretold = [np.zeros((1, 1)), np.zeros((1, 0))]
    for extra in (0.0, spread):
        total = own**2 + extra**2 + shared**2 + noise**2
        apart = np.zeros((len(two[0].drift) * 2, 1))
        apart[place * 2 : place * 2 + 2] = extra**2
        runs = (apart, np.zeros((len(apart), 0))) if extra else ()
        (one, other), logs = Observations(two, runs).bring(nothing, foretold)
        gained = 0.1 * (own**2 + extra**2 + shared**2) / total
        assert one[0, place] == pytest.approx([gained, gained], rel=1e-4)
        assert other[0, place] == pytest.approx(np.full(2, 0.1 * shared**2 / total), rel=1e-4)
        assert logs[0] == pytest.approx(-0.5 * 0.1**2 / total, rel=1e-4)


def test_nothing_depends_on_how_the_work_is_split(hangzhou: Region) -> None:
    both = [hangzhou, hangzhou.baseline]
    at_once = sc.sweep_region(both, 12, seed=SEED)
    for other in (
        sc.sweep_region(both, 12, seed=SEED, chunk=5, cores=1),
        sc.sweep_region(both, 11, seed=SEED),
    ):
        few = at_once.isel(member=slice(0, other.sizes["member"]))
        for key in (*few.data_vars, *few.coords):
            assert np.array_equal(few[key].values, other[key].values, equal_nan=few[key].dtype.kind == "f"), (
                key
            )


def test_counties_share_what_is_common_and_draw_what_is_their_own(hangzhou: Region) -> None:
    draws = region_draws(hangzhou, 50, SEED)
    one, other = (draws.of_county(place, range(50)) for place in (0, 1))
    assert np.array_equal(one["forward_inflation"], other["forward_inflation"])
    assert np.array_equal(draws.common(range(50))["forward_inflation"], one["forward_inflation"])
    own = one.keys() & other.keys() - draws.shared.keys()
    assert "base_productivity_growth" in own
    assert len(own) > 10
    assert max(abs(np.corrcoef(one[key], other[key])[0, 1]) for key in own) < 0.6


def test_every_future_is_closed_and_plan_and_baseline_keep_their_draws(tmp_path: Path) -> None:
    made = of_villages(tmp_path, CLOSURE.format(total=2600), 'own = ["moving_rate"]')
    futures = sc.sweep_region([made, made.baseline], 40, seed=SEED)
    assert futures["town-dwellers-2030"].sel(time=2030).values == pytest.approx(2600.0, abs=0.01)
    assert futures.closure_factor.std() > 0.05
    moved = futures["town-dwellers-2030"].sel(time=2023).values
    assert not np.allclose(moved[0], moved[1])  # each is closed for itself
    alone = sc.sweep_region(made, 40, seed=SEED)
    assert np.array_equal(alone["town-dwellers-2030"].values[0], futures["town-dwellers-2030"].values[0])
    opened = sc.sweep_region([replace(each, closure=None) for each in (made, made.baseline)], 40, seed=SEED)
    before = opened["town-dwellers-2030"].sel(time=2022).values  # the policy begins in 2023
    assert np.array_equal(before[0], before[1])


def test_closed_futures_do_not_depend_on_how_they_are_split(tmp_path: Path) -> None:
    made = of_villages(tmp_path, CLOSURE.format(total=2600), 'own = ["moving_rate"]')
    at_once, split = (sc.sweep_region(made, 20, seed=SEED, chunk=each) for each in (20, 3))
    assert np.array_equal(at_once.closure_factor.values, split.closure_factor.values)
    assert np.array_equal(at_once["large-2030"].values, split["large-2030"].values)


def test_a_future_that_no_factor_closes_fails_and_meets_nothing(tmp_path: Path) -> None:
    """1,500 of 4,000 move in ten years at 4.7 % a year: beyond four times 0.7 of a rate below 1.7 %."""
    made = of_villages(tmp_path, CLOSURE.format(total=3500))
    futures = sc.sweep_region(made, 200, seed=SEED)
    failed = futures.failed.values[0]
    assert 0.2 < failed.mean() < 0.6
    slow = futures.moving_rate.values[failed].mean()
    assert slow < futures.moving_rate.values[~failed].mean()
    assert np.isnan(futures["large-2030"].values[0][failed]).all()
    assert np.isnan(futures.closure_factor.values[0][failed]).all()
    found = sc.summary(futures).isel(scenario=0)
    assert found.failed.item() == failed.sum()
    assert float(found.probability.sel(target="large-2030")) == pytest.approx(1 - failed.mean())


def test_draws_of_its_own_narrow_a_sum_of_counties(tmp_path: Path) -> None:
    """Moving rates apart: the deviations of 1000 and 3000 people add up as √(1 + 9) instead of 1 + 3."""
    shared = sc.sweep_region(of_villages(tmp_path).baseline, 2000, seed=SEED)
    apart = sc.sweep_region(of_villages(tmp_path, own='own = ["moving_rate"]').baseline, 2000, seed=SEED)
    wide, narrow = (float(each["town-dwellers-2030"].sel(time=2030).std()) for each in (shared, apart))
    assert narrow / wide == pytest.approx(np.sqrt(10) / 4, rel=0.06)


def test_without_targets_the_headline_is_added_up_and_the_town_share_weighted() -> None:
    three = sc.load_region("hangzhou/plan-2027")
    scenarios = tuple(replace(each, policies=(), levers={}) for each in three.scenarios)
    none = replace(three, scenarios=scenarios, weights={"urbanisation_rate": "total_population"})
    made = sc.sweep_region(none, 30, seed=SEED)
    assert {"gdp", "urbanisation_rate", "total_population"} <= set(made.data_vars)
    assert "income_ratio" not in made
    share = bands(made, ["urbanisation_rate"]).urbanisation_rate
    assert ((share > 0.4) & (share < 0.9)).all()
    assert float(made.gdp.sel(time=2021).min()) > 500  # 桐庐 alone makes 400 亿


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ('own = ["reward"]', "own, reward: no county says how uncertain it is"),
        ('own = ["moving"]', "own, moving: .*Did you mean"),
        ('weights = { urban_share = "people" }', "weights, urban_share"),
    ],
)
def test_what_a_region_says_of_its_futures_is_checked(tmp_path: Path, own: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        of_villages(tmp_path, own=own)


def test_what_cannot_have_futures_says_why(tmp_path: Path) -> None:
    made = region(tmp_path)
    with pytest.raises(ScenarioError, match="nothing varies: neither its counties nor their policies"):
        sc.sweep_region(made, 10)
    free = of_villages(tmp_path)
    with pytest.raises(ScenarioError, match="a region stands twice"):
        sc.sweep_region([free, free], 10)
    with pytest.raises(ScenarioError, match="n = 0: a whole number"):
        sc.sweep_region(free, 0)
    with pytest.raises(ScenarioError, match="chunk = 0"):
        sc.sweep_region(free, 1, chunk=0)
