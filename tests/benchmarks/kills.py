"""Kills at random instants, and a small disk: `python tests/benchmarks/kills.py [KILLS [WHAT …]]`.

Half of the kills (200 by default) are of sweeps: looks at what each left behind, lets them go on to their end
and compares with one that was left alone. The others, and interrupts among them, are of runs, reports and
calibrations: every set of files is the old one or the new one, and the next that comes to its end tidies up.
Where file systems may be mounted, a sweep also fills a small one. WHAT is any of sweep, run, report and
calibration. Stops at the first thing that is not as it should be.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from leaving import leavings
from sweeping import done, lives, same, sweep_arguments, village

import simcounty as sc

N, CHUNK = 1600, 32
SWEEP, LEAVING = "sweep", ("run", "report", "calibration")
SMALL = "900k"  # less than the store of this sweep takes


def kill(folder: Path, kills: int) -> None:
    """Kill sweeps and print what came of it."""
    began, killed, unmade, ended = time.monotonic(), 0, 0, 0
    for life in lives(village(folder), folder, N, CHUNK, kills, random.Random()):
        killed, unmade, ended = killed + life.kills, unmade + life.unmade, ended + 1
        seconds = time.monotonic() - began
        print(f"{killed} kills, {unmade} of them before there was a store; {ended} sweeps ended", end="")
        print(f" the same as one left alone, no chunk run twice ({seconds:.0f} s)", flush=True)


def fill(folder: Path) -> None:
    """Sweep onto a full disk, make room, and go on."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        print("no file system can be mounted here: a full disk was not tried")
        return
    try:
        arguments = sweep_arguments(folder / "village", disk / "out", N, CHUNK)
        full = done(*arguments)
        print(f"full disk: exit {full.returncode}: {full.stderr.strip()}")
        assert full.returncode == 1
        assert "Traceback" not in full.stderr
        stored = sc.open_sweep(disk / "out").load().sizes["member"]
        again = done(*arguments, "--resume")
        assert again.returncode == 1, again.stderr
        subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
        assert done(*arguments, "--resume").returncode == 0
        assert same(sc.open_sweep(disk / "out").load(), sc.open_sweep(folder / "whole").load())
        print(f"{stored} of {N} members were stored and stayed; after room was made it ended the same")
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def leave(folder: Path, name: str, kills: int) -> None:
    """End a command that leaves files again and again, and print what came of it."""
    began, chance = time.monotonic(), random.Random()
    command = leavings(folder)[name]
    for number in range(1, kills + 1):
        command.end(chance.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGINT)), chance)
        if number % 10 == 0 or number == kills:
            command.finish()
            ends = ", ".join(f"{count} with {code}" for code, count in sorted(command.ends.items()))
            print(
                f"{name}: {number} ended ({ends}); nothing half ({time.monotonic() - began:.0f} s)",
                flush=True,
            )


def main() -> None:
    """Kill, then fill."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for name in sys.argv[2:] or (SWEEP, *LEAVING):
        with tempfile.TemporaryDirectory() as place:
            if name == SWEEP:
                kill(Path(place), kills // 2)
                fill(Path(place))
            else:
                leave(Path(place), name, kills // (2 * len(LEAVING)))


if __name__ == "__main__":
    main()
