"""The command, run in a folder: installed, in a process of its own, or sooner, in that of the tests."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

import pytest

from simcounty import cli

COMMAND = shutil.which("simcounty", path=str(Path(sys.executable).parent)) or "simcounty"
ENTRY = "import sys; sys.argv[0] = 'simcounty'; from simcounty.command import main; main()"
"""What the script of the installed command does, for tests that put something before it."""
Ran = subprocess.CompletedProcess[str]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a user whose system is English, with changes."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    return {**kept, "LANG": "en_GB.UTF-8", **changes}


def installed(folder: Path, *args: str, **changes: str) -> Ran:
    """Run the installed command in a folder, in a process of its own; what it says is read as UTF-8."""
    return subprocess.run(
        [COMMAND, *args],
        cwd=folder,
        env=environment(**changes),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def run_in(folder: Path, *args: str, **changes: str) -> Ran:
    """Run the command in a folder, in this process: it says the same (`cli/test_installed.py`), but sooner.

    An error that has no words of its own fails the test, as does a warning.
    """
    out, err = (TextIOWrapper(BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
    with (
        chdir(folder),
        patch.dict(os.environ, environment(**changes), clear=True),
        patch.object(sys, "argv", ["simcounty", *args]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        cli.main()
    gc.unfreeze()
    said = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))
    return Ran(args, int(left.value.code or 0), *said)
