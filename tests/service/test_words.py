"""Errors of pydantic as sentences, and what never leaves a request waiting."""

import asyncio

import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

pytest.importorskip("fastapi", reason="elbax[serve] is not installed")

from elbax.service.batching import Batcher  # noqa: E402
from elbax.service.requests import Seed, errors_in_words  # noqa: E402

FORMS = "function-before[no_boolean(), literal['Bern','Ulm']]"


def error(*place, message="Input should be a valid string"):
    return {"loc": place, "msg": message}


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        (
            [error("given", "city", FORMS), error("given", "city", "list[str]", message="Input should be a list")],
            "given.city: input should be a valid string, or input should be a list",
        ),
        ([error("given", "age", "PeopleAgeRange", "low")], "given.age.low: input should be a valid string"),
        ([error("rows", 3, "income (CHF)")], "rows[3].income (CHF): input should be a valid string"),
        (
            [error("given", "x", message="Extra inputs are not permitted"), error("n")],
            "given.x: the model has no such part; GET /models/NAME lists its columns (and 1 more)",
        ),
        ([error()], "body: input should be a valid string"),
    ],
)
def test_places_are_those_of_the_request(errors, sentence):
    assert errors_in_words(errors) == sentence


def test_whole_numbers_may_be_written_with_a_point_and_nothing_else_may():
    seed = TypeAdapter(Seed)
    assert seed.validate_json("7.0") == 7 and seed.json_schema()["minimum"] == 0
    for text in ("true", '"7"', "7.5", "-1", "null"):
        with pytest.raises(ValidationError):
            seed.validate_json(text)


@pytest.mark.parametrize("rows", [0, 2])
def test_whatever_fails_is_answered(rows):
    async def gone():
        raise OSError("the connection")

    async def asked():
        batcher = Batcher(100)
        table = pa.table({"x": pa.array([1.0] * rows)})
        assert (await batcher.rows("key", lambda table, numbers: table, table, gone)).num_rows == rows
        blocked = asyncio.create_task(batcher.alone(lambda: __import__("time").sleep(0.8)))
        first = asyncio.create_task(batcher.rows("key", lambda table, numbers: table, table, gone))
        second = asyncio.create_task(batcher.rows("other", lambda table, numbers: table, table, gone))
        done = await asyncio.wait_for(asyncio.gather(first, second, return_exceptions=True), 5)
        await blocked
        await batcher.close()
        return done

    first, second = asyncio.run(asked())
    assert first.num_rows == rows and isinstance(second, OSError)
