"""Calibrations against integrals worked out by hand; what they refuse; what their draws do in a sweep."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from calibrating import town_after, towns_with, villages
from scipy import stats

import simcounty as sc
from simcounty.calibration import load_log_posterior
from simcounty.calibration.holdout import SCORES, loss_difference, score_forecast
from simcounty.errors import InputError, ScenarioError
from simcounty.files import save

ERROR = 0.002  # of [quality] census, in logarithms
SPREAD = "spread = 1.0"


@pytest.fixture(scope="module")
def towns() -> dict[str, float]:
    return towns_with([0.06] * 6, noise=ERROR)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory, towns: dict[str, float]) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("villages")
    provinces = dict.fromkeys(towns, "甲省")
    return sc.calibrate(
        file=villages(folder, towns, province=provinces), options=sc.CalibrationOptions(steps=60, walkers=40)
    )


def posterior_by_hand(towns: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of the moving rate, by adding up prior times likelihood on a fine grid."""
    rates = np.linspace(1e-4, 0.2, 20_001)
    prior = stats.truncnorm(-0.05 / 0.03, 0.15 / 0.03, 0.05, 0.03).logpdf(rates)
    said = np.log(town_after(rates))
    misfit = sum(-0.5 * ((np.log(town) - said) / ERROR) ** 2 for town in towns)
    weight = np.exp(prior + misfit - (prior + misfit).max())
    weight /= weight.sum()
    mean = float((weight * rates).sum())
    return mean, float(np.sqrt((weight * (rates - mean) ** 2).sum()))


def test_the_draws_have_the_mean_and_spread_that_integration_gives(
    fitted: xr.Dataset, towns: dict[str, float]
) -> None:
    mean, sd = posterior_by_hand(list(towns.values()))
    rate = fitted.sel(coordinate="moving_rate")
    assert float(rate["mean"]) == pytest.approx(mean, abs=0.1 * sd)
    assert float(rate["sd"]) == pytest.approx(sd, rel=0.1)
    assert float(rate.map_estimate) == pytest.approx(mean, abs=0.1 * sd)


def test_points_far_outside_the_prior_are_never_run(tmp_path: Path, towns: dict[str, float]) -> None:
    log_posterior = load_log_posterior(villages(tmp_path, towns))
    assert np.isneginf(log_posterior.evaluate(np.array([[9.0], [-9.0], [np.nan]]))).all()


def test_contraction_is_what_the_data_took_of_the_priors_variance(
    fitted: xr.Dataset, towns: dict[str, float]
) -> None:
    _, sd = posterior_by_hand(list(towns.values()))
    before = stats.truncnorm(-0.05 / 0.03, 0.15 / 0.03, 0.05, 0.03).std()
    rate = fitted.sel(coordinate="moving_rate")
    assert float(rate.prior_sd) == pytest.approx(before, rel=0.01)
    assert float(rate.contraction) == pytest.approx(1 - (sd / before) ** 2, abs=0.01)
    assert bool(rate.informed)
    assert not bool(rate.at_low | rate.at_high)


def test_draws_that_agree_are_said_to(fitted: xr.Dataset) -> None:
    assert float(fitted.r_hat.max()) < 1.05
    assert float(fitted.effective_draws.min()) > 400
    assert bool(fitted.converged.all())


def test_the_same_seed_gives_the_same_posterior(tmp_path: Path, towns: dict[str, float]) -> None:
    file = villages(tmp_path, towns)
    one, again, other = (
        sc.calibrate(file=file, options=sc.CalibrationOptions(steps=20, seed=seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one.draws, again.draws)
    assert not np.array_equal(one.draws, other.draws)


def test_what_data_say_nothing_about_is_said_so(tmp_path: Path, towns: dict[str, float]) -> None:
    more = """
        [parameters.pull_of_reward]
        mean = 0.0001
        sd = 0.00005
        low = 0.0
        high = 0.001
        distribution = "truncated-normal"
        assumption = "no reward is paid, so that the pull of rewards moves nobody"
    """.replace("\n        ", "\n")
    found = sc.calibrate(
        file=villages(tmp_path, towns, more=more), options=sc.CalibrationOptions(steps=60, walkers=40)
    )
    pull = found.sel(coordinate="pull_of_reward")
    assert not bool(pull.informed)
    assert abs(float(pull.contraction)) < 0.1


def test_a_rate_that_data_drive_to_the_end_of_its_prior_is_said_so(tmp_path: Path) -> None:
    found = sc.calibrate(
        file=villages(tmp_path, towns_with([0.25] * 3)), options=sc.CalibrationOptions(steps=30, walkers=20)
    )
    assert bool(found.sel(coordinate="moving_rate").at_high)


def test_villages_that_differ_widen_the_spread_and_keep_each_its_own_rate(tmp_path: Path) -> None:
    rates = [0.03, 0.04, 0.05, 0.06, 0.07, 0.08]
    file = villages(tmp_path, towns_with(rates))
    file.write_text(file.read_text("utf-8").replace("high = 0.2", f"high = 0.2\n{SPREAD}"), "utf-8")
    found = sc.calibrate(file=file, options=sc.CalibrationOptions(steps=60, walkers=40))
    own = found.county_draws.sel(parameter="moving_rate")
    assert own.median("sample").to_numpy() == pytest.approx(rates, rel=0.1)
    unlike = np.ptp(stats.norm.ppf(stats.truncnorm(-5 / 3, 5, 0.05, 0.03).cdf(rates)))
    assert 0.2 * unlike < float(found["median"].sel(coordinate="spread of moving_rate")) < unlike
    low, high = np.quantile(found.other_draws.sel(parameter="moving_rate"), [0.05, 0.95])
    assert low < 0.04, "another village may be like any of them"
    assert high > 0.07


def test_villages_left_out_are_forecast_by_the_others(fitted: xr.Dataset, towns: dict[str, float]) -> None:
    town = fitted.sel(forecast="town-2030")
    ends = np.log(list(towns.values()))
    assert town.forecast_end.sel(rule="constant").to_numpy() == pytest.approx(np.full(6, np.log(1000.0)))
    others = [np.delete(ends, place).mean() for place in range(6)]
    assert town.forecast_end.sel(rule="province").to_numpy() == pytest.approx(others)
    assert town.forecast_end.sel(rule="model").to_numpy() == pytest.approx(
        np.log(town_after(0.06)), abs=0.005
    )
    rmse = town.score.sel(area="", measure="rmse")
    assert float(rmse.sel(rule="model")) < 0.1 * float(rmse.sel(rule="constant"))


def test_theils_shares_tell_a_wrong_mean_from_a_wrong_spread_and_wrong_places() -> None:
    start, came = np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0])
    shares = {
        "theil_bias": score_forecast(start, came, came + 1.0, log=False),
        "theil_variance": score_forecast(start, came, 2 * came - came.mean(), log=False),
        "theil_covariance": score_forecast(start, came, came[[1, 0, 3, 2]], log=False),
    }
    for name, found in shares.items():
        told = dict(zip(SCORES, found, strict=True))
        assert told[name] == pytest.approx(1.0), name
        assert sum(told[each] for each in shares) == pytest.approx(1.0)


def test_errors_are_shares_of_what_came() -> None:
    start, came, said = np.log([100.0, 100.0]), np.log([200.0, 400.0]), np.log([220.0, 360.0])
    found = dict(zip(SCORES, score_forecast(start, came, said, log=True), strict=True))
    assert found["mape"] == pytest.approx(0.1)
    assert found["bias"] == pytest.approx(0.0)


def test_a_rule_is_beaten_only_where_chance_does_not_explain_it() -> None:
    """The t statistic of SciPy, for squared errors in pairs."""
    random = np.random.default_rng(0)
    model, rule = random.normal(size=40), random.normal(size=40)
    assert loss_difference(model, rule) == pytest.approx(stats.ttest_rel(model**2, rule**2).statistic)
    assert loss_difference(0.1 * model, rule) < -2 < 2 < loss_difference(rule, 0.1 * model)


def test_made_up_data_are_found_back(tmp_path: Path, towns: dict[str, float]) -> None:
    found = sc.calibrate(
        file=villages(tmp_path, towns), options=sc.CalibrationOptions(steps=20, folds=0, recovery=4)
    )
    assert int(found.recovery_covered.sum()) >= 2, (
        "of four 90 % intervals; many are counted in the benchmarks"
    )
    assert "score" not in found


# What cannot be fitted


def test_fewer_data_than_free_numbers_are_refused_with_the_advice_to_pool(tmp_path: Path) -> None:
    file = villages(tmp_path, towns_with([0.06]))
    file.write_text(file.read_text("utf-8").replace("high = 0.2", f"high = 0.2\n{SPREAD}"), "utf-8")
    with pytest.raises(InputError, match=r"1 data for 2 free numbers, from 1 counties.* Pool more counties"):
        sc.calibrate(file=file)


def test_an_impossible_observation_is_named_by_file_and_line(tmp_path: Path) -> None:
    towns = {"v0": 1200.0, "v1": -5.0}
    with pytest.raises(ScenarioError, match=r"v1\.csv: line 2: urban_population of 2030 is -5.*Mend the row"):
        sc.calibrate(file=villages(tmp_path, towns))


def test_an_observation_in_a_wrong_unit_is_named_by_file_and_line(tmp_path: Path) -> None:
    file = villages(tmp_path, towns_with([0.06] * 3))
    series = tmp_path / "v1.csv"
    series.write_text(series.read_text("utf-8").replace("person", "yuan"), "utf-8")
    with pytest.raises(ScenarioError, match=r"v1\.csv.*line 2.*yuan"):
        sc.calibrate(file=file)


def test_an_unknown_county_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"v9.*v0"):
        sc.calibrate(["v9"], file=villages(tmp_path, towns_with([0.06] * 3)))


def test_all_that_is_wrong_with_the_numbers_of_draws_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        sc.calibrate(
            file=villages(tmp_path, towns_with([0.06] * 3)),
            options=sc.CalibrationOptions(steps=3, walkers=1, seed=-1, folds=1),
        )
    assert all(f"{name} = " in str(refused.value) for name in ("steps", "walkers", "seed", "folds"))


# Draws in a sweep


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, towns: dict[str, float]) -> Path:
    """A posterior of two parameters, and the villages beside it."""
    folder = tmp_path_factory.mktemp("saved")
    more = """
[parameters.openness]
distribution = "truncated-normal"
mean = 0.5
sd = 0.2
low = 0.05
high = 1.0
assumption = "made up for the tests"
"""
    provinces = dict.fromkeys(towns, "甲省")
    found = sc.calibrate(
        file=villages(folder, towns, province=provinces, more=more),
        options=sc.CalibrationOptions(steps=60, walkers=40, folds=0),
    )
    return save(found, folder / "posterior.nc")


def test_members_draw_whole_rows_so_that_the_ridge_stays(saved: Path) -> None:
    futures = sc.sweep(sc.load(saved.parent / "v0-run.toml"), n=50, uncertainties=saved)
    rows = xr.load_dataset(saved).draws
    known = {tuple(row) for row in rows.sel(coordinate=["moving_rate", "openness"]).values.tolist()}
    assert set(zip(futures.moving_rate.values, futures.openness.values, strict=True)) <= known
    varies = {key: float(futures[key].std() / futures[key].mean()) for key in ("moving_rate", "openness")}
    product = futures.moving_rate * futures.openness
    together = float(product.std() / product.mean())
    assert together < 0.2 * min(varies["moving_rate"], varies["openness"]), "the data tell the product alone"


def test_a_member_is_the_same_however_many_there_are(saved: Path) -> None:
    plan = sc.load(saved.parent / "v0-run.toml")
    few, many = (sc.sweep(plan, n=n, uncertainties=saved) for n in (5, 20))
    assert np.array_equal(few.moving_rate, many.moving_rate[:5])


def test_constants_that_the_posterior_does_not_name_stay_as_uncertain_as_they_were(saved: Path) -> None:
    county = saved.parent / "v1.toml"
    text = county.read_text("utf-8")
    uncertain = '\n[uncertainties.{}]\nlow = 0\nhigh = 0.0005\nassumption = "made up"\n'
    county.write_text(text + uncertain.format("pull_of_reward") + uncertain.format("moving_rate"), "utf-8")
    futures = sc.sweep(sc.load(saved.parent / "v1-run.toml"), n=20, uncertainties=saved)
    assert float(futures.pull_of_reward.std()) > 0
    assert float(futures.moving_rate.min()) > 0.0005, "of the posterior, not of the county file"
    assert json_of(futures.moving_rate) == "posterior"


def json_of(varied: xr.DataArray) -> str:
    return str(json.loads(varied.attrs["distribution"])["distribution"])


def test_a_county_outside_the_provinces_of_the_fit_is_refused(saved: Path, tmp_path: Path) -> None:
    posterior = xr.load_dataset(saved)
    posterior["group"] = ["乙省"]
    posterior["county"] = [f"w{place}" for place in range(posterior.sizes["county"])]
    with pytest.raises(ScenarioError, match=r"was fitted to counties of 乙省; .* lies in 甲省"):
        sc.sweep(
            sc.load(saved.parent / "v0-run.toml"), n=5, uncertainties=save(posterior, tmp_path / "other.nc")
        )


def test_a_posterior_of_another_model_is_refused_with_what_to_do(saved: Path, tmp_path: Path) -> None:
    posterior = xr.load_dataset(saved)
    posterior.attrs["model_hash"] = "0" * 64
    other = save(posterior, tmp_path / "other.nc")
    with pytest.raises(ScenarioError, match=r"village\.mdl 0{12}, but .* Fit again: simcounty calibrate"):
        sc.sweep(sc.load(saved.parent / "v0-run.toml"), n=5, uncertainties=other)


def test_a_constant_that_the_scenario_sets_is_refused(saved: Path) -> None:
    plan = sc.load(saved.parent / "v0-run.toml").replace({"openness": 1.0})
    with pytest.raises(ScenarioError, match=r"openness varies by it, but .* sets it"):
        sc.sweep(plan, n=5, uncertainties=saved)


def test_rows_that_belong_together_fit_no_design_of_independent_inputs(saved: Path) -> None:
    with pytest.raises(ScenarioError, match=r"saltelli needs independent inputs"):
        sc.sweep(sc.load(saved.parent / "v0-run.toml"), n=8, uncertainties=saved, design="saltelli")


def test_a_file_that_is_no_posterior_is_refused(tmp_path: Path, saved: Path) -> None:
    plan = sc.load(saved.parent / "v0-run.toml")
    for file, says in (
        ("none.nc", "no such file"),
        ("text.nc", "was not written by this simcounty"),
        ("changed.nc", "or was changed since"),
        ("run.nc", "no posterior"),
    ):
        if file == "text.nc":
            (tmp_path / file).write_text("no netCDF", "utf-8")
        if file == "changed.nc":
            content = saved.read_bytes()
            (tmp_path / file).write_bytes(content[:900] + b"\xff" + content[901:])
        if file == "run.nc":
            sc.save(sc.simulate(plan), tmp_path / file)
        with pytest.raises(ScenarioError, match=says):
            sc.sweep(plan, n=5, uncertainties=tmp_path / file)


def test_an_edited_model_is_fitted_in_the_place_of_the_counties_own(tmp_path: Path) -> None:
    """Movers twice as quick at the same rate: half the rate fits."""
    file = villages(tmp_path, towns_with([0.06] * 4))
    edited = tmp_path / "edited.mdl"
    text = (tmp_path / "village.mdl").read_text("utf-8")
    edited.write_text(
        text.replace("rural population*moving rate*", "rural population*2*moving rate*"), "utf-8"
    )
    found = sc.calibrate(
        file=file, model=edited, options=sc.CalibrationOptions(steps=30, walkers=20, folds=0)
    )
    assert float(found.map_estimate.sel(coordinate="moving_rate")) == pytest.approx(0.03, rel=0.05)
    assert found.attrs["model_hash"] == sc.load_model(edited).hash
