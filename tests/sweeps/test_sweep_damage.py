"""A damaged store is never silently wrong: what is read is right, or the damage is named; a full disk too."""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

import pytest
import xarray as xr
from conftest import Inside
from running import environment
from sweeping import COMMAND, commits, done, same, sweep_arguments, village

import simcounty as sc
from simcounty.errors import InputError
from simcounty.sweeps import Specification, specify, store, stored_futures
from simcounty.sweeps.chunks import template

N, CHUNK = 48, 16


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the village, and a sound store of its futures."""
    folder = tmp_path_factory.mktemp("home")
    arguments = sweep_arguments(village(folder), folder / "sound", N, CHUNK)
    assert done(*arguments).returncode == 0
    return folder


@pytest.fixture(scope="module")
def sound(home: Path) -> xr.Dataset:
    return sc.open_sweep(home / "sound").load()


@pytest.fixture
def out(home: Path, tmp_path: Path) -> Path:
    """A copy of the store, to be damaged."""
    return Path(shutil.copytree(home / "sound", tmp_path / "out"))


def files(out: Path, kind: str) -> list[Path]:
    place = out / store.FOLDER
    return [each for each in sorted(place.rglob("*")) if each.is_file() and kind in str(each)]


def sealed(out: Path) -> list[Path]:
    """Return the files a seal is about, and the seal."""
    seal = out / store.FOLDER / "seal.json"
    told = json.loads(seal.read_text("utf-8"))
    return [seal, *(out / store.FOLDER / file for file in told["sha256"])]


def flip(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


Harm = Callable[[random.Random, bytes], bytes]


def harmed(file: Path, harm: Harm, chance: random.Random) -> Iterator[None]:
    """Damage a file for as long as the loop goes."""
    sound = file.read_bytes()
    file.write_bytes(harm(chance, sound))
    yield
    file.write_bytes(sound)


def loaded(out: Path) -> xr.Dataset:
    with stored_futures(out) as futures:
        return futures.load()


def damaged(out: Path, harm: Harm, chance: random.Random) -> tuple[str, str]:
    """Damage values until some that are read were hit; return the members and the variable that are named."""
    for file in sorted(files(out, "chunks/"), key=lambda _: chance.random()):
        file.write_bytes(harm(chance, file.read_bytes()))
        try:
            loaded(out)  # the file was of a chunk that has been run again
        except InputError as damage:
            (named,) = [line for line in str(damage).splitlines() if line.startswith("  - members ")]
            members, _, variable = named.removeprefix("  - ").partition(": ")
            return members, variable
    raise AssertionError("no values that are read were hit")


@pytest.mark.parametrize("harm", [flip, cut])
def test_damaged_values_are_named_run_again_and_nothing_else_is(
    home: Path, out: Path, sound: xr.Dataset, inside: Inside, harm: Harm
) -> None:
    chance = random.Random(3)
    for _ in range(4):
        members, variable = damaged(out, harm, chance)
        assert variable in sound.variables
        before = commits(out)
        ended = inside(*sweep_arguments(home / "village", out, N, CHUNK, "--resume"))
        assert ended.code == 0
        assert f"({CHUNK} members," in ended.err
        assert list(commits(out).values()) == [members, *before.values()]
        assert same(loaded(out), sound)


def test_lost_values_are_not_taken_for_missing_numbers(out: Path) -> None:
    files(out, "chunks/")[0].unlink()
    with pytest.raises(InputError, match=r"members \d+ to \d+: \w+"):
        loaded(out)


@pytest.mark.parametrize("kind", ["chunks/", "manifests/", "snapshots/", "transactions/", "refs/", "seal"])
def test_what_is_read_is_right_or_its_damage_is_named(out: Path, sound: xr.Dataset, kind: str) -> None:
    chance, named = random.Random(5), 0
    for attempt in range(30):
        for _ in harmed(chance.choice(files(out, kind)), cut if attempt % 5 == 0 else flip, chance):
            try:
                assert same(loaded(out), sound)
            except InputError:
                named += 1
    assert named == {"chunks/": 30, "transactions/": 0}.get(kind, named)


def test_no_flip_passes_in_what_leads_to_the_values(out: Path, inside: Inside) -> None:
    chance = random.Random(7)
    for file in sealed(out)[1:]:
        for _ in harmed(file, flip, chance):
            with pytest.raises(InputError, match=f"{file.name}: not what was written"):
                sc.open_sweep(out)
    for _ in harmed(sealed(out)[0], cut, chance):
        with pytest.raises(InputError, match=r"seal\.json: not what was written"):
            sc.open_sweep(out)


@pytest.mark.parametrize("kind", ["chunks/", "snapshots/", "seal", "refs/"])
def test_commands_name_damage_and_exit_with_2(home: Path, out: Path, inside: Inside, kind: str) -> None:
    for file in files(out, kind):
        file.write_bytes(file.read_bytes()[:-5])
    summary = inside("summary", str(out))
    assert (summary.code, summary.out) == (2, "")
    assert "damaged" in summary.err
    if kind != "chunks/":
        resumed = inside(*sweep_arguments(home / "village", out, N, CHUNK, "--resume"))
        assert resumed.code == 2
        assert "damaged" in resumed.err


def test_a_full_disk_is_named_and_room_lets_the_sweep_go_on(
    home: Path, tmp_path: Path, inside: Inside
) -> None:
    """A limit on the size of files stands for it: manifests grow as commits come in."""
    arguments = sweep_arguments(home / "village", tmp_path / "out", 960, CHUNK)
    assert inside(*sweep_arguments(home / "village", tmp_path / "whole", 960, CHUNK)).code == 0
    for limit, begun in ((500, False), (4000, True), (4500, True)):
        full = subprocess.run(
            [COMMAND, *arguments, "--resume"], capture_output=True, encoding="utf-8", env=environment(),
            preexec_fn=lambda most=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        )  # fmt: skip
        assert full.returncode == 1, full.stderr
        assert "cannot be written" in full.stderr
        assert "Make room, then run the same sweep with --resume." in full.stderr
        assert "Traceback" not in full.stderr
        assert store.exists(tmp_path / "out") == begun
    assert 0 < sc.open_sweep(tmp_path / "out").load().sizes["member"] < 960
    assert inside(*arguments, "--resume").code == 0
    assert same(sc.open_sweep(tmp_path / "out").load(), sc.open_sweep(tmp_path / "whole").load())


def test_a_store_without_its_seal_is_made_anew_only_where_nothing_was_stored(
    home: Path, out: Path, tmp_path: Path, inside: Inside
) -> None:
    arguments = sweep_arguments(home / "village", out, N, CHUNK, "--resume")
    (out / store.FOLDER / store.SEAL).unlink()
    for command in (("summary", str(out)), arguments):
        lost = inside(*command)
        assert (lost.code, lost.out) == (2, "")
        assert "lacks seal.json, which says what of it counts. Sweep again into another folder." in lost.err
    empty = unrun(home, tmp_path / "empty")
    (empty / store.FOLDER / store.SEAL).unlink()
    assert "Nothing is stored: sweep again with --resume." in inside("summary", str(empty)).err
    assert inside(*sweep_arguments(home / "village", empty, N, CHUNK, "--resume")).code == 0
    assert sc.open_sweep(empty).sizes["member"] == N


def test_a_sweep_killed_before_its_first_commit_is_summarised_as_empty(
    home: Path, tmp_path: Path, inside: Inside
) -> None:
    empty = unrun(home, tmp_path / "empty")
    shown = inside("summary", str(empty))
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(f"{N} members have not been run yet")
    told = json.loads(inside("summary", str(empty), "--json").out)
    assert (told["members"], told["unfinished"], told["targets"]) == (0, N, [])


def test_a_clock_that_was_set_back_stops_no_sweep(
    home: Path, tmp_path: Path, sound: xr.Dataset, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of icechunk cannot be set: ours, in the past, puts its commits into the future."""

    class Past(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Past:
            return cls(2001, 1, 1, tzinfo=tz)

    out = unrun(home, tmp_path / "out")
    monkeypatch.setattr(store, "datetime", Past)
    assert inside(*sweep_arguments(home / "village", out, N, CHUNK, "--resume")).code == 0
    assert same(loaded(out), sound)
    assert [each.name for each in out.glob(".*")] == []


@pytest.mark.parametrize("left", [store.DRAFT, ""])
def test_a_copy_that_was_killed_is_taken_back(
    home: Path, out: Path, sound: xr.Dataset, inside: Inside, left: str
) -> None:
    """Killed when the old store had given way and the new one had not come."""
    if left:
        shutil.copytree(out / store.FOLDER, out / left)
    (out / store.FOLDER).rename(out / store.REPLACED)
    assert inside(*sweep_arguments(home / "village", out, N, CHUNK, "--resume")).code == 0
    assert same(loaded(out), sound)


def unrun(home: Path, out: Path) -> Path:
    """Make the store of a sweep of which no member is run."""
    village_plan = [sc.load(home / "village" / name) for name in ("plan.toml", "baseline.toml")]
    ranges = {"moving_rate": ("1%", "5%")}
    wanted = Specification(N, ranges, chunk=CHUNK, counted="-n")
    sweep = specify(village_plan, wanted)
    store.create(out, template(sweep), N, CHUNK)
    return out
