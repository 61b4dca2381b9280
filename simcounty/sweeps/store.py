"""The store of a sweep: an icechunk repository, one atomic commit for each chunk of members.

A variable is a zarr array (scenario, member, …, time) cut along `member` as the sweep is; every piece carries
a checksum. `status` says of each member of each scenario whether it ran (0), failed (1) or is still to be
run (255): a chunk's values and its status arrive in one commit, so that a kill leaves either all or nothing.
A commit counts once it is sealed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import icechunk
import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync

from simcounty.errors import InputError, RunError
from simcounty.sweeps.sealing import SEAL, holds_values, seal, sealed
from simcounty.sweeps.specification import pieces

if TYPE_CHECKING:
    from simcounty.sweeps.chunks import Chunk

FOLDER = "futures.icechunk"
DRAFT, REPLACED = f".{FOLDER}", f".{FOLDER}.replaced"
BRANCH = "main"
RAN, FAILED, WAITING = 0, 1, 255
EMPTY = {"f": np.nan, "i": 0, "O": ""}  # what stands by kind where a member has not been run
CODECS = (BloscCodec(cname="lz4", clevel=1, shuffle="shuffle"), Crc32cCodec())
TROUBLE = (icechunk.IcechunkError, OSError, RuntimeError, ValueError, KeyError, zarr.errors.BaseZarrError)
"""What reading a damaged store may raise."""

# what it prints it raises too, but for what does not concern one locked writer
icechunk.set_logs_filter("off")


def exists(folder: Path) -> bool:
    """Return whether a folder holds a sweep."""
    return (folder / FOLDER).is_dir()


def create(folder: Path, template: xr.Dataset, members: int, chunk: int) -> None:
    """Create an empty store for a sweep atomically: it appears complete or not at all."""
    with writing(folder):
        repository, session = _drafted(folder)
        _lay_out(session, template, members, chunk)
        seal(folder / DRAFT, repository, session.commit("laid out"))
        os.replace(folder / DRAFT, folder / FOLDER)


def recover(folder: Path) -> None:
    """Put back a store whose process was killed while a copy took its place."""
    if (folder / REPLACED).exists() and not (folder / FOLDER).exists():
        os.replace(folder / REPLACED, folder / FOLDER)


def mend(folder: Path) -> None:
    """Put right what a killed process or somebody's hand left, where no value is lost by it."""
    place = folder / FOLDER
    shutil.rmtree(folder / REPLACED, ignore_errors=True)
    if place.is_dir() and not (place / SEAL).exists() and not holds_values(place):
        shutil.rmtree(place)


def write(folder: Path, chunk: Chunk) -> None:
    """Commit the values of some members, all or nothing."""
    place = slice(chunk.members.start, chunk.members.stop)
    with writing(folder):
        repository, session = _resumed(folder)
        group: Any = zarr.open_group(session.store, mode="r+")
        for key, values in chunk.values.items():
            group[key][:, place] = values
        for key, column in chunk.columns.items():
            group[key][place] = column
        group["status"][:, place] = np.where(chunk.failed, FAILED, RAN).astype(np.uint8)
        seal(folder / FOLDER, repository, session.commit(f"members {place.start} to {place.stop - 1}"))


def open_sweep(folder: str | Path) -> xr.Dataset:
    """Open a stored sweep; values are read when they are needed, members not yet run are left out.

    Raises InputError for a folder without a sweep, a store of another version and a damaged one. Values that
    were damaged raise ValueError when they are read: `simcounty summary` names them, `resume` repairs them.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027")
    >>> _ = sc.sweep(plan, n=8, vary={"forward_inflation": ("0 %", "2 %")}, out="futures")
    >>> open_sweep("futures").sizes["member"]
    8
    """
    folder = Path(folder)
    stored = every_member(folder)
    with _damage_named(folder):
        status = stored.status.values
    ran = (status != WAITING).all(axis=0)
    failed = xr.Variable(("scenario", "member"), status == FAILED)
    futures = stored.drop_vars("status").assign_coords(failed=failed)
    futures.attrs["unfinished"] = int((~ran).sum())
    return futures if ran.all() else futures.isel(member=np.flatnonzero(ran))


@contextmanager
def stored_futures(folder: Path) -> Iterator[xr.Dataset]:
    """Yield the futures in a store; where reading values fails in the block, raise which are damaged."""
    futures = open_sweep(folder)
    with _damage_named(folder):
        yield futures


def every_member(folder: Path) -> xr.Dataset:
    """Open a store as it is, every member of the sweep with its `status`; no values are read yet."""
    with _reading(folder):
        stored: xr.Dataset = xr.open_zarr(_group(folder).store, consolidated=False, chunks=None)
    return stored.assign_coords(member=np.arange(stored.sizes["member"]))


def complete(folder: Path, chunks: list[range]) -> set[range]:
    """Return the chunks that are stored in full and readable; a damaged one counts as not yet run."""
    with _reading(folder):
        group = _group(folder)
        status: Any = group["status"]
        return {
            chunk
            for chunk in chunks
            if not _unreadable(group, chunk) and (status[:, chunk.start : chunk.stop] != WAITING).all()
        }


def _damages(folder: Path) -> list[str]:
    """Return which stored pieces cannot be read, in words for the user."""
    with _reading(folder):
        group = _group(folder)
        about: dict[str, Any] = group.attrs.asdict()
    chunks = pieces(about["members"], about["chunk"])
    return [
        f"members {chunk.start} to {chunk.stop - 1}: {', '.join(bad)}"
        for chunk in chunks
        if (bad := _unreadable(group, chunk))
    ]


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Turn what opening a damaged store raises into one error that names the damage."""
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
def _damage_named(folder: Path) -> Iterator[None]:
    """Raise which pieces are damaged where reading values fails in the block."""
    try:
        yield
    except TROUBLE:
        if not exists(folder) or not (found := _damages(folder)):
            raise
        listed = "\n".join(f"  - {each}" for each in found)
        raise InputError(
            f"{folder}: these stored values are damaged:\n{listed}\n"
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


def _first_line(trouble: BaseException) -> str:
    return (str(trouble).strip().splitlines() or [type(trouble).__name__])[0]


def _storage(place: Path) -> icechunk.Storage:
    return icechunk.local_filesystem_storage(str(place))


def _group(folder: Path) -> zarr.Group:
    snapshot = sealed(folder / FOLDER)
    repository = icechunk.Repository.open(_storage(folder / FOLDER))
    return zarr.open_group(repository.readonly_session(snapshot_id=snapshot).store, mode="r")


def _resumed(folder: Path) -> tuple[icechunk.Repository, icechunk.Session]:
    """Open the commit that counts for writing; a later one that was never sealed is left behind."""
    repository, snapshot = icechunk.Repository.open(_storage(folder / FOLDER)), sealed(folder / FOLDER)
    if repository.lookup_snapshot(snapshot).written_at > datetime.now(UTC):
        repository, snapshot = _copied(folder, repository.readonly_session(snapshot_id=snapshot))
    if repository.lookup_branch(BRANCH) != snapshot:
        repository.reset_branch(BRANCH, snapshot)
    return repository, repository.writable_session(BRANCH)


def _copied(folder: Path, old: icechunk.Session) -> tuple[icechunk.Repository, str]:
    """Replace a store by a copy of its last commit, which the clock, set back, puts into the future.

    No commit may be older than the one it follows. Everything is copied as it is, byte by byte.
    """
    repository, session = _drafted(folder)
    sync(_copy(old.store, session.store))
    snapshot = session.commit("copied, since the clock was set back")
    seal(folder / DRAFT, repository, snapshot)
    os.replace(folder / FOLDER, folder / REPLACED)
    os.replace(folder / DRAFT, folder / FOLDER)
    shutil.rmtree(folder / REPLACED, ignore_errors=True)
    return icechunk.Repository.open(_storage(folder / FOLDER)), snapshot


async def _copy(old: icechunk.IcechunkStore, new: icechunk.IcechunkStore) -> None:
    async for key in old.list():
        content = await old.get(key, default_buffer_prototype())
        if content is not None:
            await new.set(key, content)


def _drafted(folder: Path) -> tuple[icechunk.Repository, icechunk.Session]:
    """Begin a store under another name, in the place of one whose process was killed here."""
    shutil.rmtree(folder / DRAFT, ignore_errors=True)
    repository = icechunk.Repository.create(_storage(folder / DRAFT))
    return repository, repository.writable_session(BRANCH)


def _lay_out(session: icechunk.Session, template: xr.Dataset, members: int, chunk: int) -> None:
    """Write coordinates and attributes, and an empty array for everything that has members."""
    inner = [key for key in template.variables if "member" in template[key].dims]
    bare = template.drop_vars(inner)
    texts = {key: each.astype(object) for key, each in bare.coords.items() if each.dtype.kind == "U"}
    bare = bare.assign_coords(texts)  # of any length, which zarr has a type for
    checked = {key: {"compressors": CODECS} for key in bare.variables}
    bare.to_zarr(session.store, mode="w", consolidated=False, zarr_format=3, encoding=checked)
    group = zarr.open_group(session.store, mode="r+")
    for key in inner:
        if key not in ("member", "failed"):
            _create(group, str(key), template[key], members, chunk, EMPTY[template[key].dtype.kind])
    _create(group, "status", template.failed.astype(np.uint8), members, chunk, WAITING)
    coordinates = [str(key) for key in template.coords if key not in template.dims and key != "failed"]
    group.attrs.update({"coordinates": " ".join(coordinates)})


def _create(group: zarr.Group, key: str, like: xr.DataArray, members: int, chunk: int, fill: Any) -> None:
    sizes = {str(dim): members if dim == "member" else size for dim, size in like.sizes.items()}
    cut = {**sizes, "member": min(chunk, members), "scenario": 1}
    group.create_array(
        key,
        shape=tuple(sizes.values()),
        chunks=tuple(cut[dim] for dim in sizes),
        dtype=str if like.dtype.kind == "O" else like.dtype,
        fill_value=fill,
        dimension_names=list(sizes),
        attributes=dict(like.attrs),
        compressors=CODECS,
    )


def _unreadable(group: zarr.Group, chunk: range) -> list[str]:
    """Return the arrays cut along `member` whose piece of a chunk cannot be read."""
    return [
        key
        for key, array in group.arrays()
        if "member" in (array.metadata.dimension_names or ()) and not _reads(array, chunk)  # type: ignore[union-attr]
    ]


def _reads(array: Any, chunk: range) -> bool:
    along = array.metadata.dimension_names.index("member")
    try:
        array[(slice(None),) * along + (slice(chunk.start, chunk.stop),)]
    except TROUBLE:
        return False
    return True
