"""The installed command, run as a user runs it: in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

VILLAGE = Path(__file__).parents[1] / "village"
Ran = subprocess.CompletedProcess[str]
Command = Callable[..., Ran]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a user whose system is English, with changes."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    return {**kept, "LANG": "en_GB.UTF-8", **changes}


def run_in(folder: Path, *args: str, **changes: str) -> Ran:
    """Run `simcounty` with arguments in a folder; its output is read as UTF-8."""
    command = shutil.which("simcounty", path=str(Path(sys.executable).parent))
    assert command, "install the project first: python -m pip install -e ."
    return subprocess.run(
        [command, *args],
        cwd=folder,
        env=environment(**changes),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.fixture
def simcounty(tmp_path: Path) -> Command:
    """Run the command in an empty folder."""
    return lambda *args, **changes: run_in(tmp_path, *args, **changes)


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The village's plan, run once: the folder it ran in, and what it said."""
    folder = tmp_path_factory.mktemp("village")
    return folder, run_in(folder, "run", str(VILLAGE / "plan.toml"))
