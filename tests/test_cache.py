"""What is kept between runs: found again, not trusted when stale, broken or another's, never half written."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running import installed
from traps import set_traps, sprung
from written import write_model

import simcounty as sc
import simcounty.model
from simcounty import cache
from simcounty.atomic import atomic_write

MODELS = Path(__file__).parent / "models"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps other users out by itself")


def test_the_folder_is_the_one_asked_for(cache_folder: Path, tmp_path: Path) -> None:
    assert cache_folder == tmp_path / "cache"


@pytest.mark.parametrize("wrong", ["", "cache", "./cache"])
@pytest.mark.parametrize("variables", [["XDG_CACHE_HOME"], ["XDG_CACHE_HOME", "SIMCOUNTY_CACHE"]])
def test_an_empty_or_relative_variable_counts_as_unset(
    wrong: str, variables: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIMCOUNTY_CACHE", raising=False)
    for variable in variables:
        monkeypatch.setenv(variable, wrong)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert cache.folder().is_relative_to(tmp_path / "home") or sys.platform == "win32"
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}


@posix
@pytest.mark.parametrize("home", [{}, {"HOME": ""}, {"HOME": "here"}])
@pytest.mark.parametrize("known", [True, False])
def test_no_home_is_needed(home: dict[str, str], known: bool, tmp_path: Path) -> None:
    """Nor need the system know the user, as in a container."""
    code = """if True:
        import pwd
        if not {known}:
            pwd.getpwuid = {{}}.__getitem__
        from simcounty import cache
        cache.write("x", b"1")
        print(cache.folder(), cache.read("x"))"""
    bare = {"PYTHONPATH": str(Path(sc.__file__).parents[1]), **home}
    command = [sys.executable, "-P", "-c", code.format(known=known)]
    ran = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=True)
    place, content = ran.stdout.split()
    assert Path(place).is_absolute()
    assert content == "b'1'"
    assert list(tmp_path.iterdir()) == []
    Path(place, "x").unlink(missing_ok=True)


def test_what_is_written_is_read_under_its_name_alone(cache_folder: Path) -> None:
    cache.write("here", b"content")
    cache.write("nothing", b"")
    assert cache.read("here") == b"content"
    assert cache.read("nothing") == b""
    assert cache.read("elsewhere") is None
    (cache_folder / "here").rename(cache_folder / "elsewhere")
    assert cache.read("elsewhere") is None


def test_the_folder_may_be_deleted_at_any_time(cache_folder: Path) -> None:
    cache_folder.rmdir()
    cache.write("here", b"content")
    assert cache.read("here") == b"content"


@posix
def test_folder_and_files_are_private(cache_folder: Path) -> None:
    cache.write("here", b"content")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (cache_folder, cache_folder / "here")] == [
        0o700,
        0o600,
    ]


OF_OTHERS: dict[str, Callable[[Path], object]] = {
    "writable by the group": lambda path: path.chmod(path.stat().st_mode | 0o020),
    "writable by all": lambda path: path.chmod(path.stat().st_mode | 0o002),
    "of another user": lambda path: os.chown(path, 12345, -1),
}


@posix
@pytest.mark.parametrize("how", OF_OTHERS)
@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_another_could_have_written_is_not_believed(cache_folder: Path, what: str, how: str) -> None:
    if how == "of another user" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    cache.write("here", b"content")
    OF_OTHERS[how](cache_folder if what == "folder" else cache_folder / "here")
    assert cache.read("here") is None
    cache.write("here", b"new")
    assert cache.read("here") == b"new"
    assert (cache.folder() == cache_folder) == (what == "file")


@posix
def test_no_link_pipe_or_folder_stands_for_a_file(cache_folder: Path, tmp_path: Path) -> None:
    cache.write("link", b"content")
    (cache_folder / "link").rename(tmp_path / "kept")
    (cache_folder / "link").symlink_to(tmp_path / "kept")
    os.mkfifo(cache_folder / "pipe")
    (cache_folder / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        assert cache.read(name) is None
        cache.write(name, b"new")
    assert cache.read("link") == b"new"
    assert (tmp_path / "kept").read_bytes().endswith(b"content")


@posix
def test_a_link_to_the_folder_of_another_is_not_followed(
    cache_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    monkeypatch.setenv("SIMCOUNTY_CACHE", str(tmp_path / "link"))
    cache.write("here", b"content")
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_disk_that_takes_nothing_only_costs_time(
    cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write("here", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    cache.write("here", b"new")
    cache.write("there", b"new")
    assert cache.read("here") == b"old"
    assert [path.name for path in cache_folder.iterdir()] == ["here"]


def test_a_fingerprint_tells_versions_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.fingerprint("simcounty.model", "pysd")
    cache.fingerprint.cache_clear()
    monkeypatch.setattr(cache, "version", lambda _: "other")
    assert cache.fingerprint("simcounty.model", "pysd") != before
    cache.fingerprint.cache_clear()


def test_nothing_of_ours_is_pickled() -> None:
    """What dask sends between processes that the user started is its own protocol."""
    words = re.compile(r"\b(pickle|joblib|marshal|shelve|dill|np\.load|multiprocessing|ProcessPool\w*)\b")
    files = Path(sc.__file__).parent.rglob("*.py")
    assert [file.name for file in files if words.search(file.read_text("utf-8"))] == []


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
    assert sc.load_model(write_model(tmp_path, "x = 3")).constants["x"].value == 3
    monkeypatch.setattr(cache, "_passing", lambda: blocked / "cache")
    assert sc.load_model(write_model(tmp_path, "x = 4")).constants["x"].value == 4


@pytest.mark.parametrize("question", [("run",), ("sweep", "-n", "4", "--vary", "moving_rate=1%:5%")])
def test_nothing_in_the_current_folder_is_run(question: tuple[str, ...], tmp_path: Path) -> None:
    set_traps(tmp_path)
    plan = Path(__file__).parent / "village" / "plan.toml"
    ran = installed(tmp_path, *question, str(plan), "--out", str(tmp_path / "out"))
    assert ran.returncode == 0, ran.stderr
    assert sprung(tmp_path) == []


def test_the_package_starts_no_process_of_its_own() -> None:
    files = Path(sc.__file__).parent.rglob("*.py")
    starts = re.compile(r"\b(subprocess|sys\.executable|os\.(system|popen|exec|spawn|fork)\w*)\b")
    found = {file.name for file in files if starts.search(file.read_text("utf-8"))}
    assert found == set()
