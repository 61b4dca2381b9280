"""What several tests share: tiny models, one a feature, and the county, compiled once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import simcounty as sc
from simcounty import cache, cli
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
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """Run the command; an error that has no words of its own fails the test."""

    def run(*arguments: str) -> Said:
        monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
        monkeypatch.setattr(sys, "argv", ["simcounty", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return Said(int(left.value.code or 0), out, err)

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
