"""Modules in a folder that nobody may import: each leaves a mark when it is run."""

from __future__ import annotations

from pathlib import Path

TRAPS = ("simcounty", "numba", "llvmlite", "numpy", "platformdirs", "multiprocessing", "json", "pickle")


def set_traps(folder: Path) -> None:
    for name in TRAPS:
        code = f"open({str(folder / name)!r} + '.sprung', 'w').close()\nraise SystemExit('trapped')\n"
        (folder / f"{name}.py").write_text(code, encoding="utf-8")


def sprung(folder: Path) -> list[str]:
    """Return the traps of a folder that were run."""
    return sorted(mark.stem for mark in folder.glob("*.sprung"))
