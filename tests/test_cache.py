"""What is kept between runs: found again, not trusted when stale, broken or another's, never half written."""

from __future__ import annotations

import math
import os
import pickle
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli.conftest import run_in
from hypothesis import given
from hypothesis import strategies as st
from traps import set_traps, sprung
from written import write_model

import simcounty as sc
import simcounty.model
from simcounty import cache
from simcounty.atomic import atomic_write
from simcounty.backends import kernel
from simcounty.catalog import MODEL, find
from simcounty.model import graph as graphs
from simcounty.model.encoding import decode, encode

MODELS = Path(__file__).parent / "models"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps other users out by itself")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new cache folder, and nothing loaded yet."""
    monkeypatch.setattr(simcounty.model, "_loaded", {})
    monkeypatch.setattr(kernel, "_loaded", {})
    for variable in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setenv("SIMCOUNTY_CACHE", str(tmp_path / "cache"))
    return cache.folder()


def test_the_folder_is_the_one_asked_for(folder: Path, tmp_path: Path) -> None:
    assert folder == tmp_path / "cache"


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


def test_what_is_written_is_read_under_its_name_alone(folder: Path) -> None:
    cache.write("here", b"content")
    cache.write("nothing", b"")
    assert cache.read("here") == b"content"
    assert cache.read("nothing") == b""
    assert cache.read("elsewhere") is None
    (folder / "here").rename(folder / "elsewhere")
    assert cache.read("elsewhere") is None


def test_the_folder_may_be_deleted_at_any_time(folder: Path) -> None:
    folder.rmdir()
    cache.write("here", b"content")
    assert cache.read("here") == b"content"


@posix
def test_folder_and_files_are_private(folder: Path) -> None:
    cache.write("here", b"content")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "here")] == [0o700, 0o600]


OF_OTHERS: dict[str, Callable[[Path], object]] = {
    "writable by the group": lambda path: path.chmod(path.stat().st_mode | 0o020),
    "writable by all": lambda path: path.chmod(path.stat().st_mode | 0o002),
    "of another user": lambda path: os.chown(path, 12345, -1),
}


@posix
@pytest.mark.parametrize("how", OF_OTHERS)
@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_another_could_have_written_is_not_believed(folder: Path, what: str, how: str) -> None:
    if how == "of another user" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    cache.write("here", b"content")
    OF_OTHERS[how](folder if what == "folder" else folder / "here")
    assert cache.read("here") is None
    cache.write("here", b"new")
    assert cache.read("here") == b"new"
    assert (cache.folder() == folder) == (what == "file")


@posix
def test_no_link_pipe_or_folder_stands_for_a_file(folder: Path, tmp_path: Path) -> None:
    cache.write("link", b"content")
    (folder / "link").rename(tmp_path / "kept")
    (folder / "link").symlink_to(tmp_path / "kept")
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        assert cache.read(name) is None
        cache.write(name, b"new")
    assert cache.read("link") == b"new"
    assert (tmp_path / "kept").read_bytes().endswith(b"content")


@posix
def test_a_link_to_the_folder_of_another_is_not_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    monkeypatch.setenv("SIMCOUNTY_CACHE", str(tmp_path / "link"))
    cache.write("here", b"content")
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_disk_that_takes_nothing_only_costs_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write("here", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    cache.write("here", b"new")
    cache.write("there", b"new")
    assert cache.read("here") == b"old"
    assert [path.name for path in folder.iterdir()] == ["here"]


def test_a_fingerprint_tells_versions_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.fingerprint("simcounty.model", "pysd")
    cache.fingerprint.cache_clear()
    monkeypatch.setattr(cache, "version", lambda _: "other")
    assert cache.fingerprint("simcounty.model", "pysd") != before
    cache.fingerprint.cache_clear()


def test_a_model_is_kept_by_its_content_not_by_its_place(folder: Path, tmp_path: Path) -> None:
    file = write_model(tmp_path, "x = 1")
    sc.load_model(file)
    entries = list(folder.glob("*.graph"))
    sc.load_model(file.rename(tmp_path / "other.mdl"))
    assert list(folder.glob("*.graph")) == entries
    sc.load_model(write_model(tmp_path, "x = 2"))
    assert len(list(folder.glob("*.graph"))) == 2


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forget what this process has loaded, as the next process would not know it."""
    return lambda: monkeypatch.setattr(simcounty.model, "_loaded", {})


def test_a_cached_graph_is_the_graph_that_was_read(folder: Path, forget: Callable[[], None]) -> None:
    for file in (*MODELS.glob("*.mdl"), find(MODEL, "county")):
        fresh = sc.load_model(file)
        forget()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(simcounty.model, "_read", None)
            kept = sc.load_model(file)
        assert kept.graph is not fresh.graph
        assert repr(kept.graph) == repr(fresh.graph)  # == takes 1 for 1.0, and no nan for another


NUMBERS = st.floats() | st.integers(-(2**70), 2**70).map(float)
KEYS = st.text()
LOOKUPS = st.builds(graphs.Lookup, st.tuples(NUMBERS), st.tuples(NUMBERS))
EXPRESSIONS: st.SearchStrategy[graphs.Expr] = st.recursive(
    st.builds(graphs.Number, NUMBERS) | st.builds(graphs.Ref, KEYS),
    lambda inner: (
        st.builds(graphs.Call, KEYS, st.lists(inner, max_size=3).map(tuple))
        | st.builds(
            graphs.Interpolate, st.builds(graphs.Lookup, st.tuples(NUMBERS), st.tuples(NUMBERS)), inner
        )
    ),
)


@given(st.lists(EXPRESSIONS, min_size=2, max_size=4), KEYS, st.tuples(NUMBERS | st.none(), NUMBERS))
def test_any_graph_comes_out_as_it_went_in(
    parts: list[graphs.Expr], key: str, range: tuple[float | None, float]
) -> None:
    about = graphs.About(key, key, range=range)
    identity = (key, about, (key, key))
    graph = graphs.Graph(
        constants=(graphs.Constant(*identity, value=-0.0),),
        auxiliaries=(graphs.Auxiliary(*identity, parts[0], None), graphs.Auxiliary(*identity, *parts[:2])),
        states=(graphs.Stock(*identity, *parts[:2]), graphs.Delayed(*identity, parts[0], parts[1], parts[1])),
        initial_order=(key,),
        clock=graphs.Clock(0, math.inf, 1, 0.1, key, ()),
        dims={key: (key,), "": ()},
        lookups={key: (about, graphs.Lookup((1.0, 2.0), (-math.inf, 1e-320), key))},
        hash=key,
    )
    assert repr(decode(encode(graph))) == repr(graph)


def test_no_flipped_byte_of_a_graph_is_believed(
    folder: Path, tmp_path: Path, forget: Callable[[], None]
) -> None:
    file = write_model(tmp_path, "x = 7", "y = x * 2")
    fresh = sc.load_model(file)
    (entry,) = folder.glob("*.graph")
    written = entry.read_bytes()
    for place, byte in enumerate(written):
        entry.write_bytes(written[:place] + bytes([byte ^ 1 << place % 8]) + written[place + 1 :])
        assert cache.read(entry.name) is None
    forget()
    assert sc.load_model(file).graph == fresh.graph
    assert entry.read_bytes() == written


def test_no_flipped_byte_of_machine_code_is_believed_and_damage_is_compiled_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = sc.load_model(write_model(tmp_path, "x = 7", "y = INTEG(x * 2, 1)"))
    fresh = sc.simulate(model, backend="compiled")
    (entry,) = folder.glob("*.kernel")
    written = entry.read_bytes()
    assert len(written) > 1_000
    for place, byte in enumerate(written):
        entry.write_bytes(written[:place] + bytes([byte ^ 1 << place % 8]) + written[place + 1 :])
        assert cache.read(entry.name) is None
    monkeypatch.setattr(kernel, "_loaded", {})
    assert np.array_equal(sc.simulate(model, backend="compiled")["y"], fresh["y"])
    assert entry.read_bytes() == written


def test_machine_code_is_made_for_one_processor_and_one_version(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = sc.load_model(write_model(tmp_path, "x = 7", "y = INTEG(x * 2, 1)"))
    here = kernel.Processor.here()
    kernel.kernel_of(model.graph)
    monkeypatch.setattr(kernel.Processor, "here", lambda: replace(here, lanes=2))
    kernel.kernel_of(model.graph)
    assert len(list(folder.glob("*.kernel"))) == 2


@pytest.mark.parametrize(
    "damage", [b"", b"simcounty cache 1\n", b"not a graph", pickle.dumps("what was kept before")]
)
def test_a_damaged_entry_is_read_anew_by_the_next_process(
    folder: Path, tmp_path: Path, damage: bytes, forget: Callable[[], None]
) -> None:
    file = write_model(tmp_path, "x = 7")
    sc.load_model(file)
    (entry,) = folder.glob("*.graph")
    for wrong in (damage, entry.read_bytes()[:-1], entry.read_bytes() + b"]"):
        entry.write_bytes(wrong)
        forget()
        assert sc.load_model(file).constants["x"].value == 7
        assert cache.read(entry.name) is not None


def test_a_graph_of_other_code_is_read_anew(
    folder: Path, tmp_path: Path, forget: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_model(tmp_path, "x = 7")
    sc.load_model(file)
    forget()
    monkeypatch.setattr(cache, "fingerprint", lambda *_: "other")
    monkeypatch.setattr(simcounty.model, "decode", None)
    assert sc.load_model(file).constants["x"].value == 7


def test_a_file_changed_while_it_is_read_is_not_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_model(tmp_path, "x = 1")
    read = simcounty.model._read

    def changed(path: Path) -> graphs.Graph:
        return read(write_model(tmp_path, "x = 2"))

    monkeypatch.setattr(simcounty.model, "_read", changed)
    assert sc.load_model(file).constants["x"].value == 2
    monkeypatch.setattr(simcounty.model, "_read", read)
    assert sc.load_model(write_model(tmp_path, "x = 1")).constants["x"].value == 1


@posix
def test_a_graph_that_unpickles_into_a_command_is_never_run(folder: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    file = write_model(tmp_path, "x = 7")
    sc.load_model(file)
    (entry,) = folder.glob("*.graph")
    trap = pickle.dumps((cache.fingerprint("simcounty.model", "pysd"), Trap()))
    for content in (trap, entry.read_bytes()[:50] + trap):
        entry.write_bytes(content)
        simcounty.model._loaded.clear()
        assert sc.load_model(file).constants["x"].value == 7
    assert not (tmp_path / "sprung").exists()


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
    ran = run_in(tmp_path, *question, str(plan), "--out", str(tmp_path / "out"))
    assert ran.returncode == 0, ran.stderr
    assert sprung(tmp_path) == []


def test_the_package_starts_no_process_of_its_own() -> None:
    files = Path(sc.__file__).parent.rglob("*.py")
    starts = re.compile(r"\b(subprocess|sys\.executable|os\.(system|popen|exec|spawn|fork)\w*)\b")
    found = {file.name for file in files if starts.search(file.read_text("utf-8"))}
    assert found == set()
