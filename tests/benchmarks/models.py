"""Load a folder of models, run them, and hold what comes out against recorded runs, PySD and pysimlin.

    python tests/benchmarks/models.py FOLDER [--list]

For each .mdl, .xmile, .stmx and .itmx file below FOLDER: loaded or refused with the first reason, and how
far the run is from the record beside it (Vensim's MODEL.dat, or output.tab and output.csv) and from PySD and
pysimlin where these run it: the largest difference of a variable, in parts of its largest value. Where there
is a record it decides; a difference from it, or without one from another engine, is marked, and whether it
is ours is to be looked at. PySD, which knows Euler alone, is held against our run by Euler. Models that draw
random numbers are not compared. MODEL_data.dat and data.tab are given to a model as its data. What is broken
in itself is counted apart, for nobody can run it: a file that it reads or the series of a data variable is
not in the folder, an equation is missing, or the text is none of its language.
"""

from __future__ import annotations

import re
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import simcounty as sc
from simcounty.model.read import SUFFIXES
from simcounty.model.series_files import series_of

CLOSE = 1e-6
PRINTED = 1e-4  # records are printed to six digits, some to four
SECONDS = 20  # that another engine may take
BROKEN = re.compile(
    r"is not there beside the model|data variable without data|asks a file for"
    r"|has no equation|A FUNCTION OF|no XMILE|neither a dimension nor|is no element of|is defined twice"
    r"|stands where THEN|it has \d+ equations|'\?'|'\\\\'|[A-Z]' '[A-Z]+\("
)
CONTROLS = {"saveper", "final_time", "initial_time", "time_step"}
Series = Mapping[str, np.ndarray[Any, Any]]


def spelled(name: str) -> str:
    return re.sub(r"[\s_]+", "_", name.strip().replace('"', "").lower()).replace(",_", ",").replace("._", ".")


def loaded(file: Path) -> sc.Model:
    try:
        return sc.load_model(file)
    except sc.SimcountyError:
        data = [
            each
            for each in (file.with_name(f"{file.stem}_data.dat"), file.with_name("data.tab"))
            if each.exists()
        ]
        if not data:
            raise
        return sc.load_model(file, data)


def ours(model: sc.Model, integrator: str | None = None) -> tuple[Series, np.ndarray[Any, Any]]:
    run = sc.simulate(model, integrator=integrator)
    found = {}
    for key, values in run.data_vars.items():
        if values.dims == ("time",):
            found[spelled(str(key))] = values.to_numpy()
            continue
        flat = values.stack(element=[d for d in values.dims if d != "time"]).transpose("element", "time")
        for cell, row in zip(flat.element.to_numpy(), flat.to_numpy(), strict=True):
            found[spelled(f"{key}[{','.join(map(str, cell))}]")] = row
    return found, run.time.to_numpy()


def by_record(file: Path, times: np.ndarray[Any, Any]) -> Series:
    """Return the values of a recorded run at some times; nan where it has none."""
    alone = len([each for each in file.parent.iterdir() if each.suffix.lower() in SUFFIXES]) == 1
    named = alone or file.stem.removeprefix("test_") == file.parent.name
    records = [
        file.with_suffix(".dat"),
        *(file.with_name(f"output.{kind}") for kind in ("tab", "csv") if named),
    ]
    record = next(each for each in records if each.exists())
    found = {}
    for name, points in series_of(record).items():
        at, values = np.array(points).T
        near = np.abs(times[:, None] - at).argmin(axis=1)
        found[spelled(name)] = np.where(np.abs(at[near] - times) < 1e-6, values[near], np.nan)
    return found


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


ENGINES: dict[str, Callable[..., Series]] = {"record": by_record, "PySD": by_pysd, "pysimlin": by_simlin}


def apart(own: Series, other: Series) -> tuple[float, str]:
    """Return the largest difference of a variable that both have, and its name; raise for none."""
    sizes: dict[str, float] = {}
    shared = [name for name in (own.keys() & other.keys()) - CONTROLS if own[name].shape == other[name].shape]
    for name in shared:
        variable, largest = name.partition("[")[0], np.nanmax(np.abs(other[name]), initial=1e-9)
        sizes[variable] = max(sizes.get(variable, 0.0), float(largest))
    return max(
        (float(np.nanmax(np.abs(own[name] - other[name]), initial=0.0)) / sizes[name.partition("[")[0]], name)
        for name in shared
    )


def engine_says(
    engine: str, file: Path, own: Series, times: np.ndarray[Any, Any]
) -> tuple[float | None, str]:
    """Return how far an engine is from us, None where it fails, and what to print of it."""
    signal.alarm(SECONDS)
    try:
        far, where = apart(own, ENGINES[engine](file, times))
    except Exception as reason:
        return None, f"{engine} fails ({type(reason).__name__})"
    finally:
        signal.alarm(0)
    limit = PRINTED if engine == "record" else CLOSE
    return far, f"{engine} {far:.0e} {where if far > limit else ''}".strip()


def report(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES):
        name = str(file.relative_to(folder))
        try:
            model = loaded(file)
            own, times = ours(model)
        except sc.SimcountyError as reason:
            lines = str(reason).splitlines()
            why = lines[min(1, len(lines) - 1)].strip()
            yield "nobody" if BROKEN.search(why) else "refused", f"{name}: {why}"
            continue
        except Exception as fault:  # a fault of ours is to be seen, and the rest of the folder too
            yield "FAULT", f"{name}: {type(fault).__name__}: {fault}"
            continue
        if model.graph.streams:
            yield "draws", name
            continue
        eulers = own if model.graph.clock.integrator == "euler" else ours(model, "euler")[0]
        said = {
            engine: engine_says(engine, file, eulers if engine == "PySD" else own, times)
            for engine in ENGINES
        }
        yield (
            verdict({engine: far for engine, (far, _) in said.items()}),
            f"{name}: " + "; ".join(text for _, text in said.values()),
        )


def verdict(far: Mapping[str, float | None]) -> str:
    if (recorded := far["record"]) is not None:
        return "DIFFERS" if recorded > PRINTED else "agrees"
    others = [each for each in far.values() if each is not None]
    return "alone" if not others else "differs" if max(others) > CLOSE else "agrees"


def _too_long(number: int, frame: object) -> None:
    raise TimeoutError


def main() -> None:
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_long)
    counts: dict[str, int] = {}
    for kind, text in report(Path(sys.argv[1])):
        counts[kind] = counts.get(kind, 0) + 1
        if "--list" in sys.argv or kind not in ("agrees", "alone", "draws"):
            print(f"{kind:8} {text}", flush=True)
    print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
