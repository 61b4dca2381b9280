"""The cache folder: graphs already read, equations already compiled.

Everything in it can be deleted at any time. `SIMCOUNTY_CACHE` names another folder.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from platformdirs import user_cache_path


@lru_cache(maxsize=1)
def folder() -> Path:
    """Return the cache folder, made if need be; a temporary folder where none can be written."""
    for candidate in _candidates():
        try:
            candidate.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=candidate):
                return candidate
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="simcounty-"))


def _candidates() -> list[Path]:
    """Return the folders to try: the one named by the user, the system's, and the one in the home folder."""
    named = os.environ.get("SIMCOUNTY_CACHE")
    own = user_cache_path("simcounty", appauthor=False)
    home = Path(os.path.expanduser("~/.cache/simcounty"))
    # a relative XDG_CACHE_HOME is not valid, and would put files in the current folder
    return [*([Path(named)] if named else []), *(path for path in (own, home) if path.is_absolute())]


@lru_cache(maxsize=8)
def fingerprint(*packages: str) -> str:
    """Return a hash of the source text of packages; what they wrote is stale once it changes.

    >>> fingerprint("simcounty.model") == fingerprint("simcounty.model")
    True
    """
    digest = hashlib.sha256(sys.version.encode())
    for package in packages:
        home = Path(str(import_module(package).__file__)).parent
        for file in sorted(home.glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
