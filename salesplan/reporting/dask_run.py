"""Reviews on a Dask cluster: the same work for each unit, sent to the cluster's workers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from salesplan import __version__
from salesplan.errors import ParameterError, SalesplanError, Sentence

Job = TypeVar("Job")
PATIENCE = 15.0
"""Seconds to wait for the cluster and for its first worker."""
AHEAD = 2
"""Jobs handed to the cluster for each of its threads, so that no thread waits and the queue stays short."""


class ClusterError(SalesplanError, RuntimeError):
    """The cluster cannot be reached, or does not fit."""


def require_distributed() -> Any:
    """The package that speaks to a cluster.

    Raises
    ------
    ParameterError
        It is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        raise ParameterError(Sentence("a cluster needs the package distributed, which is not installed"),
                             fix=Sentence("Run: {command}", command="pip install 'salesplan[cluster]'")) from error
    return distributed


@contextmanager
def connected(scheduler: str) -> Iterator[Any]:
    """A client of a cluster whose workers have this version of the kit.

    Parameters
    ----------
    scheduler
        Address such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    ClusterError
        Nobody answers, there is no worker, or a worker has another version of the kit.
    """
    distributed = require_distributed()
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(Sentence("no cluster answers at {address}", address=scheduler),
                           fix=Sentence("Check the address and whether the scheduler runs.")) from error
    with client:
        _check_workers(client, distributed, scheduler)
        yield client


def run_on_cluster(work: Callable[[Job], Any], jobs: Iterable[Job], *, client: Any) -> Iterator[tuple[Job, Any, BaseException | None]]:
    """Do each job on a cluster and give (job, result, error) as they come.

    Jobs are taken from the iterable as the cluster has room for them. The folders a job names have to be there on every
    worker.

    Parameters
    ----------
    work
        A function of a module that the workers have too.
    client
        As `connected` gives it.
    """
    waiting = iter(jobs)
    under_way: dict[Any, Job] = {}
    finished = require_distributed().as_completed(loop=client.loop)
    room = max(1, AHEAD * sum(client.nthreads().values()))

    def hand_over() -> None:
        while len(under_way) < room:
            try:
                job = next(waiting)
            except StopIteration:
                return
            future = client.submit(work, job, pure=False)
            under_way[future] = job
            finished.add(future)

    try:
        hand_over()
        while under_way:
            future = next(finished)
            job = under_way.pop(future)
            error = future.exception() if future.status != "finished" else None
            yield job, None if error is not None else future.result(), error
            future.release()
            hand_over()
    finally:
        client.cancel(list(under_way))


def _check_workers(client: Any, distributed: Any, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except (distributed.TimeoutError, TimeoutError) as error:
        raise ClusterError(Sentence("the cluster at {address} has no worker", address=scheduler),
                           fix=Sentence("Start at least one worker.")) from error
    for worker, version in client.run(kit_version).items():
        if version != __version__:
            raise ClusterError(Sentence("worker {worker} has version {found} of the kit, must be {wanted}", worker=worker,
                                        found=version, wanted=__version__), fix=Sentence("Install the same version everywhere."))


def kit_version() -> str:
    """Version of the kit where this runs."""
    return __version__

