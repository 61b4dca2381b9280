"""The cache folder: graphs already read, equations already compiled; of one user, who alone may write there.

Everything in it can be deleted at any time. `SIMCOUNTY_CACHE` names another folder. What is found there is
data: it is looked at only if this user wrote it, and exactly so, and it is never run or unpickled.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_dir

from simcounty.atomic import passing_write

_MAGIC = b"simcounty cache 1\n"
_HEAD = len(_MAGIC) + hashlib.sha256().digest_size
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # nor wait for a pipe


def read(name: str) -> bytes | None:
    """Return what this user wrote under a name; None where there is nothing, or nothing to be trusted."""
    with suppress(OSError), open(folder() / name, "rb", opener=_open_file) as file:
        if _is_own(status := os.fstat(file.fileno())) and stat.S_ISREG(status.st_mode):
            written = file.read()
            return written[_HEAD:] if written[:_HEAD] == _head(name, written[_HEAD:]) else None
    return None


def write(name: str, content: bytes) -> None:
    """Keep content under a name, all of it or nothing, for this user alone; failing only costs time."""
    with (
        suppress(OSError),
        passing_write(folder() / name) as part,
        open(part, "xb", opener=partial(os.open, mode=0o600)) as file,
    ):
        file.write(_head(name, content) + content)


def kept(name: str, make: Callable[[], bytes]) -> bytes:
    """Return what is kept under a name; make it if there is none to be trusted."""
    content = read(name)
    if content is None:
        with uncollected():
            content = make()
        write(name, content)
    return content


def name_of(kind: str, *depends: object) -> str:
    """Return the name of an entry from its kind and the whole of what it depends on, told by its repr.

    >>> name_of("graph", "a", 1) == name_of("graph", "a", 1) != name_of("graph", "a", 2)
    True
    """
    return f"{hashlib.sha256(repr(depends).encode()).hexdigest()[:32]}.{kind}"


def _open_file(path: str, flags: int) -> int:
    return os.open(path, flags | _NO_LINK)


def _head(name: str, content: bytes) -> bytes:
    """Return what stands before a content; under another name it would be another."""
    return _MAGIC + hashlib.sha256(name.encode() + b"\0" + content).digest()


def folder() -> Path:
    """Return the cache folder, made if need be; where none is this user's own, one until the process ends."""
    for candidate in _candidates():
        with suppress(OSError):
            candidate.mkdir(0o700, parents=True, exist_ok=True)
            if _is_own(candidate.stat()) and os.access(candidate, os.W_OK):
                return candidate
    return _passing()


def _is_own(status: os.stat_result) -> bool:
    """Return whether something is this user's and no other's to write; Windows sees to that itself."""
    private = not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return sys.platform == "win32" or (private and status.st_uid == os.geteuid())


def _candidates() -> list[Path]:
    """Return the folders to try: the one named by the user, the system's, and the one in the home folder.

    A variable that is empty or relative counts as unset: it would put files in the current folder.
    """
    named, home = os.environ.get("SIMCOUNTY_CACHE", ""), os.environ.get("HOME", "")
    places = [named, os.path.join(home, ".cache", "simcounty")]
    with suppress(RuntimeError):  # of a user without a home
        places.insert(1, user_cache_dir("simcounty", appauthor=False))
    return [Path(place) for place in places if os.path.isabs(place)]


@lru_cache(maxsize=1)
def _passing() -> Path:
    """Return a folder for this process alone."""
    made = Path(tempfile.mkdtemp(prefix="simcounty-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@lru_cache(maxsize=8)
def fingerprint(*packages: str) -> str:
    """Return a hash of the text of our packages and the versions of others: another makes what is kept stale.

    >>> fingerprint("simcounty.model", "pysd") == fingerprint("simcounty.model", "pysd")
    True
    """
    digest = hashlib.sha256(sys.version.encode())
    for package in packages:
        if not package.startswith("simcounty"):
            digest.update(f"{package} {version(package)}\0".encode())
            continue
        home = Path(str(import_module(package).__file__)).parent
        for file in sorted(home.glob("*.py")):
            digest.update(f"{package} {file.name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python from searching for rings among a million values in the making: it takes up to a third."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
