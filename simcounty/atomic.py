"""Files that are written completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident

from simcounty.errors import InputError


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Write atomically: the file appears, or is replaced, only if the block succeeds.

    Yields the path to write to; makes its folder if there is none. Raises InputError where that fails.

    >>> with atomic_write(Path("table.csv")) as part:
    ...     _ = part.write_text("year,gdp")
    >>> Path("table.csv").read_text()
    'year,gdp'
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{path}: cannot be written ({reason}). "
            "Choose another place, or close the program that holds the file."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


def writable_folder(folder: Path) -> Path:
    """Return a folder if it can be written to, or could be made; nothing is made yet.

    Raises InputError where it cannot, so that this is known before a long run.
    """
    ground = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not ground.is_dir():
        raise InputError(f"{folder}: cannot be written ({ground} is a file). Choose another folder.")
    if not os.access(ground, os.W_OK | os.X_OK):
        raise InputError(f"{folder}: cannot be written (no permission in {ground}). Choose another folder.")
    return folder


def writable_file(file: Path) -> Path:
    """Return a path that a file can be written to; a file that is there will be replaced.

    Raises InputError where it cannot, as `writable_folder` does.
    """
    writable_folder(file.parent)
    if file.is_dir():
        raise InputError(f"{file}: cannot be written (it is a folder). Choose another name.")
    return file
