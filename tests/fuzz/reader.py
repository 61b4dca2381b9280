"""Reads documents as a user's commands do, in a process that lasts: one line of JSON asks, one answers.

    python tests/fuzz/reader.py < questions

A question is [kind, path]; an answer tells the outcome, its words, and the most memory held meanwhile.
"failed" is an exception that is no message of simcounty's own; memory beyond `CEILING` ends in one too.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import simcounty as sc
from simcounty.model import Model
from simcounty.model.describe import describe_all

CEILING = 4 << 30  # bytes of addresses; what is held is less
WORK = 3_000_000  # values computed at most, so that no case takes long for being large


def read_model(path: Path) -> None:
    run(sc.load_model(path))


def read_series(path: Path) -> None:
    sc.load_model(path.parent / "village.mdl", data=[path])


def run(model: Model) -> None:
    describe_all(model)
    clock = model.graph.clock
    if len(model.graph.elements) * (clock.end - clock.start) / clock.step < WORK:
        sc.simulate(model, backend="interpreted")


def read_scenario(path: Path) -> None:
    scenario = sc.load(path)
    both = sc.simulate([scenario.baseline, scenario], backend="interpreted")
    sc.judge(both, scenario.targets)


def read_figures(path: Path) -> None:
    sc.read_sources(panel=[path])


def read_posterior(path: Path) -> None:
    sc.sweep(sc.load(path.parent / "plan.toml"), n=2, uncertainties=path, cores=1)


READ: dict[str, Callable[[Path], object]] = {
    "model": read_model,
    "series": read_series,
    "figures": read_figures,
    "scenario": read_scenario,
    "draft": sc.proof,
    "posterior": read_posterior,
}


def outcome(kind: str, path: Path) -> tuple[str, str]:
    """Return how reading ended, and in what words."""
    try:
        READ[kind](path)
    except sc.SimcountyError as error:
        return "refused", str(error)
    except Exception:
        return "failed", traceback.format_exc()
    return "read", ""


def held() -> int:
    """Return the most memory this process has held, in bytes, since it was last forgotten."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) << 10 for line in status.open() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def forget() -> None:
    if os.access("/proc/self/clear_refs", os.W_OK):
        Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "chardet")  # of what pysd imports
    resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin:
        kind, path = json.loads(line)
        forget()
        ended, words = outcome(kind, Path(path))
        print(json.dumps([ended, words, held()]), file=answers, flush=True)


if __name__ == "__main__":
    main()
