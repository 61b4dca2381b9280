"""Standard streams that a command can go on without: results may be lost, files and exit codes may not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase, TextIOWrapper
from typing import IO, Any, TextIO


class Outlet(RawIOBase):
    """A stream that drops what cannot be written, and keeps why."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.trouble: OSError | None = None

    def write(self, content: Any) -> int:
        """Write bytes, or drop them, all that wait and all that follow once one could not be written."""
        if self.trouble is None:
            try:
                self._stream.write(content)
                self._stream.flush()
            except OSError as trouble:
                self.trouble = trouble
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        return len(content)

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return whether a terminal shows it."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return its number in the system."""
        return self._stream.fileno()


@contextmanager
def standard_streams() -> Iterator[None]:
    """Let a block print UTF-8, whatever the console's code page, on streams that cannot stop it."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_unstoppable, before)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        sys.stdout, sys.stderr = before


def trouble_of(stream: TextIO) -> str:
    """Return why something could not be written to a stream; nothing where all was, or nobody reads it."""
    stream.flush()
    outlet = getattr(stream, "buffer", None)
    trouble = outlet.trouble if isinstance(outlet, Outlet) else None
    return "" if trouble is None or isinstance(trouble, BrokenPipeError) else trouble.strerror or str(trouble)


def _unstoppable(stream: TextIO | None) -> TextIO:
    if stream is None:  # it was closed before the command began
        return open(os.devnull, "w", encoding="utf-8")
    if not isinstance(stream, TextIOWrapper):
        return stream
    outlet: Any = Outlet(stream.buffer)
    return TextIOWrapper(outlet, "utf-8", errors="replace", line_buffering=stream.line_buffering)
