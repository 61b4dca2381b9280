"""A sweep on a dask cluster: the same numbers as here, and a word for whatever may be lost."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import Inside
from running import installed
from sweeping import PATIENCE, commits, done, same, started, sweep_arguments, village
from traps import set_traps, sprung

import simcounty as sc
from simcounty import cache
from simcounty.sweeps import dask_runner, store

N, CHUNK = 480, 16
DASK = [sys.executable, "-m", "dask"]
SAFE = {"PYTHONSAFEPATH": "1"}  # as README.md says


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own."""

    folder: Path
    processes: ExitStack
    tls: Sequence[str] = ()
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.file = self.folder / "scheduler.json"
        host = "tls://127.0.0.1" if self.tls else "127.0.0.1"
        self.scheduler = self.start("scheduler", "--port", "0", "--host", host)
        until(self.file.exists)
        until(lambda: self.file.read_text("utf-8").strip().endswith("}"))
        self.address = str(json.loads(self.file.read_text("utf-8"))["address"])

    def start(self, *what: str) -> subprocess.Popen[bytes]:
        log = self.processes.enter_context((self.folder / f"{what[0]}{len(self.workers)}.log").open("wb"))
        command = [*DASK, *what, *self.tls, "--no-dashboard", "--scheduler-file", str(self.file)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=os.environ | SAFE)
        self.processes.callback(lambda: (process.kill(), process.wait()))
        return process

    def work(self) -> None:
        """Start one more worker."""
        more = () if self.tls else ("--host", "127.0.0.1")
        self.workers.append(self.start("worker", "--nthreads", "1", "--no-nanny", *more))


@contextmanager
def running(folder: Path, workers: int, tls: Sequence[str] = ()) -> Iterator[Cluster]:
    with ExitStack() as processes:
        made = Cluster(folder, processes, tls)
        for _ in range(workers):
            made.work()
        yield made


def until(come: object) -> None:
    """Wait until something is so."""
    late = time.monotonic() + PATIENCE
    while not come():  # type: ignore[operator]
        assert time.monotonic() < late, "it never came"
        time.sleep(0.01)


def begun(out: Path) -> None:
    """Wait until some chunks are stored."""
    snapshots = out / store.FOLDER / "snapshots"
    until(lambda: snapshots.exists() and len(list(snapshots.iterdir())) > 3)


def test_a_cluster_gives_the_same_numbers_also_where_a_worker_dies(tmp_path: Path) -> None:
    home = village(tmp_path)
    assert done(*sweep_arguments(home, tmp_path / "here", N, CHUNK)).returncode == 0
    here = sc.open_sweep(tmp_path / "here").load()
    with running(tmp_path, workers=1) as dask:
        one = done(*sweep_arguments(home, tmp_path / "one", N, CHUNK, "--scheduler", dask.address))
        assert one.returncode == 0, one.stderr
        assert "on 1 cores" in one.stderr
        assert same(sc.open_sweep(tmp_path / "one").load(), here)
        dask.work()
        dask.work()
        three = started(*sweep_arguments(home, tmp_path / "three", N, CHUNK, "--scheduler", dask.address))
        begun(tmp_path / "three")
        dask.workers[0].kill()
        _, said = three.communicate(timeout=PATIENCE)
        assert three.returncode == 0, said
        assert same(sc.open_sweep(tmp_path / "three").load(), here)
        chunks = [text for text in commits(tmp_path / "three").values() if text.startswith("members")]
        assert len(chunks) == len(set(chunks)) == N / CHUNK


def test_no_process_of_a_cluster_runs_what_is_in_the_current_folder(tmp_path: Path) -> None:
    set_traps(tmp_path)
    arguments = sweep_arguments(village(tmp_path), tmp_path / "out", 32, CHUNK)
    with running(tmp_path, workers=0) as dask:
        dask.start("worker", "--nthreads", "1", "--host", "127.0.0.1")  # which starts one more process
        swept = installed(tmp_path, *arguments, "--scheduler", dask.address)
    assert swept.returncode == 0, swept.stderr
    assert sprung(tmp_path) == []


def test_a_lost_scheduler_leaves_what_came_in(tmp_path: Path) -> None:
    home, out = village(tmp_path), tmp_path / "out"
    with running(tmp_path, workers=1) as dask:
        sweep = started(*sweep_arguments(home, out, N, CHUNK, "--scheduler", dask.address))
        begun(out)
        dask.scheduler.kill()
        _, said = sweep.communicate(timeout=PATIENCE)
    assert sweep.returncode == 1, said
    assert f"{dask.address}: the cluster was lost" in said
    assert "Traceback" not in said
    stored = sc.open_sweep(out).sizes["member"]
    assert 0 < stored < N
    ended = done(*sweep_arguments(home, out, N, CHUNK, "--resume"))
    assert ended.returncode == 0
    assert f"({N - stored} members," in ended.stderr


def test_a_cluster_whose_workers_are_all_gone_is_given_up(
    tmp_path: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_runner, "FORSAKEN", 1)
    monkeypatch.setattr(dask_runner, "run_there", end_the_worker)
    monkeypatch.setattr(end_the_worker, "__module__", "__main__")  # so that the function itself is sent
    with running(tmp_path, workers=1) as dask:
        lost = inside(
            *sweep_arguments(village(tmp_path), tmp_path / "out", N, CHUNK, "--scheduler", dask.address)
        )
    assert lost.code == 1
    assert f"{dask.address}: all workers are gone" in lost.err


def end_the_worker(*_: object) -> None:
    """A chunk that takes its worker with it."""
    import os

    os._exit(1)


def test_a_cluster_without_simcounty_is_named(
    tmp_path: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here it lacks these tests, which is the same to it."""
    monkeypatch.setattr(dask_runner, "run_there", end_the_worker)
    with running(tmp_path, workers=1) as dask:
        lost = inside(
            *sweep_arguments(village(tmp_path), tmp_path / "out", N, CHUNK, "--scheduler", dask.address)
        )
    assert lost.code == 1
    assert f"{dask.address}: a chunk cannot be run there" in lost.err
    assert "the same Python environment" in lost.err


def test_a_worker_with_other_code_is_refused(
    tmp_path: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "fingerprint", lambda *_: "other")
    with running(tmp_path, workers=1) as dask:
        refused = inside(
            *sweep_arguments(village(tmp_path), tmp_path / "out", 32, CHUNK, "--scheduler", dask.address)
        )
    assert refused.code == 1
    assert "a worker runs other code of simcounty" in refused.err


def test_a_cluster_that_is_not_there_is_named_soon(
    tmp_path: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_runner, "ANSWER", 1)
    monkeypatch.setattr(dask_runner, "PATIENCE", 1)
    arguments = sweep_arguments(village(tmp_path), tmp_path / "out", N, CHUNK, "--scheduler")
    absent = inside(*arguments, "tcp://127.0.0.1:9")
    assert absent.code == 1
    assert "tcp://127.0.0.1:9: no dask scheduler answers there" in absent.err
    with running(tmp_path, workers=0) as dask:
        idle = inside(*arguments, dask.address)
    assert idle.code == 1
    assert f"{dask.address}: the scheduler has no workers" in idle.err
    assert not (tmp_path / "out").exists()


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """Yield the address of a port that sends everybody the same, and listens to nobody."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    kept.append(server.accept()[0])
                    kept[-1].sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        for each in kept:
            each.close()


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 1000, b"\xff" * 100_000])
def test_what_is_no_scheduler_is_named_within_seconds(tmp_path: Path, inside: Inside, reply: bytes) -> None:
    """A port that is silent, one of the web, and one of something else."""
    assert dask_runner.ANSWER <= 5
    arguments = sweep_arguments(village(tmp_path), tmp_path / "out", N, CHUNK, "--scheduler")
    with answering(reply) as address:
        began = time.monotonic()
        absent = inside(*arguments, address)
    assert (absent.code, absent.out) == (1, "")
    assert f"{address}: no dask scheduler answers there (" in absent.err
    assert time.monotonic() - began < dask_runner.ANSWER + 10  # of imports and loading
    assert not (tmp_path / "out").exists()


def test_members_whose_workers_keep_dying_are_named(
    tmp_path: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_runner, "run_there", end_the_worker)
    monkeypatch.setattr(end_the_worker, "__module__", "__main__")  # so that the function itself is sent
    with running(tmp_path, workers=0) as dask:
        dask.start("worker", "--nthreads", "1", "--host", "127.0.0.1")  # whose nanny starts it again
        lost = inside(
            *sweep_arguments(village(tmp_path), tmp_path / "out", CHUNK, CHUNK, "--scheduler", dask.address)
        )
    assert lost.code == 1
    assert f"{dask.address}: members 0 to {CHUNK - 1} were given up after 4 workers" in lost.err


def certificate(folder: Path) -> tuple[str, str, str]:
    """Return the files of an authority, a certificate and its key; the certificate vouches for itself."""
    made, key = folder / "certificate.pem", folder / "key.pem"
    ask = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*ask, "-out", str(made), "-keyout", str(key)], check=True, capture_output=True)
    return str(made), str(made), str(key)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates")
def test_a_cluster_under_tls_takes_who_has_a_certificate(tmp_path: Path, inside: Inside) -> None:
    files = certificate(tmp_path)
    theirs = ("--tls-ca-file", "--tls-cert", "--tls-key")
    ours = ("--tls-ca", "--tls-cert", "--tls-key")
    arguments = sweep_arguments(village(tmp_path), tmp_path / "out", CHUNK, CHUNK, "--scheduler")
    given = [word for pair in zip(ours, files, strict=True) for word in pair]
    with running(tmp_path, 1, [word for pair in zip(theirs, files, strict=True) for word in pair]) as dask:
        assert dask.address.startswith("tls://")
        plain = inside(*arguments, dask.address)
        assert plain.code == 1
        assert "no dask scheduler answers there" in plain.err
        assert "--tls-ca" in plain.err
        assert inside(*arguments, dask.address, *given).code == 0
    assert sc.open_sweep(tmp_path / "out").sizes["member"] == CHUNK
    for wrong in (given[:2], [*given[:4], "--tls-key", "nowhere.pem"]):
        refused = inside(*arguments, dask.address, *wrong)
        assert refused.code == 2
        assert "TLS" in refused.err
