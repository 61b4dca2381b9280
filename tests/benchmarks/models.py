"""Load a folder of models, run them, and hold what comes out against PySD and pysimlin.

    python tests/benchmarks/models.py FOLDER [--list]

For each .mdl, .xmile, .stmx and .itmx file below FOLDER: loaded or refused with the first reason, and how
far the run is from those of PySD and pysimlin where these run it: the largest difference of a variable, in
parts of its largest value. A difference above a millionth is marked; whether it is ours is to be looked at.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import simcounty as sc
from simcounty.model.read import SUFFIXES

CLOSE = 1e-6
Series = Mapping[str, np.ndarray[Any, Any]]


def spelled(name: str) -> str:
    return re.sub(r"[\s_]+", "_", name.strip().replace('"', "").lower())


def ours(file: Path) -> tuple[Series, np.ndarray[Any, Any]]:
    run = sc.simulate(sc.load_model(file))
    found = {}
    for key, values in run.data_vars.items():
        if values.dims == ("time",):
            found[spelled(str(key))] = values.to_numpy()
            continue
        flat = values.stack(element=[d for d in values.dims if d != "time"]).transpose("element", "time")
        for cell, row in zip(flat.element.to_numpy(), flat.to_numpy(), strict=True):
            found[spelled(f"{key}[{','.join(map(str, cell))}]")] = row
    return found, run.time.to_numpy()


def by_pysd(file: Path, times: np.ndarray[Any, Any]) -> Series:
    import pysd

    model = pysd.read_vensim(str(file)) if file.suffix.lower() == ".mdl" else pysd.read_xmile(str(file))
    frame = model.run(return_timestamps=list(times), flatten_output=True)
    return {spelled(str(name)): frame[name].to_numpy(float) for name in frame.columns}


def by_simlin(file: Path, times: np.ndarray[Any, Any]) -> Series:
    import simlin

    run = simlin.load(str(file)).simulate()
    run.run_to_end()
    at = np.asarray(run.get_series("time"), float)
    return {
        spelled(name): np.interp(times, at, np.asarray(run.get_series(name), float))
        for name in run.get_var_names()
        if name != "time"
    }


def apart(own: Series, other: Series) -> tuple[float, str]:
    """Return the largest difference of a variable that both have, and its name; (-1, "") for none."""
    worst = (-1.0, "")
    for name in own.keys() & other.keys():
        a, b = own[name], other[name]
        if a.shape == b.shape and np.isfinite(b).all():
            size = max(float(np.abs(b).max()), 1e-12)
            worst = max(worst, (float(np.abs(a - b).max()) / size, name))
    return worst


def report(folder: Path) -> Iterator[tuple[str, str]]:
    engines: dict[str, Callable[..., Series]] = {"PySD": by_pysd, "pysimlin": by_simlin}
    for file in sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES):
        name = str(file.relative_to(folder))
        try:
            own, times = ours(file)
        except sc.SimcountyError as reason:
            lines = str(reason).splitlines()
            yield "refused", f"{name}: {lines[min(1, len(lines) - 1)].strip()}"
            continue
        except Exception as fault:  # a fault of ours is to be seen, and the rest of the folder too
            yield "FAULT", f"{name}: {type(fault).__name__}: {fault}"
            continue
        said, kind = [], "agrees"
        for engine, run in engines.items():
            try:
                far, where = apart(own, run(file, times))
            except Exception as reason:
                said.append(f"{engine} fails ({type(reason).__name__})")
                continue
            said.append(f"{engine} {far:.0e} {where if far > CLOSE else ''}".strip())
            kind = "DIFFERS" if far > CLOSE else kind
        if all("fails" in each for each in said):
            kind = "alone"
        yield kind, f"{name}: {'; '.join(said)}"


def main() -> None:
    warnings.simplefilter("ignore")
    counts: dict[str, int] = {}
    for kind, text in report(Path(sys.argv[1])):
        counts[kind] = counts.get(kind, 0) + 1
        if "--list" in sys.argv or kind.isupper() or kind == "refused":
            print(f"{kind:8} {text}", flush=True)
    print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
