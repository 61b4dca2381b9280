"""What the installed command takes: seconds, and the largest memory it held."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SIMCOUNTY = str(Path(sys.executable).with_name("simcounty"))
_WATCH = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
took = time.perf_counter() - began
print(json.dumps([took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
_UNIT = 1 if sys.platform == "darwin" else 1024  # what getrusage counts memory in, bytes


@dataclass(frozen=True)
class Spent:
    """Seconds from start to end of a process, and its largest resident memory in bytes."""

    seconds: float
    memory: float

    @property
    def gigabytes(self) -> float:
        return self.memory / 1e9


def spent(*arguments: str) -> Spent:
    """Run `simcounty …` in an empty folder, which is removed again.

    A small process starts it and looks: a child begins with the largest memory of the one that started it.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _WATCH, SIMCOUNTY, *arguments]
        told = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    seconds, memory = json.loads(told)
    return Spent(seconds, memory * _UNIT)
