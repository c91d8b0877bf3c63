"""Requests are computed together, get the answers they would get alone, and do not suffer from one another."""

import asyncio
from functools import partial
from threading import Event

import numpy as np
import pyarrow as pa
import pytest

from elbax.errors import InputError
from elbax.evaluate.batching import row_numbers
from elbax.service.batching import MOST_ROWS, Batcher
from elbax.service.warm_up import warm_up
from elbax.web import Problem


async def stays():
    return False


def table(*values):
    return pa.table({"x": list(map(float, values))})


class Calls:
    """A call that waits until it may go on, and remembers what it got."""

    def __init__(self):
        self.go, self.batches = Event(), []

    def __call__(self, rows, numbers):
        assert self.go.wait(10)
        values = rows["x"].to_pylist()
        self.batches.append(values)
        if -1.0 in values:
            raise InputError(f"x is -1 in row {values.index(-1.0)}")
        return pa.table({"x": rows["x"], "number": numbers[:, 1]})


def test_what_waits_is_computed_together_with_own_numbers():
    calls = Calls()

    async def main():
        batcher = Batcher(100)
        waiting = [asyncio.create_task(batcher.rows("a", calls, table(i, i), stays)) for i in range(5)]
        await asyncio.sleep(0.05)
        calls.go.set()
        answers = await asyncio.gather(*waiting)
        await batcher.close()
        return answers

    answers = asyncio.run(main())
    assert [len(batch) for batch in calls.batches] == [2 * 5] or [len(b) for b in calls.batches] == [2, 8]
    for i, answer in enumerate(answers):
        assert answer.to_pydict() == {"x": [i, i], "number": [0.0, 1.0]}


def test_other_keys_and_large_batches_wait_for_the_next_turn():
    calls = Calls()
    calls.go.set()

    async def main():
        batcher = Batcher(10**6)
        big = [batcher.rows("a", calls, table(*range(700)), stays) for _ in range(3)]
        await asyncio.gather(*big, batcher.rows("b", calls, table(1), stays))
        await batcher.close()

    asyncio.run(main())
    assert sorted(map(len, calls.batches)) == [1, 700, 700, 700]
    assert max(map(len, calls.batches)) <= MOST_ROWS


def test_a_bad_request_fails_alone_with_its_own_row_number():
    calls = Calls()

    async def main():
        batcher = Batcher(100)
        rows = [table(1, 2), table(3, -1), table(4)]
        waiting = [asyncio.create_task(batcher.rows("a", calls, one, stays)) for one in rows]
        await asyncio.sleep(0.05)
        calls.go.set()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        await batcher.close()
        return answers

    first, second, third = asyncio.run(main())
    assert first["x"].to_pylist() == [1, 2] and third["x"].to_pylist() == [4]
    assert isinstance(second, InputError) and "row 1" in str(second)


def test_the_queue_is_bounded():
    calls = Calls()

    async def main():
        batcher = Batcher(4)
        waiting = [asyncio.create_task(batcher.rows("a", calls, table(0, 0), stays)) for _ in range(3)]
        await asyncio.sleep(0.05)
        late = [asyncio.create_task(batcher.rows("b", calls, table(0, 0), stays)) for _ in range(3)]
        await asyncio.sleep(0.05)
        calls.go.set()
        answers = await asyncio.gather(*waiting, *late, return_exceptions=True)
        await batcher.close()
        return answers

    refused = [answer for answer in asyncio.run(main()) if isinstance(answer, Problem)]
    assert refused and all(problem.status == 503 and problem.headers["Retry-After"] for problem in refused)


def test_nothing_is_computed_for_clients_that_have_left(monkeypatch):
    monkeypatch.setattr("elbax.service.batching._PATIENCE", 0.0)
    calls = Calls()

    async def has_left():
        return True

    async def main():
        batcher = Batcher(100)
        first = asyncio.create_task(batcher.rows("a", calls, table(1), stays))
        await asyncio.sleep(0.05)
        gone = asyncio.create_task(batcher.rows("a", calls, table(2), has_left))
        cancelled = asyncio.create_task(batcher.rows("a", calls, table(3), stays))
        await asyncio.sleep(0.05)
        cancelled.cancel()
        calls.go.set()
        await first
        await batcher.close()
        assert isinstance(gone.exception(), Problem)

    asyncio.run(main())
    assert calls.batches == [[1.0]]


@pytest.mark.parametrize("name", ["digits", "people", "series", "iris"])
def test_equal_answers_whatever_the_batching(models, name):
    """Rows alone, in pairs, and all together; for tables also among rows with gaps."""
    model = models[name]
    context = model.format.context_from_json(["setosa"]) if name == "iris" else None
    rows = model.sample(4, seed=1, context=context)
    if context is not None:
        rows = rows.append_column("context", context.take([0] * 4)["context"])
    rows = rows.select(list(model.format.arrow_types))
    calls = {"encode": model.encode, "reconstruct": model.reconstruct, "score": model.score}
    if name == "people":
        rows = rows.set_column(2, "income", pa.array([None, *rows["income"].to_pylist()[1:]], pa.float64()))
        calls |= {"impute": model.impute, "complete": partial(model.complete, n=2, seed=5)}
    for operation, call in calls.items():
        numbers = row_numbers(1)
        alone = pa.concat_tables([call(rows.slice(i, 1), numbers) for i in range(4)])
        together = call(rows, np.repeat(numbers, 4, axis=0))
        for column in alone.column_names:
            one, other = (flat(table[column]) for table in (alone, together))
            if one.dtype.kind in "OMm":
                assert one.tolist() == other.tolist(), (operation, column)
            else:
                np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-4, err_msg=f"{operation} {column}")


def flat(column):
    column = column.combine_chunks()
    values = column.flatten() if pa.types.is_fixed_size_list(column.type) else column
    return values.to_numpy(zero_copy_only=False)


def test_nothing_compiles_once_it_is_warm(models, programs):
    model = models["series"]
    warm_up(model)
    rows = model.sample(9, seed=2)
    programs.clear()
    for n in (1, 2, 5, 9):
        for call in model.calls().values():
            call(rows.slice(0, n), row_numbers(n))
        model.sample(n, seed=n)
    assert programs == []
