"""What several tests share: tiny models, one a feature, and the county, compiled once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from running import run_in

import simcounty as sc
from simcounty import cache
from simcounty import model as model_package
from simcounty.backends import flatten, kernel
from simcounty.catalog import MODEL, find
from simcounty.model import Model

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="session")
def tiny() -> dict[str, Model]:
    """Every model of tests/models by its name."""
    return {file.stem: sc.load_model(file) for file in sorted(MODELS.glob("*.mdl"))}


@pytest.fixture(scope="session")
def county() -> Model:
    model: Model = sc.load_model(find(MODEL, "county"))
    return model


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the county's equations once, before each of several workers would."""
    if session.config.getoption("numprocesses", None) and not hasattr(session.config, "workerinput"):
        kernel.kernel_of(sc.load_model(find(MODEL, "county")).graph)


class Said(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Inside = Callable[..., Said]


@pytest.fixture
def inside() -> Inside:
    """Run the command in the current folder, in this process."""

    def run(*arguments: str) -> Said:
        ran = run_in(Path.cwd(), *arguments)
        return Said(ran.returncode, ran.stdout, ran.stderr)

    return run


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new cache folder, and nothing loaded yet."""
    for module in (model_package, kernel):
        monkeypatch.setattr(module, "_loaded", {})
    monkeypatch.setattr(flatten, "_programs", {})
    for variable in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setenv("SIMCOUNTY_CACHE", str(tmp_path / "cache"))
    return cache.folder()
