"""A sweep may be stopped at any instant: what it stored is whole, and it goes on where it was."""

from __future__ import annotations

import random
import signal
from pathlib import Path

from sweeping import await_change, done, lives, same, started, sweep_arguments, village

import simcounty as sc
from simcounty.sweeps import store

KILLS = 2


def test_a_sweep_killed_at_any_instant_ends_as_if_it_never_was(tmp_path: Path) -> None:
    killed = list(lives(village(tmp_path), tmp_path, 320, 32, KILLS, random.Random(1)))
    assert sum(life.kills for life in killed) >= KILLS


def test_a_second_writer_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    first = sweep_arguments(village(tmp_path), tmp_path / "out", 6400, 16)
    writer = started(*first)
    await_change(tmp_path / "out" / store.FOLDER, 0, writer)
    second = done(*first, "--resume")
    assert writer.poll() is None, "the first was too quick for this test"
    assert second.returncode == 2
    assert "another sweep is writing to it" in second.stderr
    writer.kill()
    writer.communicate()
    stored = sc.open_sweep(tmp_path / "out")
    assert 0 < stored.sizes["member"] < 6400


def test_an_interrupted_sweep_says_what_is_stored_and_how_to_go_on(tmp_path: Path) -> None:
    arguments = sweep_arguments(village(tmp_path), tmp_path / "out", 240, 8)
    writer = started(*arguments)
    await_change(tmp_path / "out" / store.FOLDER, 0, writer)
    writer.send_signal(signal.SIGINT)
    _, said = writer.communicate(timeout=30)
    stored = sc.open_sweep(tmp_path / "out").sizes["member"]
    assert writer.returncode == 130, said
    assert f"Interrupted; {stored} of 240 members are stored in" in said
    assert "--resume" in said
    assert "Traceback" not in said
    assert done(*arguments, "--resume").returncode == 0
    assert done(*sweep_arguments(tmp_path / "village", tmp_path / "whole", 240, 8)).returncode == 0
    assert same(sc.open_sweep(tmp_path / "out").load(), sc.open_sweep(tmp_path / "whole").load())
