"""What sweeps cost, as ratios against peers and promises: `python tests/benchmarks/sweeps.py`.

Measured on the county model and on a model of middle size: your own (`--model PATH`), else one that is made
up. Exits 1 where a ratio that must hold does not. Run it on a machine that does nothing else: absolute
times, printed beside the table, are that machine's and not results. `--million` adds a million members of
two scenarios (minutes, and 5 GB of disk); `--small` runs a fiftieth of everything, to try the benchmark.
The peers come with `simcounty[test]`; gcc is needed besides.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import peers
import spans
import synthetic
from commands import Spent, spent
from emitted_c import seconds_per_member
from peers import Line, best

import simcounty as sc
from simcounty.backends import compiled
from simcounty.backends.flatten import program_of
from simcounty.catalog import MODEL, SCENARIO, find
from simcounty.model import Model

PLAN, BASELINE = "tonglu/plan-2027", "tonglu/baseline"
YEARLY = 30  # variables kept where nothing else is said
CORES = 2
COUNTIES, FUTURES = 2800, 10_000  # a sweep of all counties
LARGE = 100_000


def main() -> int:
    asked = _arguments()
    part = 50 if asked.small else 1
    print(f"absolute figures are this machine's, not results: {os.cpu_count()} cores, {_busy()}", flush=True)
    lines = per_member("county", find(MODEL, "county"), 1 / 100, part)
    with tempfile.TemporaryDirectory() as folder:
        lines += per_member(*_middle(asked.model, Path(folder)), 1 / 30, part)
    lines += by_members(part) + by_cores(part) + by_outputs(part) + stored(part)
    where_time_goes(part)
    lines += promises(part)
    if asked.million:
        lines += million(part)
    print("\nratios:")
    print("\n".join(map(str, lines)))
    return int(not all(line.holds for line in lines))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model of middle size; default: a synthetic one")
    parser.add_argument("--million", action="store_true", help="also a million members")
    parser.add_argument("--small", action="store_true", help="a fiftieth of all members; judge nothing by it")
    asked = parser.parse_args()
    if asked.model and asked.model.suffix != ".mdl":
        parser.error(f"{asked.model}: a Vensim .mdl is needed, which all the peers read.")
    return asked


def _busy() -> str:
    """Tell what else the machine has been doing: its work takes cores away and spoils every ratio."""
    load = os.getloadavg()[0]
    return f"{load:.1f} of them busy a minute ago" + (" — WAIT until they are not" if load > 0.5 else "")


def _middle(given: Path | None, folder: Path) -> tuple[str, Path]:
    if given is not None:
        return given.stem, given
    path = folder / "synthetic.mdl"
    path.write_text(synthetic.text(), encoding="utf-8")
    return "synthetic", path


def per_member(name: str, path: Path, most: float, part: int) -> list[Line]:
    """Compare a member on one core with one run of every peer, on the same file."""
    model = sc.load_model(path)
    members = max(6400 // part, 256)
    inputs = peers.ensemble(model, members, YEARLY)
    compiled.integrate(model.graph, inputs, cores=1)
    ours = best(lambda: compiled.integrate(model.graph, inputs, cores=1), 5) / members
    constants = peers.varied(model, 27)
    keep = _scalars(model, YEARLY)
    shown = model.variables[keep[0]][0].about.name
    ema = peers.ema_seconds(path, constants, shown)
    program = program_of(model.graph)
    theirs = {
        "one pysimlin run": (peers.pysimlin_seconds(path), most),
        "pysimlin, looped": (peers.pysimlin_looped_seconds(model, constants, keep), None),
        "PySD run(params=…)": (peers.pysd_looped_seconds(path, constants, shown), None),
        "EMA Workbench over PySD": (ema, None),
        "C++, vectors, g++ -O3": (min(seconds_per_member(program, inputs, w) for w in (4, 8)), 1.1),
    }
    _say(f"{name}: {_size(model)}, {members:,} members", f"{ours * 1e6:,.0f} µs a member and core")
    _say(f"  EMA Workbench, {LARGE:,} experiments", f"{LARGE * ema / 3600:,.0f} h (extrapolated from one)")
    compared = [
        Line(f"{name}, per member and core", ours, peer, took, must) for peer, (took, must) in theirs.items()
    ]
    verbs = _by_the_verbs(model, keep, members)
    return [*compared, Line(f"{name}, by vary and simulate, 27 varied", verbs, "the integration alone", ours)]


def _by_the_verbs(model: Model, keep: Sequence[str], members: int) -> float:
    """Return what a member takes as a user asks for it, labels and all."""
    ranges = {c.key: sorted((0.95 * c.value, 1.05 * c.value)) for c in peers.varied(model, 27)}
    futures = sc.vary(model, {key: (low, high) for key, (low, high) in ranges.items()}, members)
    return best(lambda: sc.simulate(futures, "compiled", keep=keep, cores=1), 3) / members


def _scalars(model: Model, count: int) -> list[str]:
    """Return variables that every peer can name: computed, without subscripts, stocks first."""
    elements = (*model.graph.stocks, *model.graph.auxiliaries)
    shown = [e.key for e in elements if e.key in model.variables and not e.is_balance]
    return [key for key in shown if key.isidentifier()][:count]


def _size(model: Model) -> str:
    clock = model.graph.clock
    steps = round((clock.end - clock.start) / clock.step)
    return f"{len(model.variables)} variables, {len(model.graph.stocks)} stocks, {steps} steps"


def by_members(part: int) -> list[Line]:
    """Compare a run among few with one among many."""
    _sweep_seconds(64)  # what is compiled and loaded once is another matter
    found = {}
    for n in (LARGE // 100, LARGE // 10, LARGE):
        members = max(n // part, 50)
        found[n] = _sweep_seconds(members, times=1 if n == LARGE else 2) / members
        _say(f"sweep in memory, {members:,} members, {CORES} cores", f"{found[n] * 1e6:,.0f} µs a run")
    few = LARGE // 10
    return [
        Line(f"{n:,} members, a run", found[n], f"a run among {few:,}", found[few]) for n in found if n != few
    ]


def by_cores(part: int) -> list[Line]:
    """Compare one core with several; 4 of 2 are more threads than cores."""
    members = 16_384 // part
    took = {cores: _sweep_seconds(members, cores=cores, times=2) for cores in (1, 2, 4)}
    for cores, seconds in took.items():
        _say(f"sweep in memory, {members:,} members, {cores} cores", f"{seconds:.2f} s")
    return [Line(f"{cores} cores of {os.cpu_count()}", took[cores], "one core", took[1]) for cores in (2, 4)]


def by_outputs(part: int) -> list[Line]:
    """Compare keeping many variables with keeping one."""
    members, keys = 16_384 // part, _scalars(sc.load(PLAN).model, 100)
    took = {kept: _sweep_seconds(members, keep=keys[:kept], times=2) for kept in (1, 10, 30, 100)}
    for kept, seconds in took.items():
        _say(f"sweep in memory, {members:,} members, {kept} variables", f"{seconds:.2f} s")
    return [Line(f"{kept} variables kept yearly", took[kept], "one kept", took[1]) for kept in (10, 30, 100)]


def stored(part: int) -> list[Line]:
    """Compare a sweep that is stored with one in memory."""
    members, keys = 32_768 // part, _scalars(sc.load(PLAN).model, YEARLY)
    turns = [[_sweep_seconds(members, keep=keys, store=store) for store in (False, True)] for _ in range(3)]
    memory, disk = map(min, zip(*turns, strict=True))
    _say(f"sweep, {members:,} members, {YEARLY} variables, 16 years", f"{memory:.2f} s, stored {disk:.2f} s")
    return [Line("a stored sweep, 30 variables × 16 years", disk, "the same in memory", memory, 1.3)]


def _sweep_seconds(
    members: int,
    cores: int = CORES,
    keep: Sequence[str] | None = None,
    times: int = 1,
    store: bool = False,
) -> float:
    plan = sc.load(PLAN)

    def once() -> None:
        with tempfile.TemporaryDirectory() as folder:
            sc.sweep(plan, members, keep=keep, cores=cores, out=Path(folder, "futures") if store else None)

    return best(once, times)


def where_time_goes(part: int) -> None:
    """Tell what the parts of a stored sweep take."""
    members, keys = 32_768 // part, _scalars(sc.load(PLAN).model, YEARLY)
    with spans.timed() as seconds:
        wall = _sweep_seconds(members, keep=keys, store=True)
    print(f"where the time of a stored sweep goes, {members:,} members, {YEARLY} variables, {CORES} cores:")
    print("\n".join(spans.shares(seconds, wall)), flush=True)


def promises(part: int) -> list[Line]:
    """Measure the installed command against what was promised."""
    n, keys = LARGE // part, _scalars(sc.load(PLAN).model, YEARLY)
    _command("the equations compiled, one scenario", 64, [PLAN])
    one = _command("one scenario, 30 variables", n, [PLAN], [f"--keep={key}" for key in keys])
    two = _command("two scenarios", n, _both())
    fifth = _command("two scenarios", n // 5, _both())  # of which two chunks are whole, as many as are held
    _tell_national(one.seconds / n)
    return [
        Line(f"{n:,} members × 16 years × 30, stored, 2 cores", one.seconds, "15 s", 15.0, 1.0),
        Line(f"simcounty sweep, two scenarios, {n:,}, 2 cores", two.seconds, "18 s", 18.0, 1.0),
        Line("  its peak memory", two.gigabytes, "1 GB", 1.0, 1.0),
        Line("  its peak memory", two.memory, f"that of {n // 5:,}", fifth.memory, 1.2),
    ]


def million(part: int) -> list[Line]:
    spread = _command("two scenarios", 10 * LARGE // part, _both())
    return [Line(f"{10 * LARGE // part:,} members, peak memory", spread.gigabytes, "2 GB", 2.0, 1.0)]


def _both() -> list[str]:
    return [str(find(SCENARIO, name)) for name in (PLAN, BASELINE)]


def _command(what: str, n: int, scenarios: Sequence[str], more: Sequence[str] = ()) -> Spent:
    took = spent(
        "sweep", "--quiet", *scenarios, "-n", str(n), "--out", "futures", "--cores", str(CORES), *more
    )
    _say(f"simcounty sweep, {what}, {n:,} members", f"{took.seconds:.1f} s, {took.gigabytes:.2f} GB")
    return took


def _tell_national(seconds: float) -> None:
    """Tell what a sweep of all counties would take at the rate of the stored sweep."""
    hours = COUNTIES * FUTURES * seconds * CORES / 3600
    by_core = ", ".join(f"{hours / cores:.2g} h on {cores}" for cores in (CORES, 16, 64, 256))
    _say(f"{COUNTIES:,} counties × {FUTURES:,} members, cores alike", by_core)


def _say(what: str, figure: str) -> None:
    print(f"  {what:<60} {figure}", flush=True)


if __name__ == "__main__":
    started = time.perf_counter()
    status = main()
    print(f"({time.perf_counter() - started:.0f} s)")
    sys.exit(status)
