"""Commands that leave files, ended at any instant, and what may be said of the files they leave behind."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xarray as xr
from calibrating import towns_with, villages
from running import ENTRY, environment, installed
from sweeping import VILLAGE

ENDS = {".png": b"IEND\xaeB`\x82", ".pdf": b"%%EOF\n", ".svg": b"</svg>\n", ".csv": b"\n", ".md": b"\n"}
PATIENCE = 60  # seconds until a command must have begun to write


@dataclass
class Leaving:
    """A command that is ended again and again in one folder; `sets` are the files that appear together."""

    folder: Path
    arguments: Sequence[str]
    sets: Sequence[Sequence[str]]
    ends: dict[str, int] = field(default_factory=dict)

    def state(self) -> Mapping[str, tuple[int, int] | None]:
        """Return what tells one version of a file from the next."""
        stats = {name: self.folder / name for each in self.sets for name in each}
        return {
            name: (file.stat().st_ino, file.stat().st_mtime_ns) if file.exists() else None
            for name, file in stats.items()
        }

    def end(self, how: signal.Signals, chance: random.Random) -> None:
        """End the command at an instant: of all its time, or soon after its first part appeared.

        An interrupt leaves nothing that waits.
        """
        before, strays = self.state(), set(self.left())
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", ENTRY, *self.arguments], cwd=self.folder, env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0.2, 4))
        else:
            until = time.monotonic() + PATIENCE
            while process.poll() is None and set(self.left()) <= strays:
                assert time.monotonic() < until, "it wrote nothing"
                time.sleep(0.001)
            time.sleep(chance.uniform(0, chance.choice([0.1, 2])))
        process.send_signal(how)
        _, said = process.communicate()
        self.ends[str(process.returncode)] = self.ends.get(str(process.returncode), 0) + 1
        assert process.returncode in (0, -how, 130 if how == signal.SIGINT else 0), said
        assert "Traceback" not in said, said
        self.inspect(before)
        assert how != signal.SIGINT or set(self.left()) <= strays

    def left(self) -> list[Path]:
        """Return what waits to be finished or removed."""
        return [file for each in ("*.part", "*.complete") for file in self.folder.rglob(f".{each}")]

    def inspect(self, before: Mapping[str, object]) -> None:
        """Assert that every set is the old one or the new one, and complete."""
        after = self.state()
        appearing = any(file.suffix == ".complete" for file in self.left())
        for each in self.sets:
            assert appearing or len({before[name] == after[name] for name in each}) == 1, (before, after)
            assert appearing or len({after[name] is None for name in each}) == 1, after
        for name, found in after.items():
            assert found is None or is_complete(self.folder / name), name

    def finish(self) -> None:
        """Run it to its end: nothing of those that were ended is left."""
        before, ran = self.state(), installed(self.folder, *self.arguments)
        assert ran.returncode == 0, ran.stderr
        assert all(found is not None and found != before[name] for name, found in self.state().items())
        assert self.left() == []


def is_complete(file: Path) -> bool:
    """Tell whether a file can be read to its end."""
    if file.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(file) as archive:
            return archive.testzip() is None
    if file.suffix == ".nc":
        with xr.open_dataset(file) as stored:
            return bool(stored.load().sizes)
    return file.read_bytes().endswith(ENDS[file.suffix])


def leavings(folder: Path) -> dict[str, Leaving]:
    """Return a run, a report and a calibration of villages, each in a folder of its own."""
    places = {name: folder / name for name in ("run", "report", "calibration")}
    for place in places.values():
        place.mkdir()
    plan, figures = str(VILLAGE / "plan.toml"), [f"headline{kind}" for kind in (".png", ".svg", ".pdf")]
    file = villages(places["calibration"], towns_with([0.06] * 4))
    fast = ("--file", str(file), "--steps", "30", "--walkers", "20", "--save", "posterior.nc", "--out", ".")
    return {
        "run": Leaving(places["run"], ("run", plan, "--out", "."), [["run.nc", "run.csv", *figures]]),
        "report": Leaving(
            places["report"],
            ("report", plan, "--docx", "r.docx", "--xlsx", "r.xlsx", "--md", "r.md"),
            [["r.docx", "r.xlsx", "r.md", "r-figures/figure-1.png"]],
        ),
        "calibration": Leaving(
            places["calibration"],
            ("calibrate", *fast),
            [["posterior.nc"], ["posterior.png", "posterior.svg", "posterior.pdf"]],
        ),
    }
