"""`simcounty calibrate`: villages worked out by hand, and real counties."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import xarray as xr
from calibrating import towns_with, villages
from running import run_in

import simcounty as sc
from simcounty.calibration import load_log_posterior

from .conftest import Command

RATE = 0.06
FAST = ("--steps", "30", "--walkers", "20")


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("villages")
    file = villages(folder, towns_with([RATE] * 4), province={f"v{i}": "甲省" for i in range(4)})
    ran = run_in(
        folder,
        "calibrate",
        "--file",
        str(file),
        *FAST,
        "--save",
        "posterior.nc",
        "--out",
        "there",
        "--lang",
        "zh",
    )
    assert ran.returncode == 0, ran.stderr
    return folder, ran.stdout


def test_it_prints_posterior_fit_and_forecasts(village: tuple[Path, str]) -> None:
    told = village[1]
    assert "小村校准：4 个县，4 个数据，1 个待估数；2020 至 2030 年末。" in told
    assert "进城率" in told
    assert "城镇人口，全部：模型" in told


def test_its_figures_and_posterior_lie_where_they_were_asked_for(village: tuple[Path, str]) -> None:
    folder = village[0]
    names = {file.name for file in (folder / "there").iterdir()}
    assert names == {f"{name}.{kind}" for name in ("posterior", "holdout") for kind in ("png", "svg", "pdf")}
    posterior = xr.load_dataset(folder / "posterior.nc")
    rate = posterior.sel(coordinate="moving_rate")
    assert float(rate.q05) < RATE < float(rate.q95)


def test_its_posterior_is_what_is_uncertain_in_a_sweep(village: tuple[Path, str]) -> None:
    folder = village[0]
    ran = run_in(
        folder, "sweep", "v0-run.toml", "-n", "40", "--uncertainties", "posterior.nc", "--out", "futures"
    )
    assert ran.returncode == 0, ran.stderr
    futures = sc.open_sweep(folder / "futures")
    assert abs(float(futures.moving_rate.mean()) - RATE) < 0.005


def test_json_tells_the_same(simcounty: Command, tmp_path: Path) -> None:
    file = villages(tmp_path, towns_with([RATE] * 4))
    told = json.loads(
        simcounty("calibrate", "v0", "v1", "v2", "v3", "--file", str(file), *FAST, "--json").stdout
    )
    assert [each["name"] for each in told["parameters"]] == ["moving_rate"]
    assert told["parameters"][0]["median"] == pytest.approx(RATE, abs=0.005)
    assert {each["rule"] for each in told["holdout"]} == {"model", "constant", "province"}


def test_too_few_data_are_refused_before_anything_is_written(simcounty: Command, tmp_path: Path) -> None:
    file = villages(tmp_path, towns_with([RATE]))
    text = file.read_text("utf-8").replace("high = 0.2", "high = 0.2\nspread = 1.0")
    file.write_text(text, "utf-8")
    ran = simcounty("calibrate", "--file", str(file), "--save", "posterior.nc")
    assert ran.returncode == 2
    assert "Pool more counties" in ran.stderr
    assert not (tmp_path / "posterior.nc").exists()


def test_a_posterior_is_only_written_as_a_file_that_can_be_read_again(simcounty: Command) -> None:
    ran = simcounty("calibrate", "--save", "posterior.txt")
    assert ran.returncode == 2
    assert "posterior.txt: cannot write '.txt'" in ran.stderr


def test_counties_start_from_one_census_and_are_held_against_the_next() -> None:
    """桐庐: 406,450 residents and 228,918 in towns in 2010; 453,106 and 318,780 in 2020."""
    found = load_log_posterior("people", ["桐庐县", "陕西省"])
    place = next(i for i, county in enumerate(found.counties) if county.title == "桐庐县")
    seen = found.counties[place].observed
    assert seen["residents"].value == pytest.approx(math.log(453_106), abs=1e-6)
    assert seen["town-share"].value == pytest.approx(318_780 / 453_106, abs=1e-4)
    run = sc.simulate(found.counties[place].scenario, keep=["total_population", "urbanisation_rate"]).isel(
        time=0
    )
    assert float(run.total_population) == pytest.approx(406_450, rel=1e-6)
    assert float(run.urbanisation_rate) == pytest.approx(228_918 / 406_450, abs=1e-4)


def test_districts_and_counties_that_were_split_are_left_out_with_a_reason() -> None:
    titles = {county.title for county in load_log_posterior("people").counties}
    assert not [title for title in titles if title.endswith("区")]
    assert "苍南县" not in titles
    assert {"桐庐县", "淳安县", "建德市", "富平县", "三原县", "岐山县"} <= titles
