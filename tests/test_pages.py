"""What the README pages quote is what a fresh run gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_verdicts_of_the_pages_are_those_of_a_fresh_run() -> None:
    command = [sys.executable, ROOT / "docs" / "figures.py", "--check"]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
