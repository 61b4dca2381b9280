"""Running the chunks of a sweep on an existing dask cluster; this process alone commits them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from simcounty import cache
from simcounty.errors import Findings, InputError, RunError
from simcounty.sweeps.chunks import Chunk, Work
from simcounty.sweeps.runner import Runner

ANSWER = 5  # seconds in which a scheduler says that it is one
PATIENCE = 10  # seconds to wait for a first worker
FORSAKEN = 30  # seconds without any worker, after which the run is given up
RETRIES = 3  # times a chunk is run again whose worker died
NAMED = "; "  # ends the name of a chunk in its key
AHEAD = 2  # chunks submitted for each thread of a worker, so that none waits while one is stored


@dataclass(frozen=True)
class Certificates:
    """What both sides of a cluster under TLS prove themselves by: an authority, a certificate and its key."""

    authority: Path
    certificate: Path
    key: Path

    def __post_init__(self) -> None:
        absent = [each for each in vars(self).values() if not each.is_file()]
        Findings(f"{each}: there is no such file." for each in absent).raise_as(
            InputError, "the cluster cannot be reached under TLS:"
        )

    def security(self) -> Any:
        """Return them as dask wants them; nothing goes unencrypted then."""
        from distributed.security import Security

        return Security(
            tls_ca_file=str(self.authority),
            tls_client_cert=str(self.certificate),
            tls_client_key=str(self.key),
            require_encryption=True,
        )


@contextmanager
def cluster_runner(address: str, certificates: Certificates | None = None) -> Iterator[Runner]:
    """Connect to a scheduler and yield a runner, whose chunks come in as they get ready.

    Raises RunError for a scheduler that does not answer, one without workers, a worker with other code,
    and a chunk whose workers keep dying.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--scheduler needs dask: python -m pip install 'simcounty[cluster]'.") from None
    for name in ("distributed", "distributed.client"):  # what matters in their logs is raised as well
        logging.getLogger(name).setLevel(logging.CRITICAL)
    security = certificates.security() if certificates else None
    _assert_scheduler(address, security)
    try:
        connected = Client(address, timeout=PATIENCE, set_as_default=False, security=security)
    except (OSError, ValueError) as error:  # it has gone meanwhile; a TimeoutError is an OSError
        raise RunError(f"{address}: the scheduler stopped answering ({error}). Try again.") from error
    with connected as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RunError(
                f"{address}: the scheduler has no workers. Start some with: dask worker {address}"
            ) from None
        threads: int = sum(client.nthreads().values())
        yield Runner(partial(_run, client, address, AHEAD * threads), threads)


def _assert_scheduler(address: str, security: Any) -> None:
    """Raise RunError within seconds where something else than a scheduler answers, or nothing does."""
    with ThreadPoolExecutor(1) as apart:  # a notebook has a loop running in this thread
        try:
            kind = apart.submit(asyncio.run, _answer(address, security)).result()
        except Exception as error:  # what is no scheduler may send anything
            kind = type(error).__name__
    if kind != "Scheduler":
        raise RunError(
            f"{address}: no dask scheduler answers there ({kind}). "
            "Start one with: dask scheduler; one under TLS has an address tls://… and needs --tls-ca, "
            "--tls-cert and --tls-key."
        )


async def _answer(address: str, security: Any) -> str:
    """Return what kind of process of dask answers at an address, within seconds."""
    return await asyncio.wait_for(_kind_at(address, security), ANSWER)


async def _kind_at(address: str, security: Any) -> str:
    from distributed import rpc

    arguments = security.get_connection_args("client") if security else {}
    async with rpc(address, timeout=ANSWER, connection_args=arguments) as remote:
        return str((await remote.identity())["type"])


def _run(client: Any, address: str, room: int, works: Iterable[Work]) -> Generator[Chunk]:
    from distributed import as_completed

    waiting = iter(works)
    with _explained_loss(address):
        running = as_completed([_submit(client, work) for work in islice(waiting, room)], loop=client.loop)
        while running.count():
            _await_chunk(client, address, running)
            future = next(running)
            yield future.result()
            future.release()
            running.update([_submit(client, work) for work in islice(waiting, 1)])


def _await_chunk(client: Any, address: str, running: Any) -> None:
    """Wait until a chunk is ready; raise RunError where no worker is left to run one."""
    seen = polled = time.monotonic()
    while not running.has_ready():
        time.sleep(0.005)
        if (now := time.monotonic()) > polled + 1:
            polled, seen = now, now if client.nthreads() else seen
        if now > seen + FORSAKEN:
            raise RunError(
                f"{address}: all workers are gone; what they printed says why, such as that simcounty is "
                "missing there. What came in is stored; start others, then run the same sweep with --resume."
            )


def run_there(work: Work, code: str) -> Chunk:
    """Run a chunk on a worker, which must have the same code; its other threads run other chunks."""
    if (own := _code()) != code:
        raise RunError(f"a worker runs other code of simcounty ({own}) than this process ({code}).")
    return work.run(cores=1)


def _submit(client: Any, work: Work) -> Any:
    first, last = work.members[0], work.members[-1]
    name = f"members {first} to {last}{NAMED}{uuid4().hex}"
    return client.submit(run_there, work, _code(), key=name, pure=False, retries=RETRIES)


def _code() -> str:
    return cache.fingerprint("simcounty.backends", "simcounty.model")


@contextmanager
def _explained_loss(address: str) -> Iterator[None]:
    """Turn what a lost cluster raises into an error that says what it means for the sweep."""
    from distributed import CancelledError, KilledWorker

    try:
        yield
    except KilledWorker as error:
        members = str(error.task).partition(NAMED)[0]
        raise RunError(
            f"{address}: {members} were given up after {RETRIES + 1} workers died "
            "that ran them. Give the workers more memory, then run the same sweep with --resume."
        ) from None
    except (RuntimeError, ImportError, AttributeError, TypeError) as error:
        raise RunError(
            f"{address}: a chunk cannot be run there ({str(error).partition('. ')[0]}). "
            "The scheduler and its workers need the same Python environment, with this simcounty."
        ) from error
    except (CancelledError, OSError) as error:
        raise RunError(
            f"{address}: the cluster was lost ({type(error).__name__}). "
            "What came in is stored; run the same sweep with --resume."
        ) from None
