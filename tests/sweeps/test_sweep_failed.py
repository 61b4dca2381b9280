"""Runs of a sweep that go wrong: counted, named with their inputs, kept flagged, and meeting no target."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Inside
from sweeping import village

import simcounty as sc

BREAKS = """check settled=
	STEP(MAX(moving rate-0.04, 0), 2032)
	~	Dmnl
	~	落户平衡：from 2032 on it holds up to four percent.
	|

strain= INTEG (
	LN(0.05-moving rate),
		0)
	~	Dmnl
	~	压力：no number above five percent.
	|

"""


@pytest.fixture
def fragile(tmp_path: Path) -> Path:
    """A village whose balance breaks late above four percent, and whose stocks are no numbers above five."""
    home = village(tmp_path)
    text = (home / "village.mdl").read_text("utf-8")
    (home / "village.mdl").write_text(text.replace("reward=\n", BREAKS + "reward=\n", 1), "utf-8")
    return home


def sweep(home: Path, out: Path, ends: str, n: int = 60) -> tuple[str, ...]:
    scenarios = (str(home / "plan.toml"), str(home / "baseline.toml"))
    return (
        "sweep",
        *scenarios,
        "-n",
        str(n),
        "--vary",
        f"moving_rate={ends}",
        "--chunk",
        "16",
        "--out",
        str(out),
    )


def test_failed_runs_are_counted_named_and_kept(fragile: Path, tmp_path: Path, inside: Inside) -> None:
    ended = inside(*sweep(fragile, tmp_path / "out", "1%:6%"))
    futures = sc.open_sweep(tmp_path / "out").load()
    above = futures.moving_rate.values > 0.04
    np.testing.assert_array_equal(futures.failed.values, [above, above])
    assert 0 < above.sum() < 60
    np.testing.assert_array_equal(np.isnan(futures.urban_share).all("time"), futures.failed)
    np.testing.assert_array_equal(np.isnan(futures.urban_share).any("time"), futures.failed)
    assert ended.code == 4
    assert f"{2 * above.sum()} failed. Stored in" in ended.err
    assert f"{2 * above.sum()} runs failed; they are kept in" in ended.err
    listed = [line for line in ended.err.splitlines() if line.startswith("  - member ")]
    first = futures.member.values[above][0]
    rate = futures.moving_rate.values[above][0]
    assert listed[0].startswith(f"  - member {first} of village/plan (")
    assert f"With moving_rate = {rate:g}." in ended.err
    assert len(listed) == 3
    assert f"… and {2 * above.sum() - 3} more" in ended.err
    assert "check_settled (落户平衡)" in ended.err


def test_a_value_that_is_no_number_is_named(fragile: Path, tmp_path: Path, inside: Inside) -> None:
    ended = inside(*sweep(fragile, tmp_path / "out", "5.1%:6%", n=8))
    assert ended.code == 4
    assert "16 runs failed" in ended.err
    assert "strain" in ended.err
    assert np.isnan(sc.open_sweep(tmp_path / "out").urban_share).all()


def test_failed_runs_meet_no_target(fragile: Path, tmp_path: Path, inside: Inside) -> None:
    inside(*sweep(fragile, tmp_path / "out", "1%:6%"))
    told = inside("summary", str(tmp_path / "out"), "--json")
    futures = sc.open_sweep(tmp_path / "out").load()
    found = json.loads(told.out)
    assert (found["members"], found["failed"]) == (60, int(futures.failed.sum()))
    met = (futures.urban_share.sel(time=2030, scenario="village/plan") >= 0.45) & ~futures.failed[0]
    share = next(each for each in found["targets"] if each["name"] == "urban-share-2030")
    assert share["probability"] == pytest.approx(float(met.mean()))
    spent = next(each for each in found["targets"] if each["name"] == "spending-2030")
    assert spent["probability"] <= float((~futures.failed[0]).mean())


def test_resuming_a_finished_sweep_still_tells_of_failed_runs(
    fragile: Path, tmp_path: Path, inside: Inside
) -> None:
    arguments = sweep(fragile, tmp_path / "out", "1%:6%")
    first = inside(*arguments)
    again = inside(*arguments, "--resume")
    assert (first.code, again.code) == (4, 4)
    assert "0 runs (0 members," in again.err
    told, told_again = (
        [line for line in each.err.splitlines() if " members, " not in line] for each in (first, again)
    )
    assert told_again == told
