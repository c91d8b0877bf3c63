"""Several processes that fit one model: how they connect, agree, and notice that one is gone."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager

import jax
import numpy as np
from jax.experimental import multihost_utils
from jaxtyping import PyTree

from elbax.errors import HostLostError, InputError

# A process that is silent for so long counts as lost. A killed process is noticed at once.
_HEARTBEAT_SECONDS = 30
_LOST = re.compile(r"gloo|nccl|coordination|heartbeat|connection reset|broken pipe", re.IGNORECASE)
_COMPARED_ROWS = 1024


def join(address: str, count: int | None = None, index: int | None = None) -> None:
    """Connect to the other processes of a fit, before JAX computes anything.

    Args:
        address: address and port of the first process, as in ``10.0.0.1:1234``; "auto" asks the cluster (Slurm,
            Open MPI, Kubernetes, Cloud TPU).
        count: number of processes; None asks the cluster.
        index: number of this process, from 0; None asks the cluster.

    Raises:
        InputError: the address or the numbers cannot be used, or there is no cluster to ask.
        HostLostError: the others did not connect in time.
    """
    if address != "auto" and not re.fullmatch(r".+:\d{1,5}", address):
        raise InputError(f"hosts must be an address and a port, as in 10.0.0.1:1234, or auto; got {address!r}")
    if (count, index) != (None, None) and (count is None or index is None or not 0 <= index < count):
        raise InputError(
            "--num-processes and --process-id go together, the second from 0 to below the first; got "
            f"{count} and {index}"
        )
    # Its SIGTERM handler would keep a terminated process alive.
    jax.config.update("jax_enable_preemption_service", False)
    server = None if address == "auto" else address
    try:
        jax.distributed.initialize(server, count, index, heartbeat_timeout_seconds=_HEARTBEAT_SECONDS)
    except ValueError as error:  # JAX found no cluster to ask
        raise InputError(
            "found no cluster (Slurm, Open MPI, Kubernetes, Cloud TPU); give --hosts ADDRESS:PORT, --num-processes "
            "and --process-id"
        ) from error
    except RuntimeError as error:
        raise HostLostError(f"the processes could not connect at {address} ({_first_line(error)})") from error


def leave() -> None:
    """Disconnect, once all processes have called this; does nothing for a single process."""
    with watched():
        jax.distributed.shutdown()


def is_first() -> bool:
    """Whether this process writes files and prints."""
    return jax.process_index() == 0


def agree(value: int) -> int:
    """The first process's value, in every process; all must call this."""
    with watched():
        return int(multihost_utils.broadcast_one_to_all(np.asarray(value, np.int32)))


def check_same_start(arrays: PyTree, settings: object, rows: PyTree) -> None:
    """Check that all processes start from the same arrays, settings and rows; all must call this.

    Arrays are compared in full, settings by their ``repr``, and 1024 evenly spaced rows. If they differ, every process
    raises InputError.
    """
    subset = jax.tree.map(lambda column: column[:: max(1, len(column) // _COMPARED_ROWS)], rows)
    digest = hashlib.sha256(repr((settings, jax.tree.map(len, rows))).encode())
    for leaf in jax.tree.leaves((arrays, subset)):
        digest.update(np.ascontiguousarray(leaf).data)
    with watched():
        digests = multihost_utils.process_allgather(np.frombuffer(digest.digest(), np.uint8))
    if (digests != digests[0]).any():
        raise InputError(
            "the processes do not start from the same rows, settings and weights; give all of them the same data, the "
            "same random_state, and a checkpoint folder on a disk that they share"
        )


@contextmanager
def watched() -> Iterator[None]:
    """Turn JAX's errors about broken connections into one sentence; HostLostError if another process is gone."""
    try:
        yield
    except (ValueError, RuntimeError) as error:  # JAX raises both for failed collectives
        if jax.process_count() == 1 or not _LOST.search(str(error)):
            raise
        raise HostLostError(f"another process of this fit has ended ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
