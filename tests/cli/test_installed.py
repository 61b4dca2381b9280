"""Each installed command says, writes and ends with what it does in the process of the tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from running import installed, run_in

from simcounty.atomic import MARK, PART
from simcounty.cli import COMMANDS
from simcounty.sweeps.store import FOLDER

from .conftest import VILLAGE

PLAN = "village/plan.toml"
REACH = ("--target", "urban-share-2030", "--using", "moving_rate")
ASKED: Mapping[str, tuple[str, ...]] = {
    "list": (),
    "copy": (PLAN, "mine"),
    "new": ("洛川县", "--lang", "zh"),
    "run": (PLAN, "--out", "there"),
    "compare": (PLAN, "--waterfall"),
    "seek": (PLAN, "--set", "moving_rate=1%", *REACH, "--save", "found.toml"),
    "audit": (PLAN, "-n", "20"),
    "calibrate": ("--save", "posterior.txt"),
    "model-error": ("--panel", "nowhere.csv"),
    "report": (PLAN, "--docx", "a/r.docx", "--xlsx", "r.xlsx", "--md", "r.md"),
    "sweep": (PLAN, "-n", "8", "--vary", "moving_rate=1%:5%", "--out", "there", "--quiet"),
    "summary": ("futures",),
    "sensitivity": ("futures", "--discover", "--lang", "zh"),
    "data": ("桐庐", "--save", "known.csv"),
    "score": ("桐庐", "--known-by", "2021"),
    "targets": ("tonglu/plan-2027", "--json"),
    "describe": ("village/village.mdl", "进城率"),
    "check": ("village/county.toml",),
    "validate": ("village/village.mdl",),
    "proof": ("nowhere.md",),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the village, and a sweep of it."""
    folder = tmp_path_factory.mktemp("home")
    shutil.copytree(VILLAGE, folder / "village")
    swept = run_in(folder, "sweep", PLAN, "-n", "40", "--vary", "moving_rate=1%:5%", "--out", "futures")
    assert swept.returncode == 0, swept.stderr
    return folder


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many complete files still wait for their name, each time that one gets it."""
    rename, counts = os.replace, []

    def replace(part: Path, name: Path) -> None:
        if (tmp_path / name).is_relative_to(tmp_path) and not str(name).endswith(MARK):
            counts.append(len(list(tmp_path.rglob(f"*{PART}"))))
        rename(part, name)

    monkeypatch.setattr(os, "replace", replace)
    return counts


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_does_the_same_installed_and_here(
    command: str, home: Path, tmp_path: Path, waiting: list[int]
) -> None:
    """And the files it leaves appear together."""
    there, here = (Path(shutil.copytree(home, tmp_path / name)) for name in ("there", "here"))
    one, two = (run(folder, command, *ASKED[command]) for run, folder in ((installed, there), (run_in, here)))
    assert (two.returncode, two.stdout, two.stderr) == (one.returncode, one.stdout, one.stderr)
    written, same = (
        sorted(file.relative_to(folder) for file in folder.rglob("*") if FOLDER not in file.parts)
        for folder in (there, here)
    )
    assert same == written
    if command != "sweep":  # which commits chunk by chunk
        files = (file.relative_to(here) for file in here.rglob("*") if file.is_file())
        made = [file for file in files if not (home / file).exists()]
        assert waiting == list(range(len(made), 0, -1))
