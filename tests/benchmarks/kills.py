"""Two hundred kills, and a disk that is too small: `python tests/benchmarks/kills.py [KILLS]`.

Kills sweeps at random instants, looks at what each left behind, lets them go on to their end and compares
with one that was left alone. Where file systems may be mounted, it also fills a small one. Stops at the
first thing that is not as it should be.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sweeping import done, lives, same, sweep_arguments, village

import simcounty as sc

N, CHUNK = 1600, 32
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


def main() -> None:
    """Kill, then fill."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as name:
        kill(Path(name), kills)
        fill(Path(name))


if __name__ == "__main__":
    main()
