"""Sweeps run by the installed command, and what may be said of the store they leave behind."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import icechunk
import numpy as np
import xarray as xr
from filelock import FileLock
from running import COMMAND, environment

import simcounty as sc
from simcounty.errors import InputError
from simcounty.sweeps import store

VILLAGE = Path(__file__).parent / "village"
VARY = ("--vary", "moving_rate=1%:5%")
PATIENCE = 60  # seconds until a process must have done what is waited for


def village(folder: Path) -> Path:
    """Copy the village into a folder of its own, with a baseline beside its plan."""
    made = folder / "village"
    shutil.copytree(VILLAGE, made)
    text = (made / "plan.toml").read_text("utf-8")
    baseline = text.replace('policies = ["policy.toml"]', "").partition("[levers]")[0]
    (made / "baseline.toml").write_text(baseline, encoding="utf-8")
    return made


def sweep_arguments(village: Path, out: Path, n: int, chunk: int, *more: str) -> tuple[str, ...]:
    """Return the arguments that sweep the village's plan and its baseline."""
    scenarios = (str(village / "plan.toml"), str(village / "baseline.toml"))
    return ("sweep", *scenarios, "-n", str(n), "--chunk", str(chunk), *VARY, "--out", str(out), *more)


def started(*arguments: str) -> subprocess.Popen[str]:
    """Start the command; what it says can be read once it is done."""
    out, err = subprocess.DEVNULL, subprocess.PIPE
    return subprocess.Popen(
        [COMMAND, *arguments], stdout=out, stderr=err, encoding="utf-8", env=environment()
    )


def done(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [COMMAND, *arguments], capture_output=True, encoding="utf-8", env=environment(), timeout=300
    )


def touched(path: Path) -> int:
    """Return when something was changed, 0 where it is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def await_change(path: Path, before: int, process: subprocess.Popen[str]) -> None:
    """Wait until something is other than before, or the process has ended."""
    until = time.monotonic() + PATIENCE
    while touched(path) in (0, before) and process.poll() is None:
        assert time.monotonic() < until, f"{path}: stayed as it was"
        time.sleep(0.001)


def commits(folder: Path) -> dict[str, str]:
    """Return the commits that count of a store, newest first: what each says by its name."""
    repository = icechunk.Repository.open(icechunk.local_filesystem_storage(str(folder / store.FOLDER)))
    ancestry: Iterator[icechunk.SnapshotInfo] = repository.ancestry(
        snapshot_id=store.sealed(folder / store.FOLDER)
    )
    return {each.id: each.message for each in ancestry}


def same(futures: xr.Dataset, reference: xr.Dataset) -> bool:
    """Tell whether two sweeps are the same in arrays, coordinates and attributes but `created`."""
    when = {"created": ""}
    return bool(futures.assign_attrs(when).identical(reference.assign_attrs(when)))


INSTANTS: tuple[Callable[[random.Random], tuple[str, float]], ...] = (
    lambda chance: ("lock", chance.uniform(0, 0.6)),
    lambda chance: (f"{store.FOLDER}/{store.SEAL}", chance.uniform(0, 0.1)),
    lambda chance: (f"{store.FOLDER}/{store.SEAL}", chance.uniform(0, 0.4)),
)
"""When to kill: so many seconds after a process has touched its lock, or sealed its first commit."""


@dataclass
class Life:
    """A sweep that is killed again and again and goes on each time."""

    village: Path
    folder: Path
    n: int
    chunk: int
    reference: xr.Dataset
    kills: int = 0
    unmade: int = 0  # kills that left no store

    def kill(self, sign: str, delay: float) -> bool:
        """Kill a process some seconds after it touched a path; False if it was done before."""
        (self.folder / "lock").unlink(missing_ok=True)  # it is made again, but not changed
        before = touched(self.folder / sign)
        process = started(
            *sweep_arguments(self.village, self.folder, self.n, self.chunk, "--resume", "--cores", "1")
        )
        await_change(self.folder / sign, before, process)
        time.sleep(delay)
        process.kill()
        _, said = process.communicate()
        self.kills += process.returncode != 0
        assert "Traceback" not in said, said
        self.inspect()
        return process.returncode != 0

    def inspect(self) -> None:
        """Assert that what is stored is whole and right, and that nobody holds the lock."""
        with FileLock(self.folder / "lock", timeout=0):
            assert len(list(self.folder.glob(f".{store.FOLDER}*"))) <= 1
        if not store.exists(self.folder):
            self.unmade += 1
            return
        futures = sc.open_sweep(self.folder).load()
        members = futures.member.values
        wanted = self.reference.isel(member=members).assign_attrs(unfinished=self.n - members.size)
        assert same(futures, wanted)
        assert set(members) == {m for m in range(self.n) if m // self.chunk in set(members // self.chunk)}

    def finish(self) -> None:
        """Let it go on to its end; assert that nothing was run twice and nothing differs."""
        before = commits(self.folder) if store.exists(self.folder) else {}
        missing = self.n - self.stored()
        ended = done(*sweep_arguments(self.village, self.folder, self.n, self.chunk, "--resume"))
        assert ended.returncode == 0, ended.stderr
        assert f"({missing:,} members," in ended.stderr
        log = commits(self.folder)
        chunks = [text for text in log.values() if text.startswith("members")]
        assert len(chunks) == len(set(chunks)) == -(-self.n // self.chunk)
        assert list(log)[len(log) - len(before) :] == list(before)
        assert same(sc.open_sweep(self.folder).load(), self.reference)
        assert list(self.folder.glob(f".{store.FOLDER}*")) == []

    def stored(self) -> int:
        """Return how many members are stored."""
        try:
            return int(sc.open_sweep(self.folder).sizes["member"])
        except InputError:
            return 0


def lives(
    village: Path, folder: Path, n: int, chunk: int, kills: int, chance: random.Random
) -> Iterator[Life]:
    """Yield sweeps that were killed, first while their store was being made, and then let end."""
    whole = folder / "whole"
    assert done(*sweep_arguments(village, whole, n, chunk)).returncode == 0
    reference = sc.open_sweep(whole).load()
    assert np.isfinite(reference.urban_share.values).all()
    done_so_far = 0
    while done_so_far < kills:
        life = Life(village, folder / f"life{done_so_far}", n, chunk, reference)
        life.kill(f".{store.FOLDER}", chance.uniform(0, 0.1))
        while done_so_far + life.kills < kills and life.kill(*chance.choice(INSTANTS)(chance)):
            pass
        life.finish()
        done_so_far += life.kills
        yield life
