"""Requests that arrive together are computed together: a bounded queue before one thread that computes."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import numpy as np
import pyarrow as pa

from elbax.evaluate.batching import row_numbers
from elbax.web import Problem

MOST_ROWS = 1024  # computed together
_MOST_ALONE = 16  # functions of `Batcher.alone` that may wait
_PATIENCE = 0.5  # seconds after which it is asked whether a client still waits

Call = Callable[[pa.Table, np.ndarray], pa.Table]


@dataclass(eq=False)
class _Entry:
    """A request that waits."""

    key: Hashable
    call: Call
    table: pa.Table
    is_gone: Callable[[], Awaitable[bool]]
    result: asyncio.Future
    since: float = field(default_factory=monotonic)


class Batcher:
    """Computes calls of rows, those with one key together, up to 1024 rows at a time.

    While a batch is computed, what arrives waits and becomes the next one: a lone request waits for nothing, and under
    load batches grow by themselves. A batch that fails is computed again request by request, so that nobody gets an
    error for the rows of another.

    Args:
        most_waiting: rows that may wait; more are refused with 503.
        observe: called with the number of requests and of rows of each batch.
    """

    def __init__(self, most_waiting: int, observe: Callable[[int, int], None] = lambda requests, rows: None):
        self._waiting: deque[_Entry] = deque()
        self._most_waiting, self._observe = most_waiting, observe
        self._thread = ThreadPoolExecutor(1, "elbax-compute")
        self._task: asyncio.Task | None = None
        self._alone = 0

    @property
    def waiting_rows(self) -> int:
        """Rows that wait for their turn."""
        return sum(entry.table.num_rows for entry in self._waiting)

    async def rows(
        self, key: Hashable, call: Call, table: pa.Table, is_gone: Callable[[], Awaitable[bool]]
    ) -> pa.Table:
        """The answer to a call for the rows of a table, with as many rows, or a multiple.

        Raises:
            Problem: too many rows wait.
            InputError: the rows cannot be used.
        """
        if self._waiting and self.waiting_rows + table.num_rows > self._most_waiting:
            raise _busy()
        entry = _Entry(key, call, table, is_gone, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._start()
        return await entry.result

    async def alone(self, function: Callable[[], Any]) -> Any:
        """The result of a function that shares the thread, between two batches; `Problem` if many wait."""
        if self._alone >= _MOST_ALONE:
            raise _busy()
        self._alone += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, function)
        finally:
            self._alone -= 1

    async def close(self) -> None:
        """Wait until what has been asked for is computed."""
        while self._task is not None:
            await self._task
        self._thread.shutdown(wait=True)

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while batch := await self._next():
                loop = asyncio.get_running_loop()
                self._observe(len(batch), sum(entry.table.num_rows for entry in batch))
                try:
                    answers = await loop.run_in_executor(self._thread, _compute, batch)
                except Exception as error:  # nobody waits for ever
                    answers = [error] * len(batch)
                for entry, answer in zip(batch, answers, strict=True):
                    if entry.result.done():
                        continue  # its time is over
                    if isinstance(answer, Exception):
                        entry.result.set_exception(answer)
                    else:
                        entry.result.set_result(answer)
        finally:
            self._task = None
            if self._waiting:
                self._start()

    async def _next(self) -> list[_Entry]:
        """The requests of the next batch: the one that waits longest, and others with its key."""
        batch: list[_Entry] = []
        rows, left = 0, deque()
        while self._waiting:
            entry = self._waiting.popleft()
            if entry.result.done() or await self._has_left(entry):
                continue
            fits = not batch or (entry.key == batch[0].key and rows + entry.table.num_rows <= MOST_ROWS)
            if fits:
                batch.append(entry)
                rows += entry.table.num_rows
            else:
                left.append(entry)
        self._waiting.extendleft(reversed(left))
        return batch

    async def _has_left(self, entry: _Entry) -> bool:
        try:
            if monotonic() - entry.since < _PATIENCE or not await entry.is_gone():
                return False
        except Exception as error:
            entry.result.set_exception(error)
            return True
        entry.result.set_exception(Problem(408, "the client has left before its turn"))
        return True


def _compute(batch: list[_Entry]) -> list[pa.Table | Exception]:
    """The answers to requests with one key."""
    tables = [entry.table for entry in batch]
    numbers = np.concatenate([row_numbers(table.num_rows) for table in tables])
    try:
        whole = batch[0].call(tables[0] if len(tables) == 1 else pa.concat_tables(tables), numbers)
    except Exception as error:
        if len(batch) == 1:
            return [error]
        return [answer for entry in batch for answer in _compute([entry])]
    per_row = whole.num_rows // max(len(numbers), 1)
    ends = np.cumsum([table.num_rows for table in tables]) * per_row
    starts = np.concatenate([[0], ends[:-1]])
    return [whole.slice(start, end - start) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _busy() -> Problem:
    return Problem(503, "too many requests wait for their turn; try again later", {"Retry-After": "1"})
