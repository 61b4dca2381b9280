"""Files that show whether they are as they were written: the digest of all bytes before it ends them.

What a library makes of damaged netCDF or HDF5 cannot be foreseen, so it never sees any: a file of our own is
read only when its digest holds. Programs that read netCDF pass over what follows the data.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from simcounty.errors import ScenarioError
from simcounty.input_files import content_of
from simcounty.language import said

MARK = b"\nsimcounty sha256 "
LENGTH = len(MARK) + 64 + 1


def seal(path: Path) -> None:
    """Append the digest of a file to it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open("ab") as file:
        file.write(MARK + digest.encode() + b"\n")


def assert_sealed(path: Path) -> None:
    """Raise ScenarioError for a file that was not written by simcounty, or was changed since.

    >>> file = Path("posterior.nc")
    >>> _ = file.write_bytes(b"CDF")
    >>> seal(file)
    >>> assert_sealed(file)
    """
    content = content_of(path)
    written, end = content[:-LENGTH], content[-LENGTH:]
    if end != MARK + hashlib.sha256(written).hexdigest().encode() + b"\n":
        raise ScenarioError(said("file.changed"))
