"""The seal of a store: which commit counts, and a digest of every file that leads to its values.

Values carry checksums, but a flipped bit in a snapshot or a manifest can pass for another goal, lose a piece
or keep the reader busy for ever: they are compared with the seal before they are used. A seal is replaced
after the commit, in one step, and what came in without it does not count.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.errors import InputError
from simcounty.labels import package_version

if TYPE_CHECKING:
    import icechunk

VERSION = 1
SEAL = "seal.json"


def seal(place: Path, repository: icechunk.Repository, snapshot: str) -> None:
    """Make a commit the one that counts."""
    manifests = [each["id"] for each in json.loads(repository.inspect_snapshot(snapshot))["manifests"]]
    files = [f"snapshots/{snapshot}", *(f"manifests/{each}" for each in manifests)]
    told = {
        "version": VERSION,
        "simcounty": package_version(),
        "snapshot": snapshot,
        "sha256": {file: _digest(place / file) for file in files},
    }
    draft = place / f".{SEAL}"
    draft.write_text(json.dumps(told, indent=1), "utf-8")
    os.replace(draft, place / SEAL)


def sealed(place: Path) -> str:
    """Return the commit that counts.

    Raises InputError for a store of another version, and OSError where files are not what they
    were when it was sealed.
    """
    told = _told(place / SEAL)
    if told["version"] != VERSION:
        raise InputError(
            f"{place.parent}: the store has version {told['version']}, this simcounty reads version "
            f"{VERSION}. Read it with the simcounty that wrote it ({told['simcounty']}), or sweep again."
        )
    digests: dict[str, str] = told["sha256"]
    if changed := [file for file, digest in digests.items() if _digest(place / file) != digest]:
        raise OSError(f"{', '.join(changed)}: not what was written")
    return str(told["snapshot"])


def _told(file: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(file.read_text("utf-8"))
        complete = (
            f"snapshots/{told['snapshot']}" in told["sha256"] and {"version", "simcounty"} <= told.keys()
        )
    except (ValueError, KeyError, TypeError):
        complete = False
    if not complete:
        raise OSError(f"{file.name}: not what was written")
    return told


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
