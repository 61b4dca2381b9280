"""Files appear whole, and those of one set together: whatever ends the process, the next one tidies up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest

from simcounty import atomic
from simcounty.atomic import atomic_write, passing_write, together
from simcounty.errors import InputError


def write(folder: Path, text: str, *names: str) -> None:
    """Write the same text to several files, as one set."""
    with together():
        for name in names:
            with atomic_write(folder / name) as part:
                part.write_text(text)


def texts(folder: Path) -> dict[str, str]:
    """Return every file of a folder, with hidden ones, and what it says."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def died(folder: Path, text: str, renamed: int) -> None:
    """Write three files in a process that kills itself once so many are renamed; -1: before any mark."""
    program = f"""
        import os, signal
        from pathlib import Path
        from simcounty import atomic
        from test_atomic import write
        rename, count = os.replace, min(0, {renamed})
        def replace(one, other):
            global count
            if count == {renamed} and (count < 0 or atomic.MARK not in str(other)):
                os.kill(os.getpid(), signal.SIGKILL)
            count += atomic.MARK not in str(other)
            rename(one, other)
        os.replace = replace
        write(Path({str(folder)!r}), {text!r}, "a", "b", "sub/c")
    """
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    ran = subprocess.run([sys.executable, "-c", dedent(program)], env={**os.environ, "PYTHONPATH": path})
    assert ran.returncode == -signal.SIGKILL


def test_a_set_is_replaced_together_or_not_at_all(tmp_path: Path) -> None:
    write(tmp_path, "old", "a", "b")
    with pytest.raises(ZeroDivisionError), together():  # noqa: PT012 - the point is to fail half-way
        write(tmp_path, "new", "a", "sub/deep/b")
        1 / 0  # noqa: B018
    assert texts(tmp_path) == {"a": "old", "b": "old"}
    assert not (tmp_path / "sub").exists()


def test_a_set_killed_while_it_is_written_leaves_the_old_one_and_is_cleared_by_the_next(
    tmp_path: Path,
) -> None:
    write(tmp_path, "old", "a", "b", "sub/c")
    died(tmp_path, "new", -1)
    assert len(texts(tmp_path)) > 6
    write(tmp_path, "next", "b")
    write(tmp_path / "sub", "next", "d")
    assert texts(tmp_path) == {"a": "old", "b": "next", "sub/c": "old", "sub/d": "next"}


@pytest.mark.parametrize("renamed", [0, 1, 2])
@pytest.mark.parametrize("place", [".", "sub"])
def test_a_set_killed_while_it_appears_is_finished_by_the_next_writer_into_any_of_its_folders(
    tmp_path: Path, renamed: int, place: str
) -> None:
    write(tmp_path, "old", "a", "b", "sub/c")
    died(tmp_path, "new", renamed)
    assert "old" in texts(tmp_path).values()
    write(tmp_path / place, "next", "d")
    assert texts(tmp_path) == {
        "a": "new", "b": "new", "sub/c": "new", (Path(place) / "d").as_posix(): "next"
    }  # fmt: skip


def test_parts_of_a_process_that_lives_are_left_alone(tmp_path: Path) -> None:
    dead, other = subprocess.Popen(["true"]), subprocess.Popen(["sleep", "60"])
    dead.wait()
    here = atomic._machine()
    kept, gone, far = (
        tmp_path / f".a.{machine}-{process}-1.part"
        for machine, process in ((here, other.pid), (here, dead.pid), ("00000000", dead.pid))
    )
    for part in (kept, gone, far):
        part.write_text("half")
    write(tmp_path, "new", "a")
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "a", kept, far])
    os.utime(far, (0, 0))  # another machine cannot be asked; what it left a day ago is given up
    write(tmp_path, "new", "a")
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "a", kept])
    other.kill()
    other.wait()


def test_a_folder_in_the_place_of_a_file_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    write(tmp_path, "old", "a")
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match="b: cannot be written"):
        write(tmp_path, "new", "a", "b")
    assert texts(tmp_path) == {"a": "old"}


def test_two_processes_that_write_one_set_leave_that_of_one_of_them(tmp_path: Path) -> None:
    names = [f"{number}" for number in range(40)]
    program = "import sys; from pathlib import Path; from test_atomic import write\n"
    program += "for _ in range(20): write(Path(sys.argv[1]), sys.argv[2], *sys.argv[3:])"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), text, *names],
            env={**os.environ, "PYTHONPATH": path},
        )
        for text in ("one", "two")
    ]
    assert [each.wait() for each in both] == [0, 0]
    assert sorted(texts(tmp_path)) == sorted(names)
    assert len(set(texts(tmp_path).values())) == 1


def test_a_file_whose_block_failed_is_no_part_of_the_set(tmp_path: Path) -> None:
    with together():
        with suppress(RuntimeError), atomic_write(tmp_path / "half.txt") as part:
            part.write_text("half")
            raise RuntimeError
        with atomic_write(tmp_path / "whole.txt") as part:
            part.write_text("whole")
    assert [each.name for each in tmp_path.iterdir()] == ["whole.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_folder_by_two_names_is_one(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "latest").symlink_to("out")
    with together():
        for folder in ("out", "latest"):
            with atomic_write(tmp_path / folder / f"{folder}.txt") as part:
                part.write_text(folder)
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["latest.txt", "out.txt"]


def test_what_passes_leaves_a_set_in_its_folder_alone(tmp_path: Path) -> None:
    with together():
        with atomic_write(tmp_path / "kept.txt") as part:
            part.write_text("kept")
        with passing_write(tmp_path / "cached") as part:
            part.write_text("cached")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cached", "kept.txt"]


@pytest.mark.parametrize("name", [".x.aaaa-99999999999999999999-1.part", ".[].complete", ".a-b-c.complete"])
def test_a_hidden_file_of_an_odd_name_stops_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[]")
    with atomic_write(tmp_path / "a.txt") as part:
        part.write_text("a")
    assert (tmp_path / "a.txt").exists()
