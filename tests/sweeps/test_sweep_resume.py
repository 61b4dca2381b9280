"""Going on with a sweep: only with the same one, and only where one can be."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import xarray as xr
from conftest import Inside
from sweeping import commits, same, started, sweep_arguments, village

import simcounty as sc
from simcounty.errors import InputError
from simcounty.sweeps import store

N, CHUNK = 40, 16


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A village of one's own; its files may be changed."""
    return village(tmp_path)


def test_resume_starts_where_there_is_nothing_and_ends_where_all_is_done(
    home: Path, tmp_path: Path, inside: Inside
) -> None:
    arguments = sweep_arguments(home, tmp_path / "out", N, CHUNK, "--resume")
    assert inside(*arguments).code == 0
    before, log = sc.open_sweep(tmp_path / "out").load(), commits(tmp_path / "out")
    again = inside(*arguments)
    assert again.code == 0
    assert "0 runs (0 members," in again.err
    assert commits(tmp_path / "out") == log
    xr.testing.assert_identical(sc.open_sweep(tmp_path / "out").load(), before)


def test_a_folder_that_holds_a_sweep_is_not_written_over(home: Path, tmp_path: Path, inside: Inside) -> None:
    assert inside(*sweep_arguments(home, tmp_path / "out", N, CHUNK)).code == 0
    refused = inside(*sweep_arguments(home, tmp_path / "out", N, CHUNK))
    assert refused.code == 2
    assert "holds a sweep already" in refused.err
    assert "--resume" in refused.err


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        (("--seed", "1"), "seed: was 0, is 1"),
        (("--design", "lhs"), "design: was random, is lhs"),
        (("-n", "41"), "n: was 40, is 41"),
        (("--chunk", "8"), "chunk: was 16, is 8"),
        (("--keep", "spending"), "urban_share: is gone"),
        (("--vary", "reward=0:9"), "reward: is new"),
    ],
)
def test_another_sweep_is_refused_by_what_changed(
    home: Path, tmp_path: Path, inside: Inside, changed: tuple[str, ...], names: str
) -> None:
    assert inside(*sweep_arguments(home, tmp_path / "out", N, CHUNK)).code == 0
    refused = inside(*sweep_arguments(home, tmp_path / "out", N, CHUNK, "--resume", *changed))
    assert refused.code == 2
    assert f"  - {names}" in refused.err
    assert "this is not the sweep that was begun there" in refused.err


def test_another_range_is_refused(home: Path, tmp_path: Path, inside: Inside) -> None:
    arguments = sweep_arguments(home, tmp_path / "out", N, CHUNK)
    assert inside(*arguments).code == 0
    other = [each.replace("1%:5%", "1%:4%") for each in arguments]
    refused = inside(*other, "--resume")
    assert refused.code == 2
    assert "  - moving_rate: was" in refused.err


@pytest.mark.parametrize(
    ("file", "old", "new", "names"),
    [
        ("plan.toml", '"3%"', '"2%"', "scenario_hash"),
        ("policy.toml", "45 %", "46 %", "scenario_hash"),
        ("county.toml", '"0.2 万人"', '"0.3 万人"', "scenario_hash"),
        ("village.mdl", "rural population*moving rate", "moving rate*rural population", "model_hash"),
    ],
)
def test_changed_files_are_refused_by_name(
    home: Path, tmp_path: Path, inside: Inside, file: str, old: str, new: str, names: str
) -> None:
    assert inside(*sweep_arguments(home, tmp_path / "out", N, CHUNK)).code == 0
    text = (home / file).read_text("utf-8")
    assert old in text
    (home / file).write_text(text.replace(old, new), encoding="utf-8")
    refused = inside(*sweep_arguments(home, tmp_path / "out", N, CHUNK, "--resume"))
    assert refused.code == 2
    assert f"  - {names}: was" in refused.err


def test_what_differs_by_constants_only_is_said_by_its_name(tmp_path: Path, inside: Inside) -> None:
    arguments = ("sweep", "tonglu/plan-2027", "-n", "4", "--out", str(tmp_path / "out"))
    assert inside(*arguments).code == 0
    refused = inside(*arguments, "--constants-only", "--resume")
    assert refused.code == 2
    assert "--constants-only: was not given, is given" in refused.err
    assert "model_error" not in refused.err
    assert "delivered_" not in refused.err
    assert inside(*arguments, "--resume").code == 0


def test_a_store_of_another_version_is_refused(home: Path, tmp_path: Path, inside: Inside) -> None:
    assert inside(*sweep_arguments(home, tmp_path / "out", N, CHUNK)).code == 0
    seal = tmp_path / "out" / store.FOLDER / "seal.json"
    told = json.loads(seal.read_text("utf-8"))
    seal.write_text(json.dumps({**told, "version": 2, "simcounty": "9.9"}), encoding="utf-8")
    for arguments in (
        sweep_arguments(home, tmp_path / "out", N, CHUNK, "--resume"),
        ("summary", str(tmp_path / "out")),
    ):
        refused = inside(*arguments)
        assert refused.code == 2
        assert "the store has version 2, this simcounty reads version 1." in refused.err
        assert "simcounty that wrote it (9.9)" in refused.err


def test_a_folder_without_a_sweep_says_how_to_make_one(tmp_path: Path, inside: Inside) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match=r"holds no sweep\. Make one with: simcounty sweep"):
            sc.open_sweep(folder)
        assert inside("summary", str(folder)).code == 2


def test_where_nothing_can_be_written_nothing_is_run(home: Path, tmp_path: Path, inside: Inside) -> None:
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    for out in (file, file / "below"):
        refused = inside(*sweep_arguments(home, out, N, CHUNK))
        assert refused.code == 2
        assert f"{file} is a file" in refused.err
    assert file.read_text("utf-8") == "mine"


def test_a_folder_without_permission_is_named(
    home: Path, tmp_path: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # as the system says to all but root
    refused = inside(*sweep_arguments(home, tmp_path / "out", N, CHUNK))
    assert refused.code == 2
    assert "no permission in" in refused.err
    assert not (tmp_path / "out").exists()


def test_what_a_sweep_is_cut_into_and_run_on_does_not_show(
    home: Path, tmp_path: Path, inside: Inside
) -> None:
    plan, baseline = sc.load(home / "plan.toml"), sc.load(home / "baseline.toml")
    ranges = {"moving_rate": ("1 %", "5 %")}
    one = sc.sweep([plan, baseline], n=N, vary=ranges, out=tmp_path / "1", cores=1).load()
    for cores in (2, 4):
        other = sc.sweep([plan, baseline], n=N, vary=ranges, out=tmp_path / str(cores), cores=cores)
        assert same(other.load(), one)
    for chunk in (1, 7, N):
        other = sc.sweep([plan, baseline], n=N, vary=ranges, out=tmp_path / f"c{chunk}", chunk=chunk)
        assert other.attrs["chunk"] == chunk
        assert same(other.load().assign_attrs(chunk=one.attrs["chunk"]), one)
    swapped = sc.sweep([baseline, plan], n=N, vary=ranges, out=tmp_path / "swapped").load()
    xr.testing.assert_equal(swapped.sel(scenario=one.scenario), one)


def test_stored_chunks_of_any_order_make_the_same_sweep(home: Path, tmp_path: Path) -> None:
    """A cluster gives chunks in the order they get ready."""
    from simcounty.sweeps import Specification, run, specify
    from simcounty.sweeps.runner import Runner, local_runner

    wanted = specify(
        [sc.load(home / "plan.toml")], Specification(N, {"moving_rate": ("1 %", "5 %")}, chunk=8)
    )
    straight = run(wanted, tmp_path / "straight", local_runner()).load()
    backwards = Runner(lambda works: (each.run() for each in reversed(list(works))), 1)
    assert same(run(wanted, tmp_path / "backwards", backwards).load(), straight)


@pytest.mark.parametrize("design", ["saltelli", "morris", "factorial", "sobol"])
def test_every_design_can_be_stored(home: Path, tmp_path: Path, design: str) -> None:
    plan, ranges = sc.load(home / "plan.toml"), {"moving_rate": ("1 %", "5 %"), "reward": (0, 900)}
    stored = sc.sweep(plan, n=4, vary=ranges, design=design, out=tmp_path / "out", chunk=3).load()
    memory = sc.sweep(plan, n=4, vary=ranges, design=design, chunk=3)
    assert same(stored, memory)


def test_ten_times_the_members_take_no_more_memory(home: Path, tmp_path: Path) -> None:
    most = {}
    for n in (2_000, 20_000):
        process = started(*sweep_arguments(home, tmp_path / str(n), n, 500))
        _, status, used = os.wait4(process.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        process.returncode = 0
        process.communicate()
        most[n] = used.ru_maxrss
    assert most[20_000] < 1.1 * most[2_000]
