"""Running a sweep chunk by chunk on this machine, and committing each chunk to a store."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import xarray as xr
from filelock import FileLock, Timeout

from simcounty.atomic import writable_folder
from simcounty.errors import Findings, InputError, RunError
from simcounty.sampling import Ensemble
from simcounty.simulation import simulate
from simcounty.sweeps import store
from simcounty.sweeps.chunks import Chunk, Work, template, work
from simcounty.sweeps.futures import beside_constants
from simcounty.sweeps.specification import Sweep


class Watch(Protocol):
    """Called once for the members stored before, then for every chunk as it is finished."""

    def __call__(self, members: int, failed: int, stored: bool = False) -> None: ...


LOCK = "lock"
FORECAST = (
    "model_error",
    "observed_since_start",
    "figures_since_start",
)  # attributes of a sweep whose members have a model error


@dataclass(frozen=True)
class Runner:
    """A way to run chunks, in whatever order they get ready, and the number of cores it uses."""

    run: Callable[[Iterable[Work]], Generator[Chunk]]
    cores: int


def local_runner(cores: int | None = None) -> Runner:
    """Return a runner that runs chunks in order on this machine's cores, each while the last is stored."""

    def run(works: Iterable[Work]) -> Generator[Chunk]:
        thread = ThreadPoolExecutor(1)
        try:
            waiting: Future[Chunk] | None = None
            for each in works:
                running = thread.submit(each.run, cores)
                if waiting is not None:
                    yield waiting.result()
                waiting = running
            if waiting is not None:
                yield waiting.result()
        finally:
            thread.shutdown(cancel_futures=True)  # an interrupt waits for the chunk that runs only

    return Runner(run, cores or os.cpu_count() or 1)


def run_into_store(sweep: Sweep, folder: Path, resume: bool, runner: Runner, watch: Watch) -> None:
    """Run the chunks of a sweep that a store lacks, one commit each.

    Raises InputError for a store that exists where `resume` is false, that is another sweep's, or that
    another process writes to; RunError where it cannot be written.
    """
    with _locked(writable_folder(folder)):
        missing = _missing(sweep, folder, resume)
        watch(sweep.members - sum(map(len, missing)), 0, stored=True)
        with closing(runner.run(work(sweep, members) for members in missing)) as chunks:
            for chunk in chunks:
                store.write(folder, chunk)
                watch(len(chunk.members), int(chunk.failed.sum()))


def _missing(sweep: Sweep, folder: Path, resume: bool) -> list[range]:
    """Return the chunks still to be run; create the store where there is none."""
    store.recover(folder)
    if resume:
        store.mend(folder)
    if not store.exists(folder):
        store.create(folder, template(sweep), sweep.members, sweep.chunk)
        return sweep.chunks
    if not resume:
        raise InputError(
            f"{folder}: holds a sweep already. Choose another folder, or go on with it by --resume."
        )
    _assert_same(sweep, folder)
    done = store.complete(folder, sweep.chunks)
    return [chunk for chunk in sweep.chunks if chunk not in done]


def _assert_same(sweep: Sweep, folder: Path) -> None:
    """Refuse to resume a store that was made from something else; name what differs."""
    new, old = template(sweep), store.every_member(folder)
    flag, of_flag = _constants_only(new, old)
    changed = Findings([flag] if flag else [])
    changed += [
        f"{name}: was {_short(old.attrs.get(name))}, is {_short(new.attrs.get(name))}"
        for name in new.attrs
        if name not in ("created", *of_flag) and new.attrs[name] != old.attrs.get(name)
    ]
    for key in dict.fromkeys(str(name) for each in (new, old) for name in each.variables):
        if key in ("failed", "status", *of_flag):
            continue
        if key not in new.variables or key not in old.variables:
            changed.append(f"{key}: {'is new' if key in new.variables else 'is gone'}")
        elif new[key].attrs != old[key].attrs:
            changed.append(f"{key}: was {_short(old[key].attrs)}, is {_short(new[key].attrs)}")
    changed.raise_as(
        InputError,
        f"{folder}: cannot be resumed, since this is not the sweep that was begun there. "
        "Ask for the same as then, or sweep into another folder. What differs:",
    )


def _constants_only(new: xr.Dataset, old: xr.Dataset) -> tuple[str, list[str]]:
    """Return a finding where one sweep alone varies no more than constants, and what differs by that."""
    beside = [beside_constants(each) for each in (new, old)]
    now, then = (
        bool(keys or each.attrs.get("model_error")) for keys, each in zip(beside, (new, old), strict=True)
    )
    if now == then:
        return "", []
    flag = "--constants-only: was given, is not given" if now else "--constants-only: was not given, is given"
    return flag, [*FORECAST, *beside[0], *beside[1]]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 160 else f"{text[:140]} … ({len(text)} characters)"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock of the operating system, which ends with this process: two writers would damage a store."""
    lock = FileLock(folder / LOCK, timeout=0)
    with store.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise InputError(
                f"{folder}: another sweep is writing to it. Wait for it, or choose another folder."
            ) from None
    try:
        yield
    finally:
        lock.release()


def failures(sweep: Sweep, futures: xr.Dataset, most: int) -> Iterator[str]:
    """Describe the first runs that failed: member, inputs, and what went wrong when each is rerun alone."""
    for place, position in np.argwhere(futures.failed.values.T)[:most]:
        scenario, member = sweep.scenarios[position], int(futures.member[place])
        alone = work(sweep, range(member, member + 1))
        columns = {key: column[0] for key, column in alone.columns.items()}
        inputs = ", ".join(f"{key} = {v:{'' if key == 'county' else 'g'}}" for key, v in columns.items())
        reason = f"{scenario.name}: it failed beside others, but not alone."
        try:
            simulate(Ensemble(scenario, alone.constants).member(0), "interpreted")
        except RunError as error:
            reason = str(error)
        yield f"member {member} of {reason} With {inputs}."
