"""The store of a sweep: an icechunk repository, one atomic commit a chunk of members.

A variable is a zarr array (scenario, member, …, time) cut along `member` as the sweep is; every piece carries
a checksum. `status` says of each member of each scenario whether it ran (0), failed (1) or is still to be
run (255): a chunk's values and its status arrive in one commit, so that a kill leaves either all or nothing.
The commit counts once it is sealed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import icechunk
import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from simcounty.dataset import package_version
from simcounty.errors import InputError, RunError
from simcounty.sweeps.request import pieces

if TYPE_CHECKING:
    from simcounty.sweeps.chunks import Chunk

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


FOLDER = "futures.icechunk"
BRANCH = "main"
RAN, FAILED, WAITING = 0, 1, 255
CODECS = (BloscCodec(cname="lz4", clevel=1, shuffle="shuffle"), Crc32cCodec())
TROUBLE = (icechunk.IcechunkError, OSError, RuntimeError, ValueError, KeyError, zarr.errors.BaseZarrError)
"""What reading a damaged store may raise."""

Numbers = np.ndarray[Any, Any]
icechunk.set_logs_filter("error")  # its warning of concurrent commits does not concern one locked writer


def exists(folder: Path) -> bool:
    """Tell whether a folder holds a sweep."""
    return (folder / FOLDER).is_dir()


def create(folder: Path, template: xr.Dataset, members: int, chunk: int) -> None:
    """Make an empty store for a sweep; it takes its place whole or not at all."""
    draft = folder / f".{FOLDER}"
    shutil.rmtree(draft, ignore_errors=True)  # of one that was killed here
    with writing(folder):
        repository = icechunk.Repository.create(_storage(draft))
        session = repository.writable_session(BRANCH)
        _lay_out(session, template, members, chunk)
        seal(draft, repository, session.commit("laid out"))
        os.replace(draft, folder / FOLDER)


def write(folder: Path, chunk: Chunk) -> None:
    """Commit the values of some members, all or nothing."""
    place = slice(chunk.members.start, chunk.members.stop)
    with writing(folder):
        repository, session = _continued(folder)
        group = zarr.open_group(session.store, mode="r+")
        for key, values in chunk.values.items():
            _array(group, key)[:, place] = values
        for key, column in chunk.columns.items():
            _array(group, key)[place] = column
        _array(group, "status")[:, place] = np.where(chunk.failed, FAILED, RAN).astype(np.uint8)
        seal(folder / FOLDER, repository, session.commit(f"members {place.start} to {place.stop - 1}"))


def read(folder: Path) -> xr.Dataset:
    """Open a store as a dataset whose values are read when needed; members that were not run are left out.

    Raises InputError where there is none, where another version wrote it, and where it is damaged.
    """
    stored = opened(folder)
    with naming_damage(folder):
        status = stored.status.values
    ran = (status != WAITING).all(axis=0)
    failed = xr.Variable(("scenario", "member"), status == FAILED)
    futures = stored.drop_vars("status").assign_coords(failed=failed)
    futures.attrs["unfinished"] = int((~ran).sum())
    return futures if ran.all() else futures.isel(member=np.flatnonzero(ran))


def opened(folder: Path) -> xr.Dataset:
    """Open a store as it is, every member of the sweep with its `status`; no values are read yet."""
    with reading(folder):
        group = _group(folder)
        stored: xr.Dataset = xr.open_zarr(group.store, consolidated=False, chunks=None)
    return stored.assign_coords(member=np.arange(stored.sizes["member"]))


def finished(folder: Path, chunks: list[range]) -> set[range]:
    """Return the chunks that are stored and whole; a damaged one counts as not yet run."""
    with reading(folder):
        group = _group(folder)
        return {chunk for chunk in chunks if _is_whole(group, chunk)}


def damages(folder: Path) -> list[str]:
    """Return which stored pieces cannot be read, in a user's words."""
    with reading(folder):
        group = _group(folder)
        about: dict[str, Any] = group.attrs.asdict()
    found = []
    for chunk in pieces(about["members"], about["chunk"]):
        bad = [key for key in _cut(group) if not _reads(group, key, chunk)]
        found += [f"members {chunk.start} to {chunk.stop - 1}: {', '.join(bad)}"] if bad else []
    return found


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn what reading a damaged store raises into one error that names the damage."""
    if not exists(folder):
        raise InputError(
            f"{folder}: holds no sweep. Make one with: simcounty sweep SCENARIO -n 1000 --out {folder}"
        )
    try:
        yield
    except TROUBLE as trouble:
        raise InputError(
            f"{folder}: the store is damaged and cannot be opened ({_first_line(trouble)}). "
            "Sweep again into another folder."
        ) from trouble


@contextmanager
def naming_damage(folder: Path) -> Iterator[None]:
    """Say which pieces are damaged where reading values fails."""
    try:
        yield
    except TROUBLE:
        if not exists(folder) or not (found := damages(folder)):
            raise
        said = "\n".join(f"  - {each}" for each in found)
        raise InputError(
            f"{folder}: these stored values are damaged:\n{said}\n"
            "Run the same sweep with --resume: it runs them again and nothing else."
        ) from None


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what a full or lost disk raises into an error; what was committed before stays readable."""
    try:
        yield
    except (icechunk.IcechunkError, OSError) as trouble:
        raise RunError(
            f"{folder}: cannot be written ({_first_line(trouble)}). What was stored before can be read. "
            "Make room, then run the same sweep with --resume."
        ) from trouble


def _storage(folder: Path) -> icechunk.Storage:
    return icechunk.local_filesystem_storage(str(folder))


def _repository(folder: Path) -> icechunk.Repository:
    return icechunk.Repository.open(_storage(folder / FOLDER))


def _group(folder: Path) -> zarr.Group:
    snapshot = sealed(folder / FOLDER)
    return zarr.open_group(_repository(folder).readonly_session(snapshot_id=snapshot).store, mode="r")


def _continued(folder: Path) -> tuple[icechunk.Repository, icechunk.Session]:
    """Go on from the commit that counts; one whose process was killed before it was sealed is left behind."""
    repository, snapshot = _repository(folder), sealed(folder / FOLDER)
    if repository.lookup_branch(BRANCH) != snapshot:
        repository.reset_branch(BRANCH, snapshot)
    return repository, repository.writable_session(BRANCH)


def _lay_out(session: icechunk.Session, template: xr.Dataset, members: int, chunk: int) -> None:
    """Write coordinates and attributes, and an empty array for everything that has members."""
    inner = [key for key in template.variables if "member" in template[key].dims]
    bare = template.drop_vars(inner)
    checked = {key: {"compressors": CODECS} for key in bare.variables}
    bare.to_zarr(session.store, mode="w", consolidated=False, zarr_format=3, encoding=checked)
    group = zarr.open_group(session.store, mode="r+")
    for key in inner:
        if key not in ("member", "failed"):
            _create(group, str(key), template[key], members, chunk, np.nan)
    _create(group, "status", template.failed.astype(np.uint8), members, chunk, WAITING)
    inputs = [str(key) for key in template.coords if "role" in template[key].attrs]
    group.attrs.update({"coordinates": " ".join(inputs)})


def _create(group: zarr.Group, key: str, like: xr.DataArray, members: int, chunk: int, fill: float) -> None:
    sizes = {str(dim): members if dim == "member" else size for dim, size in like.sizes.items()}
    cut = {**sizes, "member": min(chunk, members), "scenario": 1}
    group.create_array(
        key,
        shape=tuple(sizes.values()),
        chunks=tuple(cut[dim] for dim in sizes),
        dtype=like.dtype,
        fill_value=fill,
        dimension_names=list(sizes),
        attributes=dict(like.attrs),
        compressors=CODECS,
    )


def _array(group: zarr.Group, key: str) -> Any:
    return group[key]


def _cut(group: zarr.Group) -> list[str]:
    """Return the arrays that are cut along `member`."""
    return [key for key, array in group.arrays() if "member" in (array.metadata.dimension_names or ())]  # type: ignore[union-attr]


def _is_whole(group: zarr.Group, chunk: range) -> bool:
    return all(_reads(group, key, chunk) for key in _cut(group)) and _ran(group, chunk)


def _ran(group: zarr.Group, chunk: range) -> bool:
    return bool((_array(group, "status")[:, chunk.start : chunk.stop] != WAITING).all())


def _reads(group: zarr.Group, key: str, chunk: range) -> bool:
    array = _array(group, key)
    along = array.metadata.dimension_names.index("member")
    try:
        array[(slice(None),) * along + (slice(chunk.start, chunk.stop),)]
    except TROUBLE:
        return False
    return True


def _first_line(trouble: BaseException) -> str:
    return (str(trouble).strip().splitlines() or [type(trouble).__name__])[0]
