"""Machine code that was made before: for one processor and version, and never believed when damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from written import write_model

import simcounty as sc
from simcounty import cache
from simcounty.backends import flatten, kernel
from simcounty.model.graph import About, Auxiliary, Ref


def test_no_flipped_byte_of_machine_code_is_believed_and_damage_is_compiled_anew(
    cache_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = sc.load_model(write_model(tmp_path, "x = 7", "y = INTEG(x * 2, 1)"))
    fresh = sc.simulate(model, backend="compiled")
    (entry,) = cache_folder.glob("*.kernel")
    written = entry.read_bytes()
    assert len(written) > 1_000
    for place, byte in enumerate(written):
        entry.write_bytes(written[:place] + bytes([byte ^ 1 << place % 8]) + written[place + 1 :])
        assert cache.read(entry.name) is None
    monkeypatch.setattr(kernel, "_loaded", {})
    assert np.array_equal(sc.simulate(model, backend="compiled")["y"], fresh["y"])
    assert entry.read_bytes() == written


def test_machine_code_is_made_for_one_processor_and_one_version(
    cache_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = sc.load_model(write_model(tmp_path, "x = 7", "y = INTEG(x * 2, 1)"))
    here = kernel.Processor.here()
    kernel.kernel_of(model.graph)
    monkeypatch.setattr(kernel.Processor, "here", lambda: replace(here, lanes=2))
    kernel.kernel_of(model.graph)
    assert len(list(cache_folder.glob("*.kernel"))) == 2


def test_a_graph_that_was_changed_has_a_program_of_its_own(cache_folder: Path, tmp_path: Path) -> None:
    graph = sc.load_model(write_model(tmp_path, "x = 7", "y = INTEG(x * 2, 1)")).graph
    more = (*graph.auxiliaries, Auxiliary("z", About("z", "z"), expr=Ref("y")))
    changed = replace(graph, auxiliaries=more, hash=f"{graph.hash}, changed")
    for each in (graph, changed):
        flatten.program_of(each)
    flatten._programs.clear()  # as the next process finds them
    assert len(list(cache_folder.glob("*.program"))) == 2
    for each in (graph, changed):
        assert repr(flatten.program_of(each)) == repr(flatten.flatten(each))  # == finds nan unlike itself
