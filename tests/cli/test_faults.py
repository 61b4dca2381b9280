"""Streams that are full or closed, a full disk, a folder that is gone: a word, an exit code, nothing half."""

from __future__ import annotations

import resource
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from running import ENTRY, Ran, environment, run_in

from .conftest import VILLAGE

PLAN = str(VILLAGE / "plan.toml")
FEW = 1500  # bytes that a file may have: less than a model or a workbook
FILES = ["headline.pdf", "headline.png", "headline.svg", "run.csv", "run.nc"]


def through_shell(folder: Path, arguments: Sequence[str], redirections: str, before: str = "") -> Ran:
    """Run the command as its script does, with redirections of the shell and something that comes first."""
    words = shlex.join([sys.executable, "-P", "-c", before + ENTRY, *arguments])
    return subprocess.run(
        f"exec {words} {redirections}", shell=True, cwd=folder, env=environment(), capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("redirections", "code"),
    [(">/dev/full", 1), (">&-", 0), ("2>/dev/full", 0), ("2>&-", 0), (">&- 2>&-", 0), ("</dev/null <&-", 0)],
)
def test_files_are_written_whatever_becomes_of_the_streams(
    redirections: str, code: int, tmp_path: Path
) -> None:
    ran = through_shell(tmp_path, ["run", PLAN, "--out", "there"], redirections)
    assert ran.returncode == code, ran.stderr
    assert sorted(file.name for file in (tmp_path / "there").iterdir()) == FILES
    assert "Traceback" not in ran.stderr
    assert ("could not be printed in full (No space left on device)" in ran.stderr) == (code == 1)
    assert (ran.stdout == "") == (">" in redirections.partition("2>")[0])


@pytest.mark.parametrize(
    "command",
    [("list",), ("list", "--json"), ("--version",), ("--help",), ("run", "--help"), ("describe", "start")],
)
def test_a_full_stdout_is_an_error_without_a_traceback(command: tuple[str, ...], tmp_path: Path) -> None:
    full = through_shell(tmp_path, command, ">/dev/full")
    assert full.returncode == 1
    assert full.stderr.startswith("The results could not be printed in full (No space left on device)")
    assert len(full.stderr.splitlines()) == 1


@pytest.mark.parametrize("redirections", ["", "2>/dev/full", "2>&-"])
def test_bad_input_is_bad_input_where_nobody_is_told(redirections: str, tmp_path: Path) -> None:
    ran = through_shell(tmp_path, ["run", "nowhere.toml"], redirections)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ("nowhere.toml" in ran.stderr) == (redirections == "")


def test_a_current_folder_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    ran = through_shell(gone, ["run", PLAN], "", before="import os; os.rmdir(os.getcwd()); ")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "The current folder is gone. Change to another folder.\n"


def test_what_the_system_says_of_a_file_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any file that nobody thought of."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "somewhere.txt")

    monkeypatch.setattr("simcounty.catalog.names", refuse)
    ran = run_in(tmp_path, "list")
    assert (ran.returncode, ran.stderr) == (2, "somewhere.txt: cannot be used (Permission denied).\n")


MODULES = (
    "simcounty.cli",
    "typer",
    "simcounty.cli.run",
    "simcounty.scenario",
    "numpy",
    "xarray",
    "matplotlib",
)
INTERRUPT = """
import sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            import os, signal
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
"""


@pytest.mark.parametrize("module", MODULES)
def test_an_interrupt_while_something_is_imported_is_130_in_silence(module: str, tmp_path: Path) -> None:
    ran = through_shell(
        tmp_path, ["run", PLAN, "--out", "there", "--quiet"], ">/dev/null", INTERRUPT.format(module=module)
    )
    assert (ran.returncode, ran.stderr) == (130, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command", [("copy", PLAN, "mine"), ("copy", PLAN, "mine", "--xlsx"), ("new", "洛川县"), ("run", PLAN)]
)
def test_a_full_disk_leaves_nothing_that_blocks_the_next(command: tuple[str, ...], tmp_path: Path) -> None:
    """A limit on the size of files stands for it."""
    full = subprocess.run(
        [sys.executable, "-P", "-c", ENTRY, *command], cwd=tmp_path, env=environment(), capture_output=True,
        encoding="utf-8", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FEW, FEW)),
    )  # fmt: skip
    assert (full.returncode, list(tmp_path.iterdir())) == (2, []), full.stderr
    assert "cannot be written (File too large)" in full.stderr
    assert "Traceback" not in full.stderr
    assert "ignored" not in full.stderr
    assert run_in(tmp_path, *command).returncode == 0
