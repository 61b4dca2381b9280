"""Files that are written completely or not at all, alone or several together.

A file is written under another name beside its own, a part, and renamed once all of its set are complete. A
mark in every folder says that a set is complete: whoever writes there next finishes the set of a process that
died while it renamed, and removes the parts of one that died before. A set is forced to the disk before it is
renamed, so that a power cut leaves the old files or the new.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from platform import node

from simcounty.errors import InputError

PART, MARK = ".part", ".complete"
A_DAY = 86_400.0  # seconds after which what another machine left is taken to be given up


@contextmanager
def together() -> Iterator[None]:
    """Let the files that a block writes appear, or be replaced, together or not at all.

    A block inside another, and a function that is decorated with it, joins the outer one. Raises InputError
    where a file cannot be written.

    >>> with together():
    ...     for name in ("plan.csv", "plan.txt"):
    ...         with atomic_write(Path(name)) as part:
    ...             _ = part.write_text("gdp")
    ...     Path("plan.csv").exists()
    False
    >>> Path("plan.csv").exists() and Path("plan.txt").exists()
    True

    A system that refuses a name after it gave others, as to a file of another user, leaves those it gave.
    """
    if _open.get() is not None:
        yield
        return
    files = _FileSet()
    outer = _open.set(files)
    try:
        yield
        files.appear()
    finally:
        _open.reset(outer)
        files.clear()


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Write atomically: the file appears, or is replaced, only if the block succeeds, and all of `together`.

    Yields the path to write to; makes its folder if there is none. Raises InputError where that fails.

    >>> with atomic_write(Path("table.csv")) as part:
    ...     _ = part.write_text("year,gdp")
    >>> Path("table.csv").read_text()
    'year,gdp'
    """
    with together(), _worded(path):
        files = _joined()
        try:
            yield files.part_of(path)
        except BaseException:
            files.drop(path)
            raise


@contextmanager
def passing_write(path: Path) -> Iterator[Path]:
    """Write atomically what may be lost: by itself, and not forced to the disk; raises OSError."""
    files = _FileSet()
    try:
        part = files.part_of(path)
        yield part
        os.replace(part, path)
    finally:
        files.clear()


@dataclass
class _FileSet:
    """Files that are written under other names, and the folders that were made for them."""

    parts: dict[Path, Path] = field(default_factory=dict)
    made: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    owner: str = field(default_factory=lambda: _new_owner())

    def part_of(self, path: Path) -> Path:
        """Return the path a file is written to; make its folder, and tidy it."""
        folder = Path(os.path.abspath(path.parent))
        if folder not in self.folders:
            self.made += [each for each in (folder, *folder.parents) if not each.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            _tidy(folder)
            self.folders.append(folder)
        return self.parts.setdefault(path, folder / _part_name(path.name, self.owner))

    def drop(self, path: Path) -> None:
        """Leave a file out, whose block did not succeed."""
        if path in self.parts:
            with suppress(OSError):
                self.parts.pop(path).unlink()

    def appear(self) -> None:
        """Give every file its name; what has begun comes to its end, if need be by the next writer."""
        for path, part in self.parts.items():
            with _worded(path):
                _assert_replaceable(path)
                force_to_disk(part)
        self.folders.sort()
        with _locked(self.folders):
            if len(self.parts) > 1:
                _mark(self.folders, self.owner)
            try:
                for path, part in self.parts.items():
                    with _worded(path):
                        os.replace(part, path)
            except InputError:
                _unmark(self.folders, self.owner)
                raise
            _finish(self.folders, self.owner)
        self.made = []

    def clear(self) -> None:
        """Remove what has not appeared; a set that was begun is finished instead."""
        if self.folders and _mark_in(self.folders[0], self.owner).exists():
            _finish(self.folders, self.owner)
            return
        _unmark(self.folders, self.owner)
        for part in self.parts.values():
            with suppress(OSError):
                part.unlink()
        for folder in sorted(self.made, reverse=True):
            with suppress(OSError):  # others write there too
                folder.rmdir()


_open: ContextVar[_FileSet | None] = ContextVar("open", default=None)


def _joined() -> _FileSet:
    files = _open.get()
    assert files is not None, "a set is open"
    return files


@contextmanager
def _worded(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{path}: cannot be written ({reason}). "
            "Choose another place, or close the program that holds the file."
        ) from error


def _part_name(name: str, owner: str) -> str:
    return f".{name}.{owner}{PART}"


def _mark_in(folder: Path, owner: str) -> Path:
    return folder / f".{owner}{MARK}"


def _mark(folders: Sequence[Path], owner: str) -> None:
    """Say in every folder that a set is complete; what counts is the mark in the first, which comes last."""
    for folder in reversed(folders):
        mark = _mark_in(folder, owner)
        draft = folder / _part_name(mark.name, owner)
        with _worded(mark):
            draft.write_text(json.dumps([str(each) for each in folders]), "utf-8")
            force_to_disk(draft)
            os.replace(draft, mark)


def _finish(folders: Iterable[Path], owner: str) -> None:
    """Give the parts of a complete set that still lack it their name, then remove its marks."""
    there = [folder for folder in folders if folder.is_dir()]
    for folder in there:
        for part in folder.glob(_part_name("*", owner)):
            os.replace(part, folder / part.name[1 : -len(f".{owner}{PART}")])
        with suppress(OSError):  # of a file system that forces no folders
            force_to_disk(folder)
    _unmark(there, owner)


def _unmark(folders: Iterable[Path], owner: str) -> None:
    for folder in folders:
        _mark_in(folder, owner).unlink(missing_ok=True)


def _tidy(folder: Path) -> None:
    """Finish sets whose process died while they appeared, and remove the parts of those that died before."""
    left = [each for each in os.listdir(folder) if each[0] == "." and each.endswith((PART, MARK))]
    for name in sorted(left, key=lambda each: each.endswith(PART)):
        owner = name.rsplit(".", 2)[1]
        with suppress(OSError, ValueError, TypeError, LookupError, OverflowError):
            if _is_dead(owner, folder / name):
                if name.endswith(MARK):
                    _roll_forward(folder / name, owner)
                else:
                    (folder / name).unlink(missing_ok=True)


def _roll_forward(mark: Path, owner: str) -> None:
    folders = [Path(each) for each in json.loads(mark.read_text("utf-8"))]
    with _locked(folders):
        if _mark_in(folders[0], owner).exists():
            _finish(folders, owner)
        mark.unlink(missing_ok=True)


def _is_dead(owner: str, left: Path) -> bool:
    """Return whether nobody writes any more what was left; of another machine, whether it is old."""
    machine, process, _ = owner.split("-")
    if machine != _machine() or sys.platform == "win32":  # where asking after a process would end it
        return time.time() - left.stat().st_mtime > A_DAY
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


_sets = count()


def _new_owner() -> str:
    """Return whose a set is: machine, process, and its number there."""
    return f"{_machine()}-{os.getpid()}-{next(_sets)}"


@cache
def _machine() -> str:
    """Return where numbers of processes are known: a machine, or a container of its own on it."""
    with suppress(OSError):
        return f"{zlib.crc32((node() + os.readlink('/proc/self/ns/pid')).encode()):08x}"
    return f"{zlib.crc32(node().encode()):08x}"


def _assert_replaceable(path: Path) -> None:
    """Raise OSError for a folder of the name, and on Windows for a file that a program holds."""
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    if sys.platform == "win32" and path.exists():
        path.open("r+b").close()


def force_to_disk(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk; Windows keeps names by itself."""
    if path.is_dir() and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(folders: Iterable[Path]) -> Iterator[None]:
    """Let no other process rename in these folders meanwhile, where the system can lock a folder."""
    with ExitStack() as held:
        if sys.platform != "win32":
            import fcntl

            handles: dict[tuple[int, int], int] = {}  # a folder may have several names
            for folder in folders:
                with suppress(OSError):
                    handle = os.open(folder, os.O_RDONLY)
                    held.callback(os.close, handle)
                    handles.setdefault((os.fstat(handle).st_dev, os.fstat(handle).st_ino), handle)
            for _, handle in sorted(handles.items()):
                with suppress(OSError):  # of a file system without such locks
                    fcntl.flock(handle, fcntl.LOCK_EX)
        yield


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
