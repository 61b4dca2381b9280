"""Streams that are full or closed, a full disk, a folder that is gone: a word, an exit code, nothing half."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest
from running import COMMAND, environment

from .conftest import VILLAGE

PLAN = str(VILLAGE / "plan.toml")
FEW = 1500  # bytes that a file may have: less than a model or a workbook


@pytest.mark.parametrize(
    "command", [("copy", PLAN, "mine"), ("copy", PLAN, "mine", "--xlsx"), ("new", "洛川县"), ("run", PLAN)]
)
def test_a_full_disk_leaves_nothing_that_blocks_the_next(command: tuple[str, ...], tmp_path: Path) -> None:
    """A limit on the size of files stands for it."""
    full = subprocess.run(
        [COMMAND, *command], cwd=tmp_path, env=environment(), capture_output=True, encoding="utf-8",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FEW, FEW)),
    )  # fmt: skip
    assert (full.returncode, list(tmp_path.iterdir())) == (2, []), full.stderr
    assert "cannot be written (File too large)" in full.stderr
    assert "Traceback" not in full.stderr
    assert "ignored" not in full.stderr
    roomy = subprocess.run([COMMAND, *command], cwd=tmp_path, env=environment(), capture_output=True)
    assert roomy.returncode == 0
