"""A graph that was read before: found again by content, exactly as it was, and not believed when damaged."""

from __future__ import annotations

import math
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import write_model

import simcounty as sc
import simcounty.model
from simcounty import cache
from simcounty.catalog import MODEL, find
from simcounty.model import graph as graphs
from simcounty.model.encoding import decode, encode

MODELS = Path(__file__).parents[1] / "models"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps other users out by itself")


def test_a_model_is_kept_by_its_content_not_by_its_place(cache_folder: Path, tmp_path: Path) -> None:
    file = write_model(tmp_path, "x = 1")
    sc.load_model(file)
    entries = list(cache_folder.glob("*.graph"))
    sc.load_model(file.rename(tmp_path / "other.mdl"))
    assert list(cache_folder.glob("*.graph")) == entries
    sc.load_model(write_model(tmp_path, "x = 2"))
    assert len(list(cache_folder.glob("*.graph"))) == 2


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forget what this process has loaded, as the next process would not know it."""
    return lambda: monkeypatch.setattr(simcounty.model, "_loaded", {})


def test_a_cached_graph_is_the_graph_that_was_read(cache_folder: Path, forget: Callable[[], None]) -> None:
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
    cache_folder: Path, tmp_path: Path, forget: Callable[[], None]
) -> None:
    file = write_model(tmp_path, "x = 7", "y = x * 2")
    fresh = sc.load_model(file)
    (entry,) = cache_folder.glob("*.graph")
    written = entry.read_bytes()
    for place, byte in enumerate(written):
        entry.write_bytes(written[:place] + bytes([byte ^ 1 << place % 8]) + written[place + 1 :])
        assert cache.read(entry.name) is None
    forget()
    assert sc.load_model(file).graph == fresh.graph
    assert entry.read_bytes() == written


@pytest.mark.parametrize(
    "damage", [b"", b"simcounty cache 1\n", b"not a graph", pickle.dumps("what was kept before")]
)
def test_a_damaged_entry_is_read_anew_by_the_next_process(
    cache_folder: Path, tmp_path: Path, damage: bytes, forget: Callable[[], None]
) -> None:
    file = write_model(tmp_path, "x = 7")
    sc.load_model(file)
    (entry,) = cache_folder.glob("*.graph")
    for wrong in (damage, entry.read_bytes()[:-1], entry.read_bytes() + b"]"):
        entry.write_bytes(wrong)
        forget()
        assert sc.load_model(file).constants["x"].value == 7
        assert cache.read(entry.name) is not None


def test_a_graph_of_other_code_is_read_anew(
    cache_folder: Path, tmp_path: Path, forget: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_model(tmp_path, "x = 7")
    sc.load_model(file)
    forget()
    monkeypatch.setattr(cache, "fingerprint", lambda *_: "other")
    monkeypatch.setattr(simcounty.model, "decode", None)
    assert sc.load_model(file).constants["x"].value == 7


def test_a_file_changed_while_it_is_read_is_not_kept(
    cache_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_model(tmp_path, "x = 1")
    read = simcounty.model._read

    def changed(path: Path, data: tuple[Path, ...]) -> graphs.Graph:
        return read(write_model(tmp_path, "x = 2"), data)

    monkeypatch.setattr(simcounty.model, "_read", changed)
    assert sc.load_model(file).constants["x"].value == 2
    monkeypatch.setattr(simcounty.model, "_read", read)
    assert sc.load_model(write_model(tmp_path, "x = 1")).constants["x"].value == 1


@posix
def test_a_graph_that_unpickles_into_a_command_is_never_run(cache_folder: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    file = write_model(tmp_path, "x = 7")
    sc.load_model(file)
    (entry,) = cache_folder.glob("*.graph")
    trap = pickle.dumps((cache.fingerprint("simcounty.model", "pysd"), Trap()))
    for content in (trap, entry.read_bytes()[:50] + trap):
        entry.write_bytes(content)
        simcounty.model._loaded.clear()
        assert sc.load_model(file).constants["x"].value == 7
    assert not (tmp_path / "sprung").exists()
