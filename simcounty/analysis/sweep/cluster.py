"""Running the chunks of a sweep on a dask cluster that is there already; this process alone commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from simcounty import cache
from simcounty.analysis.sweep.chunks import Chunk, Work
from simcounty.errors import InputError, RunError

PATIENCE = 15  # seconds to wait for the scheduler, and for a first worker
RETRIES = 3  # times a chunk is run again whose worker died
AHEAD = 2  # chunks underway for each thread of a worker, so that none waits while one is stored


def there(address: str, works: Iterable[Work]) -> Iterator[Chunk]:
    """Run chunks on the cluster behind a scheduler's address; they come in as they get ready.

    Raises RunError for a scheduler that does not answer, one without workers, a worker with other code,
    and a chunk whose workers keep dying.
    """
    with _client(address) as client, _trouble(address):
        from distributed import as_completed

        waiting = iter(works)
        code = cache.fingerprint("simcounty.backends", "simcounty.model")
        running = as_completed([_submit(client, work, code) for work in islice(waiting, _room(client))])
        for future in running:
            yield future.result()
            future.release()
            running.update([_submit(client, work, code) for work in islice(waiting, 1)])


def run_there(work: Work, code: str) -> Chunk:
    """Run a chunk on a worker, which must have the same code; its other threads run other chunks."""
    own = cache.fingerprint("simcounty.backends", "simcounty.model")
    if own != code:
        raise RunError(f"a worker runs other code of simcounty ({own}) than this process ({code}).")
    return work.run(cores=1)


def _submit(client: Any, work: Work, code: str) -> Any:
    return client.submit(run_there, work, code, pure=False, retries=RETRIES)


def _room(client: Any) -> int:
    threads: int = sum(client.nthreads().values())
    return AHEAD * max(1, threads)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--scheduler needs dask: python -m pip install 'simcounty[cluster]'.") from None
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
        yield client


@contextmanager
def _trouble(address: str) -> Iterator[None]:
    """Say what a lost cluster means for the sweep."""
    from distributed import CancelledError, KilledWorker
    from distributed.comm import CommClosedError

    try:
        yield
    except KilledWorker as error:
        raise RunError(
            f"{address}: a chunk was given up after its workers died {RETRIES + 1} times ({error.task}). "
            "Give the workers more memory, then run the same sweep with --resume."
        ) from None
    except (CancelledError, CommClosedError, TimeoutError) as error:
        raise RunError(
            f"{address}: the cluster was lost ({type(error).__name__}). "
            "What came in is stored; run the same sweep with --resume."
        ) from None
