"""What is kept between runs: found again, never trusted when stale or broken, never half written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from written import write_model

import simcounty as sc
import simcounty.model
from simcounty import cache
from simcounty.atomic import atomic_write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SIMCOUNTY_CACHE", str(tmp_path / "cache"))
    cache.folder.cache_clear()
    found = cache.folder()
    yield found
    cache.folder.cache_clear()


def test_the_folder_is_the_one_asked_for(folder: Path, tmp_path: Path) -> None:
    assert folder == tmp_path / "cache"


@pytest.mark.parametrize("home", ["", "cache", "./cache"])
def test_an_empty_or_relative_cache_home_puts_nothing_in_the_current_folder(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIMCOUNTY_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    cache.folder.cache_clear()
    assert cache.folder().is_absolute()
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}
    cache.folder.cache_clear()


def test_a_model_is_kept_by_its_content_not_by_its_place(folder: Path, tmp_path: Path) -> None:
    file = write_model(tmp_path, "x = 1")
    sc.load_model(file)
    entries = list(folder.glob("*.graph"))
    sc.load_model(file.rename(tmp_path / "other.mdl"))
    assert list(folder.glob("*.graph")) == entries
    sc.load_model(write_model(tmp_path, "x = 2"))
    assert len(list(folder.glob("*.graph"))) == 2


@pytest.mark.parametrize("damage", [b"", b"not a pickle", b"\x80\x04N."])
def test_a_damaged_entry_is_read_anew_by_the_next_process(
    folder: Path, tmp_path: Path, damage: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_model(tmp_path, "x = 7")
    sc.load_model(file)
    (entry,) = folder.glob("*.graph")
    entry.write_bytes(damage)
    monkeypatch.setattr(simcounty.model, "_loaded", {})
    assert sc.load_model(file).constants["x"].value == 7
    assert len(entry.read_bytes()) > 100


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "kept"
    with atomic_write(target) as part:
        part.write_bytes(b"first")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt), atomic_write(target) as part:
        part.write_bytes(b"second")
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]


def test_where_nothing_can_be_kept_models_load_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setattr(cache, "_candidates", lambda: [blocked / "cache"])
    cache.folder.cache_clear()
    assert sc.load_model(write_model(tmp_path, "x = 3")).constants["x"].value == 3
    cache.folder.cache_clear()
