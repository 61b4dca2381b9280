"""What the README pages quote is what a fresh run gives."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_verdicts_of_the_pages_are_those_of_a_fresh_run() -> None:
    command = [sys.executable, ROOT / "docs" / "figures.py", "--check"]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


PATH = re.compile(
    r"`((?:simcounty/|models/|tests/|scenarios/|docs/)?[a-z_]+(?:/[a-z_]+)*(?:\.py|\.json|\.toml|\.mdl|/))`"
)


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    """A module may be named from the package on, or by its own name alone."""
    named = sorted(set(PATH.findall((ROOT / page).read_text("utf-8"))))
    tops = (ROOT, ROOT / "simcounty", ROOT / "tests" / "benchmarks")
    missing = [
        name
        for name in named
        if not any((top / name).exists() for top in tops)
        and not list((ROOT / "simcounty").rglob(name.rstrip("/")))
    ]
    assert missing == []
