"""Sweeps: ensembles of several scenarios that share their draws, run in memory or into a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict, Unpack

import xarray as xr

from simcounty.accounts.sources import Sources
from simcounty.errors import InputError, did_you_mean
from simcounty.sampling import Ranges
from simcounty.scenario import Scenario
from simcounty.sweeps.chunks import assembled, work
from simcounty.sweeps.runner import Runner, Watch, local_runner, run_into_store
from simcounty.sweeps.specification import CHUNK, Specification, Sweep, specify
from simcounty.sweeps.store import open_sweep, stored_futures

__all__ = [
    "CHUNK",
    "Specification",
    "Sweep",
    "open_sweep",
    "run",
    "runner_for",
    "specify",
    "stored_futures",
    "sweep",
]


PASSED = ("keep", "chunk", "counties", "sources", "forecast", "counted")


class SweepOptions(TypedDict, total=False):
    """Keywords of `sweep` beside the design; all but the first four leave the numbers as they are.

    counties: a province, a prefecture, the first digits of codes or "全国". Each county there runs through
    the draws from its own values, as `simcounty new` makes them; of these the imputed vary, each around the
    county's own. What the scenario's county file says of the model's behaviour, and policies, is for all.
    sources: those of `read_sources`, that these counties are made from; what is shipped by default.
    """

    counties: str | None
    sources: Sources | None
    uncertainties: str | Path | None
    keep: Sequence[str] | None
    out: str | Path | None
    resume: bool
    cores: int | None
    scheduler: str | None
    tls: Sequence[str | Path] | None
    chunk: int
    forecast: bool
    counted: str


def sweep(
    scenarios: Scenario | Sequence[Scenario],
    n: int | None = None,
    vary: Ranges | None = None,
    *,
    design: str = "random",
    seed: int = 0,
    **options: Unpack[SweepOptions],
) -> xr.Dataset:
    """Run scenarios through the same `n` draws of what is uncertain; return their futures.

    What varies: the constants of `vary`, key → (low, high), and those of the file `uncertainties`, TOML or a
    posterior; without either, what the county and policy files say to be uncertain. A posterior takes the
    place of what they say of its constants only. `design` is one of `designs` (which says what `n` counts)
    or a CSV file with a column a constant.

    Further keywords: `keep`, the variables to save yearly, by default the headline ones and the targets';
    `out`, a folder to store the futures in chunk by chunk, for any `n`; `resume`, to go on where a sweep into
    it was interrupted; `cores`, all by default; `scheduler`, the address of a dask cluster that runs the
    chunks; `tls`, its authority, a certificate and its key; `chunk`, how many members are run at a time;
    `counties`, "浙江省" or "全国", each run through the same draws; `county` and `draw` are coordinates;
    `forecast`: whether draws have model error and delivery of policies too; `counted`: errors' `n`.

    The dataset has the dims scenario, member and time; varied constants are coordinates of member with their
    role, "lever" or "uncertainty"; a run that went wrong holds nan and is flagged in `failed`.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027")
    >>> futures = sc.sweep([plan, plan.baseline], n=20, vary={"forward_inflation": ("0 %", "2 %")})
    >>> futures.sizes["member"], futures.forward_inflation.attrs["role"]
    (20, 'uncertainty')
    """
    for strange in options.keys() - SweepOptions.__annotations__:
        raise TypeError(f"no keyword {strange!r}.{did_you_mean(strange, SweepOptions.__annotations__)}")
    file, out = options.get("uncertainties"), options.get("out")
    chosen: Any = {name: each for name, each in options.items() if name in PASSED}
    wanted = Specification(n, vary, Path(file) if file else None, design, seed, **chosen)
    specified = specify([scenarios] if isinstance(scenarios, Scenario) else list(scenarios), wanted)
    with runner_for(options.get("scheduler"), options.get("cores"), options.get("tls")) as runner:
        return run(specified, Path(out) if out else None, runner, resume=options.get("resume", False))


def run(
    sweep: Sweep,
    out: Path | None,
    runner: Runner,
    *,
    resume: bool = False,
    watch: Watch = lambda members, failed, stored=False: None,
) -> xr.Dataset:
    """Run a sweep and return its futures; see `sweep`."""
    if out is None:
        return assembled(sweep, list(runner.run(work(sweep, members) for members in sweep.chunks)))
    run_into_store(sweep, out, resume, runner, watch)
    return open_sweep(out)


@contextmanager
def runner_for(
    scheduler: str | None, cores: int | None, tls: Sequence[str | Path] | None = None
) -> Iterator[Runner]:
    """Yield a runner: this machine's, or that of the dask cluster at an address while it is connected.

    tls: the files of an authority, a certificate and its key.
    """
    if tls and (scheduler is None or len(tls) != 3):
        raise InputError(
            "TLS needs the address of a scheduler (tls://…) and three files, in PEM: that of the authority, "
            "a certificate and its key. Give them all."
        )
    if scheduler is None:
        yield local_runner(cores)
        return
    from simcounty.sweeps.dask_runner import Certificates, cluster_runner

    with cluster_runner(scheduler, Certificates(*map(Path, tls)) if tls else None) as runner:
        yield runner
