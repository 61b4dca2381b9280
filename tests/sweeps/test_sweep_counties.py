"""A member is a county with a draw: each county runs as it does alone, however the work is cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from conftest import Inside
from sweeping import VILLAGE, await_change, done, same, started

import simcounty as sc
from simcounty.accounts.census import units_of
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.errors import InputError, SimcountyError
from simcounty.sweeps import store
from simcounty.sweeps.futures import ERRORS

PLACE, N = "6105", 3  # 渭南市: 11 counties
KEEP = ["real_gdp", "urbanisation_rate"]


def swept(**options: Any) -> xr.Dataset:
    return sc.sweep(sc.load("tonglu/baseline"), N, counties=PLACE, keep=KEEP, **options)


@pytest.fixture(scope="module")
def futures() -> xr.Dataset:
    return swept()


def test_every_county_has_every_draw(futures: xr.Dataset) -> None:
    codes = [unit.code for unit in units_of(PLACE)]
    assert futures.county.values.tolist() == [code for code in codes for _ in range(N)]
    assert futures.draw.values.tolist() == [*range(N)] * len(codes)
    assert futures.county_name.sel(counties="610582").item() == "陕西省 渭南市 华阴市"
    behaviour = futures.choice_sharpness.values.reshape(len(codes), N)
    assert (behaviour == behaviour[0]).all()


@pytest.mark.parametrize("place", [0, 7, 10])
def test_a_county_runs_among_others_as_it_does_alone(futures: xr.Dataset, place: int) -> None:
    """By itself it has the distributions that `simcounty new` writes into its file."""
    scenario = baseline_of(new_counties(units_of(PLACE))[place])
    alone = sc.sweep(scenario, N, keep=KEEP)
    part = futures.isel(member=futures.county.values == scenario.county.code)
    for key in (*KEEP, *json.loads(alone.attrs["inputs"])):
        assert np.array_equal(part[key].values, alone[key].values), key


@pytest.mark.parametrize("design", ["lhs", "sobol"])
@pytest.mark.filterwarnings("ignore")
def test_other_designs_give_every_county_the_same_draws(design: str) -> None:
    futures = sc.sweep(sc.load("tonglu/baseline"), 4, counties="61058", keep=KEEP, design=design)
    drawn = futures.forward_inflation.values.reshape(-1, 4)
    assert len(np.unique(drawn[0])) == 4
    assert (drawn == drawn[0]).all()


@pytest.mark.parametrize("chunk", [1, 2, 8])
def test_how_the_members_are_cut_leaves_the_numbers_as_they_are(
    futures: xr.Dataset, tmp_path: Path, chunk: int
) -> None:
    """A chunk may hold a part of a county, end within one, or hold several."""
    stored = swept(out=tmp_path, chunk=chunk).load()
    assert set(stored.coords) == set(futures.coords)
    for key in futures.variables:
        assert np.array_equal(stored[key].values, futures[key].values), key


def test_shares_and_quantiles_by_county_are_plain_xarray(futures: xr.Dataset) -> None:
    rate = futures.urbanisation_rate.sel(time=2035).isel(scenario=0)
    share = (rate >= 0.6).groupby("county").mean()
    first = rate.isel(member=slice(N)).values
    assert share.sel(county="610502") == np.mean(first >= 0.6)
    middle = rate.groupby("county").quantile(0.5)
    assert middle.sel(county="610502") == np.quantile(first, 0.5)


def test_counties_with_the_same_draws_have_no_standard_error(futures: xr.Dataset) -> None:
    """Two counties in one draw are not two draws; a county by itself has an error."""
    assert futures.attrs["design"] == "counties x random"
    assert ERRORS.get(futures.attrs["design"], "grid") == "grid"


def test_the_command_runs_a_province(inside: Inside, tmp_path: Path) -> None:
    arguments = ("--counties", "海南省", "-n", "2", "--out", str(tmp_path / "out"), "--keep", "real_gdp")
    ran = inside("sweep", "tonglu/baseline", *arguments)
    assert ran.code == 0, ran.err
    units = units_of("海南省")
    assert f"({2 * len(units)} members" in ran.err
    stored = sc.open_sweep(tmp_path / "out")
    assert stored.counties.values.tolist() == [unit.code for unit in units]
    assert np.isfinite(stored.real_gdp.values).all()


def test_a_killed_sweep_of_a_province_goes_on_to_the_same_end(tmp_path: Path) -> None:
    arguments = ("sweep", "tonglu/baseline", "--counties", "宁夏回族自治区", "-n", "2", "--chunk", "4")
    writer = started(*arguments, "--out", str(tmp_path / "killed"))
    await_change(tmp_path / "killed" / store.FOLDER, 0, writer)
    await_change(
        tmp_path / "killed" / store.FOLDER / store.SEAL,
        (tmp_path / "killed" / store.FOLDER / store.SEAL).stat().st_mtime_ns,
        writer,
    )
    writer.kill()
    writer.communicate()
    before = sc.open_sweep(tmp_path / "killed").sizes["member"]
    assert 0 < before < 22 * 2
    again = done(*arguments, "--out", str(tmp_path / "killed"), "--resume")
    assert again.returncode == 0, again.stderr
    assert f"({44 - before} members" in again.stderr
    assert done(*arguments, "--out", str(tmp_path / "whole")).returncode == 0
    killed, whole = (sc.open_sweep(tmp_path / name).load() for name in ("killed", "whole"))
    assert same(killed, whole)
    assert len(set(whole.county.values)) == 22
    assert whole.attrs["county"] == "宁夏回族自治区各县"


def test_a_lever_that_is_a_fraction_is_the_same_for_every_county() -> None:
    base = sc.load("tonglu/baseline")
    open_, shut = (base.replace(hukou_openness=value) for value in ("100 %", "60 %"))
    ranges = {"forward_inflation": ("0 %", "2 %")}
    rates = [
        sc.sweep(each, 2, ranges, counties="61058", keep=KEEP).urbanisation_rate.sel(time=2035)
        for each in (open_, shut)
    ]
    assert (rates[0].values > rates[1].values).all()


@pytest.mark.parametrize(
    ("scenario", "options", "said"),
    [
        ("tonglu/baseline", {"counties": "浙江"}, "Did you mean '浙江省'?"),
        ("tonglu/baseline", {"counties": "99"}, "or 全国"),
        (
            "tonglu/baseline",
            {"vary": {"arrival_rate": (0.02, 0.03)}},
            "arrival_rate: differs from county to county",
        ),
        ("tonglu/baseline", {"design": "saltelli"}, "counties need random, lhs, sobol or a table"),
        ("tonglu/plan-2027", {}, "special_grants: differs from county to county"),
        ("tonglu/from-2010", {}, "from-2010"),
        (str(VILLAGE / "plan.toml"), {}, "need the model of tonglu/baseline"),
    ],
)
def test_what_means_nothing_for_every_county_is_refused(
    scenario: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(SimcountyError) as refused:
        sc.sweep(sc.load(scenario), 4, **{"counties": PLACE, **options})
    assert isinstance(refused.value, InputError)
    assert said in str(refused.value)
