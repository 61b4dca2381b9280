"""Sweeps: many futures of several scenarios, which share their draws; in memory or in a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.scenario import Scenario
from simcounty.sweeps.chunks import assembled, work
from simcounty.sweeps.request import CHUNK, Ranges, Sweep, asked
from simcounty.sweeps.runner import Runner, Watch, here, stored
from simcounty.sweeps.store import naming_damage, read

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CHUNK", "Sweep", "asked", "naming_damage", "open_sweep", "run", "runner_of", "sweep"]


def sweep(
    scenarios: Scenario | Sequence[Scenario],
    n: int | None = None,
    vary: Ranges | None = None,
    *,
    uncertainties: str | Path | None = None,
    design: str = "random",
    seed: int = 0,
    keep: Sequence[str] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    cores: int | None = None,
    scheduler: str | None = None,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Run scenarios through the same `n` draws of what is uncertain; return their futures.

    What varies: the constants of `vary`, key → (low, high), and those of the file `uncertainties`, TOML or a
    posterior; without either, what the county and policy files say to be uncertain. A posterior takes the
    place of what they say of its constants only. `design` is one of `designs`
    (which says what `n` counts) or a CSV file with a column a constant. Variables are saved yearly: those of
    `keep`, by default the headline ones and the targets'. The dataset has the dims scenario, member and
    time; each varied constant is a coordinate of member with its role, "lever" or "uncertainty"; a run that
    went wrong holds nan and is flagged in `failed`. With `out` the futures are stored in that folder, chunk
    by chunk, and `resume` goes on where a sweep was interrupted; memory then does not grow with `n`.
    `scheduler` is the address of a dask cluster that runs the chunks; the numbers do not depend on it.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027")
    >>> futures = sc.sweep([plan, plan.baseline], n=20, vary={"forward_inflation": ("0 %", "2 %")})
    >>> futures.sizes["member"], futures.forward_inflation.attrs["role"]
    (20, 'uncertainty')
    """
    several = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    file = Path(uncertainties) if uncertainties else None
    wanted = asked(several, n, vary, file, design, seed, keep, chunk)
    with runner_of(scheduler, cores) as runner:
        return run(wanted, Path(out) if out else None, runner, resume=resume)


def run(
    wanted: Sweep,
    out: Path | None,
    runner: Runner,
    *,
    resume: bool = False,
    watch: Watch = lambda members, failed, stored=False: None,
) -> xr.Dataset:
    """Run a sweep and return its futures; see `sweep`."""
    if out is None:
        return assembled(wanted, list(runner.run(work(wanted, members) for members in wanted.chunks)))
    stored(wanted, out, resume, runner, watch)
    return read(out)


@contextmanager
def runner_of(scheduler: str | None, cores: int | None) -> Iterator[Runner]:
    """Give what runs chunks: this machine, or the dask cluster behind an address while it is connected."""
    if scheduler is None:
        yield here(cores)
        return
    from simcounty.sweeps.dask_runner import there

    with there(scheduler) as runner:
        yield runner


def open_sweep(folder: str | Path) -> xr.Dataset:
    """Open a stored sweep; values are read when they are needed, members not yet run are left out.

    Raises InputError for a folder without a sweep, a store of another version and a damaged one. Values that
    were damaged raise ValueError when they are read: `simcounty summary` says which, `resume` mends them.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027")
    >>> _ = sc.sweep(plan, n=8, vary={"forward_inflation": ("0 %", "2 %")}, out="futures")
    >>> open_sweep("futures").sizes["member"]
    8
    """
    return read(Path(folder))
