"""The command `main`, run inside the process of the tests, where starting it again would take long."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from simcounty import cli


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
