"""Where simcounty keeps what takes long to make: graphs already read, equations already compiled.

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


@lru_cache(maxsize=1)
def folder() -> Path:
    """Return the cache folder, made if need be; a temporary one where none can be written."""
    for candidate in _candidates():
        try:
            candidate.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=candidate):
                return candidate
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="simcounty-"))


def _candidates() -> list[Path]:
    home = Path.home()
    system = {
        "win32": Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "simcounty",
        "darwin": home / "Library" / "Caches" / "simcounty",
    }
    default = Path(os.environ.get("XDG_CACHE_HOME", home / ".cache")) / "simcounty"
    wanted = os.environ.get("SIMCOUNTY_CACHE")
    return [*([Path(wanted)] if wanted else []), system.get(sys.platform, default)]


@lru_cache(maxsize=8)
def fingerprint(*packages: str) -> str:
    """Return a hash of the source text of packages: what they made is stale once it changes.

    >>> fingerprint("simcounty.model") == fingerprint("simcounty.model")
    True
    """
    digest = hashlib.sha256(sys.version.encode())
    for package in packages:
        home = Path(str(import_module(package).__file__)).parent
        for file in sorted(home.glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
