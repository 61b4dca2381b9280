"""Running the chunks of a sweep on an existing dask cluster; this process alone commits them."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

from simcounty import cache
from simcounty.errors import InputError, RunError
from simcounty.sweeps.chunks import Chunk, Work
from simcounty.sweeps.runner import Runner

PATIENCE = 10  # seconds to wait for the scheduler, and for a first worker
FORSAKEN = 30  # seconds without any worker, after which the run is given up
RETRIES = 3  # times a chunk is run again whose worker died
AHEAD = 2  # chunks submitted for each thread of a worker, so that none waits while one is stored


@contextmanager
def cluster_runner(address: str) -> Iterator[Runner]:
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
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise RunError(
            f"{address}: no dask scheduler answers there ({type(error).__name__}). "
            "Start one with: dask scheduler"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RunError(
                f"{address}: the scheduler has no workers. Start some with: dask worker {address}"
            ) from None
        threads: int = sum(client.nthreads().values())
        yield Runner(partial(_run, client, address, AHEAD * threads), threads)


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
    return client.submit(run_there, work, _code(), pure=False, retries=RETRIES)


def _code() -> str:
    return cache.fingerprint("simcounty.backends", "simcounty.model")


@contextmanager
def _explained_loss(address: str) -> Iterator[None]:
    """Turn what a lost cluster raises into an error that says what it means for the sweep."""
    from distributed import CancelledError, KilledWorker

    try:
        yield
    except KilledWorker as error:
        raise RunError(
            f"{address}: a chunk was given up after its workers died {RETRIES + 1} times ({error.task}). "
            "Give the workers more memory, then run the same sweep with --resume."
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
