"""Regions: counties run side by side, their moves closed, and judged together."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from running import run_in

from simcounty.counties.region import Region, load_region
from simcounty.counties.region_run import run_region
from simcounty.errors import RunError, ScenarioError
from simcounty.simulation import simulate

MODEL = (Path(__file__).parents[1] / "village" / "village.mdl").as_posix()
POLICY = """
title = "A policy for two villages"
document = "省 2024"
status = "in force"
issued = 2023-01-10
first_day = 2023-01-10
source = "made up for the tests"

[[clause]]
number = "（一）"
summary = "People in towns, and villages with many of them."

[[clause.lever]]
key = "reward"

[[clause.target]]
name = "town-dwellers-2030"
scope = "两村"
variable = "urban_population"
across = "sum"
operator = ">="
goal = 5000
unit = "人"
year = 2030

[[clause.target]]
name = "share-2030"
scope = "两村"
variable = "urban_share"
across = "mean"
weight = "rural_population"
operator = ">="
goal = "50 %"
year = 2030

[[clause.target]]
name = "large-2030"
scope = "两村"
variable = "urban_population"
across = "count"
above = 1500
operator = ">="
goal = 1
unit = "个"
year = 2030

[[clause.target]]
name = "each-2030"
scope = "小村们"
variable = "urban_population"
operator = ">="
goal = 1000
unit = "人"
year = 2030

[[clause.target]]
name = "coverage"
scope = "两村"
operator = ">="
goal = "95 %"
kind = "tracked indicator"
"""
CLOSURE = """
[closure]
flow = "urban_population"
factor = "moving_rate"
year = 2030
total = {total}
assumption = "a round number"
"""


def region(
    folder: Path, closure: str = "", members: str = '["a.toml", "b.toml"]', county: bool = False
) -> Region:
    (folder / "policy.toml").write_text(POLICY, "utf-8")
    (folder / "county.toml").write_text('title = "县"\nareas = ["小村们"]\n', "utf-8")
    home = 'county = "county.toml"\n' if county else ""
    for name, rural in (("a", 1000), ("b", 3000)):
        (folder / f"{name}.toml").write_text(
            f'title = "{name}"\n{home}model = "{MODEL}"\npolicies = ["policy.toml"]\n'
            f"years = [2020, 2035]\nheadline = ['rural_population']\n[levers]\nreward = 2000\n"
            f"[constants]\ninitial_rural_population = {rural}\n",
            "utf-8",
        )
    path = folder / "both.toml"
    path.write_text(f'title = "两村"\nmembers = {members}\nscopes = ["两村"]\n{closure}', "utf-8")
    return load_region(path)


def moved(rural: float, factor: float, years: float) -> float:
    """Who has moved to town after some years, as Euler steps it: a rate of 2 %, half open."""
    return rural * (1 - (1 - factor * 0.02 * 0.5 / 16) ** (16 * years))


def test_counties_are_judged_together(tmp_path: Path) -> None:
    verdict = run_region(region(tmp_path)).verdict.sel(scenario="baseline")
    gone = moved(1000, 1, 10), moved(3000, 1, 10)
    assert verdict.value.sel(target="town-dwellers-2030") == pytest.approx(2000 + sum(gone), rel=1e-9)
    left = 1000 - gone[0], 3000 - gone[1]
    shares = (1000 + gone[0]) / 2000, (1000 + gone[1]) / 4000
    mean = 100 * (left[0] * shares[0] + left[1] * shares[1]) / sum(left)
    assert verdict.value.sel(target="share-2030") == pytest.approx(mean, rel=1e-9)
    assert verdict.value.sel(target="large-2030") == 0


def test_what_is_asked_of_each_county_of_a_group_is_asked_of_the_furthest(tmp_path: Path) -> None:
    made = region(tmp_path, county=True)
    (each,) = (target for target in made.targets if target.name == "each-2030")
    assert (each.across, each.label) == ("least", "城镇人口（最低的县）")
    verdict = run_region(made).verdict.sel(scenario="baseline", target="each-2030")
    assert verdict.value == pytest.approx(1000 + moved(1000, 1, 10), rel=1e-9)
    assert [target.name for target in region(tmp_path).targets][-1] == "large-2030"  # no county of that group


def test_the_plan_is_told_from_the_baseline(tmp_path: Path) -> None:
    verdict = run_region(region(tmp_path)).verdict
    people = verdict.value.sel(target="town-dwellers-2030")
    assert people.sel(scenario="plan") > people.sel(scenario="baseline")


def test_a_closed_region_adds_up_to_its_total_with_and_without_the_plan(tmp_path: Path) -> None:
    found = run_region(region(tmp_path, CLOSURE.format(total=2600)))
    for each in (found.baseline, found.plan):
        assert float(each.run.urban_population.sel(time=2030).sum()) == pytest.approx(2600, abs=0.1)
    factor = found.baseline.factor
    assert factor is not None
    assert moved(4000, factor, 10) == pytest.approx(600, rel=1e-4)
    assert found.plan.factor is not None
    assert found.plan.factor < factor  # the reward brings some already


def test_the_closure_changes_no_file_and_no_scenario(tmp_path: Path) -> None:
    made = region(tmp_path, CLOSURE.format(total=2600))
    before = simulate(made.scenarios)
    run_region(made)
    assert simulate(made.scenarios).drop_attrs().identical(before.drop_attrs())


def test_a_total_that_no_factor_reaches_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no common factor on moving_rate between 0\.1 and 4 brings the sum"):
        run_region(region(tmp_path, CLOSURE.format(total=100)))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"members": '["a.toml", "a.toml"]'}, "stands twice"),
        ({"members": '["a.toml", "c.toml"]'}, r"members, c\.toml: .*no such file"),
        ({"closure": CLOSURE.format(total=1).replace("moving_rate", "moves")}, "closure: is computed by"),
        ({"closure": CLOSURE.format(total=1).replace("2030", "2050")}, "closure: year = 2050 is outside"),
        ({"closure": CLOSURE.format(total=1).replace("assumption", "# ")}, "closure: needs either `source`"),
        ({"closure": CLOSURE.format(total='"5 km"')}, "closure: .*km"),
    ],
)
def test_a_region_that_cannot_be_used_says_why(tmp_path: Path, given: dict[str, str], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        region(tmp_path, **given)


def test_run_prints_one_table_for_the_region(tmp_path: Path) -> None:
    made = region(tmp_path, CLOSURE.format(total=2600))
    done = run_in(tmp_path, "run", made.path.name, "--json", "--out", "out")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [each["name"] for each in told["targets"]] == ["town-dwellers-2030", "share-2030", "large-2030"]
    assert told["targets"][0]["value"] == pytest.approx(2600, abs=0.1)
    assert told["targets"][0]["met"] is False
    assert math.isfinite(told["closure"]["plan"])
    assert (tmp_path / "out" / "counties.nc").is_file()
    said = run_in(tmp_path, "run", made.path.name, "--quiet").stdout
    assert "2 counties together" in said
    assert "Closed: urban_population of all counties adds up to 2,600 by 2030" in said


def test_run_prints_how_probable_the_targets_of_a_region_are(tmp_path: Path) -> None:
    made = region(tmp_path, CLOSURE.format(total=2600))
    free = (
        '[uncertainties.pull_of_reward]\nlow = 0.00005\nhigh = 0.00015\nassumption = "made up"\n\n[[clause]]'
    )
    (tmp_path / "policy.toml").write_text(POLICY.replace("[[clause]]", free, 1), "utf-8")
    run = ("run", made.path.name, "--futures", "120", "--out", "out")
    found = json.loads(run_in(tmp_path, *run, "--json").stdout)
    chances = {each["name"]: each["chance"] for each in found["targets"]}
    assert chances["town-dwellers-2030"]["probability"] == 0.0  # closed at 2,600, and 5,000 are wanted
    assert chances["large-2030"]["likelihood"] == "very_unlikely"  # 1,450 in the larger
    assert found["futures"]["shared"] == ["pull_of_reward"]
    low, high = found["futures"]["closure_factor"]
    assert low < found["closure"]["plan"] < high
    english = run_in(tmp_path, *run, "--quiet").stdout
    assert "very unlikely, 0 %" in english
    assert "1 parameters of policies" in english
    assert "Every future is closed by a factor of its own" in english
    chinese = run_in(tmp_path, *run, "--quiet", "--lang", "zh").stdout
    assert "很不可能" in chinese
    assert "每一种未来各按自身系数" in chinese


def test_what_is_said_of_one_county_is_refused_for_a_region(tmp_path: Path) -> None:
    made = region(tmp_path)
    done = run_in(tmp_path, "run", made.path.name, "--set", "reward=3", "--years", "2020:2030")
    assert done.returncode == 2
    assert "--set: is for one county" in done.stderr
    assert "--years" in done.stderr


def test_the_targets_of_a_region_include_what_is_tracked(tmp_path: Path) -> None:
    made = region(tmp_path)
    done = run_in(tmp_path, "targets", made.path.name, "--json")
    statuses = {row["name"]: row["status"] for row in json.loads(done.stdout)}
    assert statuses == {
        "town-dwellers-2030": "judged",
        "share-2030": "judged",
        "large-2030": "judged",
        "coverage": "no data",
    }
