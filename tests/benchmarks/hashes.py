"""SHA-256 of every array of the shipped runs, so that a change of form can prove that it moved no bit.

    python tests/benchmarks/hashes.py before.json
    … change the code …
    python tests/benchmarks/hashes.py after.json --against before.json

An array counts by its values, its shape and its units; its name and its other attributes are free: an array
that only changed its name is listed as renamed. Exit status 1 if any array came or went.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

import simcounty as sc
from simcounty.catalog import REGION, SCENARIO, names

RENAMED = {"feasible": "paid", "infeasible": "unpaid", "unattainable": "alone"}
"""Words in arrays of text that were renamed, new → old: a text counts by what it was called before."""


def digest(array: xr.DataArray) -> str:
    """Return the SHA-256 of an array: type, shape, units and every value."""
    values = np.ascontiguousarray(array.values)
    if values.dtype.kind in "OU":
        text = json.dumps(values.tolist(), ensure_ascii=False, default=str)
        words = rf"\b({'|'.join(map(re.escape, RENAMED))})\b"
        content = re.sub(words, lambda found: RENAMED[found[0]], text).encode()
    else:
        content = values.tobytes()
    head = f"{values.dtype.kind} {values.shape} {array.attrs.get('units', '')}"
    return hashlib.sha256(head.encode() + b"\0" + content).hexdigest()


def digests(dataset: xr.Dataset) -> dict[str, str]:
    """Return the digest of every variable and coordinate of a dataset."""
    return {str(name): digest(dataset[name]) for name in (*dataset.data_vars, *dataset.coords)}


def run_one(name: str, integrator: str = "euler") -> dict[str, str]:
    """Run a scenario beside its baseline and judge it."""
    plan = sc.load(name)
    runs = sc.simulate([plan.baseline, plan] if plan.levers else plan, integrator=integrator)
    verdict = digests(sc.judge(runs, plan.targets)) if plan.targets else {}
    return digests(runs) | {f"verdict {key}": value for key, value in verdict.items()}


def run_members(name: str) -> dict[str, str]:
    """Run a region; hash the counties' runs and the verdict."""
    found = sc.run_region(sc.load_region(name))
    verdict = {f"verdict {key}": value for key, value in digests(found.verdict).items()}
    return (
        digests(found.baseline.run) | {f"plan {k}": v for k, v in digests(found.plan.run).items()} | verdict
    )


def sweep_of(design: str, n: int) -> dict[str, str]:
    """Sweep 桐庐's plan beside its baseline."""
    plan = sc.load("tonglu/plan-2027")
    futures = sc.sweep([plan, plan.baseline], n, design=design, seed=7, chunk=100)
    return digests(futures) | {f"summary {key}": value for key, value in digests(sc.summary(futures)).items()}


def audit_of(name: str) -> dict[str, str]:
    """Audit a plan with few draws."""
    return digests(sc.audit(sc.load(name), 200, seed=3))


def calibrated(file: str, steps: int, folds: int) -> dict[str, str]:
    """Calibrate by a shipped file with few steps."""
    options = sc.CalibrationOptions(steps=steps, folds=folds, seed=5)
    return digests(sc.calibrate((), file=file, options=options))


def work() -> dict[str, Callable[[], dict[str, str]]]:
    """Return what is hashed, by name."""
    made: dict[str, Callable[[], dict[str, str]]] = {
        f"run {name}": lambda name=name: run_one(name) for name in names(SCENARIO)
    }
    made["run rk4 tonglu/plan-2027"] = lambda: run_one("tonglu/plan-2027", "rk4")
    made |= {f"region {name}": lambda name=name: run_members(name) for name in names(REGION)}
    made |= {
        "sweep random": lambda: sweep_of("random", 300),
        "sweep saltelli": lambda: sweep_of("saltelli", 4),
        "calibrate hangzhou-2022": lambda: calibrated("hangzhou-2022", 60, 0),
        "calibrate people": lambda: calibrated("people", 60, 2),
        "audit tonglu/plan-2027": lambda: audit_of("tonglu/plan-2027"),
    }
    return made


def differences(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> list[str]:
    """Return what came, went or was renamed, a line each."""
    lines = []
    for work_name, old in before.items():
        new = after.get(work_name, {})
        gone = {name: value for name, value in old.items() if new.get(name) != value}
        come = {name: value for name, value in new.items() if old.get(name) != value}
        for name, value in gone.items():
            other = next((each for each in come if come[each] == value), None)
            lines.append(f"{work_name}: {name} " + (f"is now {other}" if other else "CHANGED or went"))
        known = set(old.values())
        lines += [f"{work_name}: {name} CAME" for name, value in come.items() if value not in known]
    return lines


def main() -> int:
    """Hash everything, write it, and hold it against an earlier file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--only", default="", help="what begins with this")
    asked = parser.parse_args()
    made = {}
    for name, make in work().items():
        if name.startswith(asked.only):
            began = time.perf_counter()
            made[name] = make()
            print(f"{name}: {len(made[name])} arrays, {time.perf_counter() - began:.1f} s", flush=True)
    asked.file.write_text(json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")
    if not asked.against:
        return 0
    before = json.loads(asked.against.read_text(encoding="utf-8"))
    lines = differences({name: before[name] for name in before if name.startswith(asked.only)}, made)
    print("\n".join(lines) or "every array is the same")
    return any(line.endswith(("CHANGED or went", "CAME")) for line in lines)


if __name__ == "__main__":
    sys.exit(main())
