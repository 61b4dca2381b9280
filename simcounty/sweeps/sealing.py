"""The seal of a store: `seal.json` names the commit that counts, with checksums of the files that lead to it.

It is forced to the disk after them. Values are not: their own checksums tell what a power cut took of them,
and a resumed sweep runs it again.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.atomic import force_to_disk
from simcounty.dataset import package_version
from simcounty.errors import InputError

if TYPE_CHECKING:
    import icechunk

VERSION = 1
SEAL = "seal.json"


def sealed(place: Path) -> str:
    """Return the commit that counts.

    Raises InputError for a store of another version or without a seal, and OSError where files are not what
    they were when it was sealed.
    """
    if not (place / SEAL).exists():
        values = holds_values(place)
        way = "Sweep again into another folder" if values else "Nothing is stored: sweep again with --resume"
        raise InputError(f"{place}: lacks {SEAL}, which says what of it counts. {way}.")
    told = _read_seal(place / SEAL)
    if told["version"] != VERSION:
        raise InputError(
            f"{place.parent}: the store has version {told['version']}, this simcounty reads version "
            f"{VERSION}. Read it with the simcounty that wrote it ({told['simcounty']}), or sweep again."
        )
    digests: dict[str, str] = told["sha256"]
    if changed := [file for file, digest in digests.items() if _digest(place / file) != digest]:
        raise OSError(f"{', '.join(changed)}: not what was written")
    return str(told["snapshot"])


def _read_seal(file: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(file.read_text("utf-8"))
        intact = f"snapshots/{told['snapshot']}" in told["sha256"] and {"version", "simcounty"} <= told.keys()
    except (ValueError, KeyError, TypeError):
        intact = False
    if not intact:
        raise OSError(f"{file.name}: not what was written")
    return told


def seal(place: Path, repository: icechunk.Repository, snapshot: str) -> None:
    """Make a commit the one that counts."""
    manifests = [each["id"] for each in json.loads(repository.inspect_snapshot(snapshot))["manifests"]]
    files = [f"snapshots/{snapshot}", *(f"manifests/{each}" for each in manifests)]
    content = {
        "version": VERSION,
        "simcounty": package_version(),
        "snapshot": snapshot,
        "sha256": {file: _digest(place / file) for file in files},
    }
    draft = place / f".{SEAL}"
    draft.write_text(json.dumps(content, indent=1), "utf-8")
    for file in (*(place / each for each in files), *(place / "refs").rglob("*.json"), draft):
        force_to_disk(file)
    os.replace(draft, place / SEAL)
    force_to_disk(place)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def holds_values(place: Path) -> bool:
    """Return whether anything was committed to a store after it was made and laid out."""
    return len(list(place.glob("snapshots/*"))) > 2
