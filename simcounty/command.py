"""The installed command, which can be interrupted from its first moment to its last: with 130, in silence.

It sets that up before anything else is imported. An interrupt is raised once, so that what is half done can
be undone; the next one leaves at once.
"""

from __future__ import annotations

import os
import sys
from _signal import SIGINT, signal  # type: ignore[import-not-found] # what `signal` adds takes longest

INTERRUPTED = 128 + SIGINT


def main() -> None:
    """Run the command line and exit."""
    signal(SIGINT, _leave)
    _open_standard_streams()
    sys.unraisablehook = _report
    from simcounty.cli import main as run

    try:
        try:
            signal(SIGINT, _interrupt)
            run()
        finally:
            signal(SIGINT, _leave)
    except KeyboardInterrupt:
        _leave()


def _interrupt(*_: object) -> None:
    signal(SIGINT, _leave)
    raise KeyboardInterrupt


def _leave(*_: object) -> None:
    os._exit(INTERRUPTED)


def _report(problem: sys.UnraisableHookArgs) -> None:
    """Leave where an interrupt was raised in what cannot be interrupted; Python would print it and go on."""
    if isinstance(problem.exc_value, KeyboardInterrupt):
        _leave()
    sys.__unraisablehook__(problem)


def _open_standard_streams() -> None:
    """Open the null device in place of closed streams, lest the next file opened be taken for one."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
