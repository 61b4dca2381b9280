"""The command in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import Ran, installed, run_in

VILLAGE = Path(__file__).parents[1] / "village"
Command = Callable[..., Ran]


@pytest.fixture
def simcounty(tmp_path: Path) -> Command:
    """Run the command in an empty folder."""
    return lambda *args, **changes: run_in(tmp_path, *args, **changes)


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The village's plan, run once by the installed command: the folder it ran in, and what it said."""
    folder = tmp_path_factory.mktemp("village")
    return folder, installed(folder, "run", str(VILLAGE / "plan.toml"))
