"""`simcounty sweep`: many futures of several scenarios, stored."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcounty.cli import options
from simcounty.errors import FailedRuns, Findings, InputError
from simcounty.presentation.terminal import Terminal

if TYPE_CHECKING:
    from simcounty.accounts.sources import Sources
    from simcounty.sweeps import Sweep

RANGE = "KEY=LO:HI, such as --vary forward_inflation=0%:2%"
SHOWN = 3  # so many failed runs are listed


def sweep(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="Scenario files, or names of shipped ones.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to store the futures in.")],
    lang: options.Lang,
    n: Annotated[
        int | None, typer.Option("-n", "--members", metavar="N", help="How many members; see --design.")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=LO:HI",
            help="Vary a constant or lever evenly over a range; may be repeated. Without it, and without "
            "--uncertainties: what the county and policy files say to be uncertain.",
        ),
    ] = None,
    uncertainties: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A TOML file that says what is uncertain; or a posterior of simcounty calibrate (.nc), in "
            "the place of what county and policy files say of its constants.",
        ),
    ] = None,
    design: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="random, lhs, sobol (N a power of two), saltelli (N blocks, a power of two), morris "
            "(N trajectories), factorial (N levels each), or a CSV file with a column a constant.",
        ),
    ] = "random",
    counties: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Every county of 浙江省, 渭南市, codes 3301… or 全国.")
    ] = None,
    panel: options.Panel = None,
    census: options.Census = None,
    known_by: options.KnownBy = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, other draws.")] = 0,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY", help="Keep this variable; may be repeated. Default: headline and targets'."
        ),
    ] = None,
    constants_only: Annotated[
        bool,
        typer.Option(
            "--constants-only",
            help="Vary the constants alone: leave out the model's own error and how policies are delivered.",
        ),
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted sweep.")] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run on the dask cluster at tcp://….")
    ] = None,
    tls_ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For a cluster under TLS (tls://…): the authority."),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For a cluster under TLS: your certificate.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For a cluster under TLS: the certificate's key.")
    ] = None,
    cores: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many cores; all by default.")
    ] = None,
    chunk: Annotated[
        int | None, typer.Option(metavar="MEMBERS", min=1, help="How many members are stored at a time.")
    ] = None,
    data: options.Data = None,
    quiet: options.Quiet = False,
) -> None:
    """Run scenarios through the same draws of what is uncertain, and store their futures."""
    from simcounty.sweeps import CHUNK, Specification, run, runner_for, specify
    from simcounty.sweeps.idle_inputs import input_remarks
    from simcounty.sweeps.runner import failures

    terminal = Terminal(lang, quiet)
    sources = _sources(terminal, counties, panel, census, known_by)
    plans = [options.load_scenario(name, data=data) for name in scenarios]
    ranges = options.read_pairs("--vary", vary or [], RANGE, _range)
    wanted = Specification(n, ranges, uncertainties, design, seed, keep, chunk or CHUNK, counties, sources)
    specified = specify(plans, replace(wanted, forecast=not constants_only, counted="-n"))
    for code, parts in input_remarks(specified):
        terminal.message(code, **parts)
    tls = [each for each in (tls_ca, tls_cert, tls_key) if each]
    with runner_for(scheduler, cores, tls) as runner, _watching(specified, out, terminal) as progress:
        futures = run(specified, out, runner, resume=resume, watch=progress.add)
    terminal.message("swept", **progress.figures(runner.cores), folder=out)
    failed = int(futures.failed.sum())
    if failed:
        listed = Findings(failures(specified, futures, SHOWN))
        listed += [terminal.words("and_more", count=failed - SHOWN)] if failed > SHOWN else []
        listed.raise_as(FailedRuns, terminal.words("failed_runs", failed=failed, folder=out))


def _sources(
    terminal: Terminal,
    counties: str | None,
    panel: list[Path] | None,
    census: list[Path] | None,
    known_by: int | None,
) -> Sources | None:
    """Return what counties are made from; None for what is shipped."""
    if not (panel or census or known_by is not None):
        return None
    if not counties:
        raise InputError(
            "--panel, --census, --known-by: are for the counties of --counties. Name a place there."
        )
    return options.start_tables(terminal, panel, census, known_by)


@contextmanager
def _watching(sweep: Sweep, out: Path, terminal: Terminal) -> Iterator[Progress]:
    """Show the progress of a sweep; if it is interrupted, print how much is stored."""
    with _bar(sys.stderr.isatty() and not terminal.quiet) as bar:
        progress = Progress(sweep, bar, bar.add_task("", total=sweep.members, rate=""))
        try:
            yield progress
        except KeyboardInterrupt:
            bar.stop()
            terminal.message("interrupted", stored=progress.stored, members=sweep.members, folder=out)
            raise


def _bar(shown: bool) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    return RichProgress(*columns, console=Console(file=sys.stderr), transient=True, disable=not shown)


@dataclass
class Progress:
    """The members of a sweep run so far, and the bar that shows them with rate and time left."""

    sweep: Sweep
    bar: Any
    task: Any
    before: int = 0  # members that were stored when this process began
    came: int = 0
    failed: int = 0
    began: float = field(default_factory=time.perf_counter)

    @property
    def stored(self) -> int:
        """The number of members stored."""
        return self.before + self.came

    def add(self, members: int, failed: int, stored: bool = False) -> None:
        """Count members that have been run, or that were stored before."""
        if stored:
            self.before += members
        else:
            self.came += members
            self.failed += failed
        self.bar.update(self.task, completed=self.stored, rate=f"{self._rate():,.0f}/s")

    def figures(self, cores: int) -> dict[str, Any]:
        """Return the numbers of the closing message."""
        return {
            "runs": f"{self.came * len(self.sweep.scenarios):,}",
            "members": f"{self.came:,}",
            "scenarios": len(self.sweep.scenarios),
            "cores": cores,
            "elapsed": f"{time.perf_counter() - self.began:.1f}",
            "rate": f"{self._rate():,.0f}",
            "failed": f"{self.failed:,}",
        }

    def _rate(self) -> float:
        return self.came * len(self.sweep.scenarios) / (time.perf_counter() - self.began)


def _range(ends: str) -> tuple[str, str] | None:
    """Return the ends of LO:HI, or None where one is missing."""
    low, _, high = (part.strip() for part in ends.replace("：", ":").partition(":"))
    return (low, high) if low and high else None
