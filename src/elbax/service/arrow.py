"""Arrow's IPC streams from clients: read without trusting them."""

import struct
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from elbax.web import Problem

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
LONGEST_TEXT = 1000  # bytes
_RECORD_BATCH, _DICTIONARY_BATCH = 3, 2  # of MessageHeader in Arrow's Message.fbs


def read_stream(body: bytes, most_rows: int) -> pa.Table:
    """The table of an IPC stream.

    A column of nulls, of runs or of one repeated entry takes no space for any number of rows, and a compressed buffer
    may hold a thousand times its size: neither is read. Offsets are checked before anything follows them.

    Raises:
        Problem: the body is no stream (400), has more rows (413), or is compressed (415).
    """
    try:
        if any(is_compressed(metadata) for metadata in _metadata(body)):
            raise Problem(415, "send the Arrow stream without compressed buffers")
        with pa.ipc.open_stream(body) as reader:
            for field in reader.schema:
                _check_type(field)
            batches, n = [], 0
            for batch in reader:
                n += batch.num_rows
                if n > most_rows:
                    raise Problem(413, f"the table has more than {most_rows:,} rows; send fewer at a time")
                batch.validate(full=True)
                _check_texts(batch)
                batches.append(batch)
            table = pa.Table.from_batches(batches, reader.schema)
    except (pa.ArrowException, struct.error, OSError, ValueError, IndexError, OverflowError) as error:
        raise Problem(400, f"the body is no Arrow IPC stream: {' '.join(str(error).split())[:200]}") from error
    if not table.num_rows:
        raise Problem(422, "the table has no rows; send at least one")
    return table


def write_stream(table: pa.Table) -> bytes:
    """A table as an IPC stream.

    Example:
        >>> read_stream(write_stream(pa.table({"a": [1.5]})), 10).to_pylist()
        [{'a': 1.5}]
    """
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def is_compressed(metadata: bytes) -> bool:
    """Whether a message of IPC has compressed buffers: `RecordBatch.compression` in Arrow's Message.fbs."""
    message = _Table(metadata, struct.unpack_from("<I", metadata)[0])
    kind, header = message.number(1), message.table(2)
    if kind == _DICTIONARY_BATCH and header is not None:
        header = header.table(1)
    return kind in (_RECORD_BATCH, _DICTIONARY_BATCH) and header is not None and header.table(3) is not None


class _Table:
    """A table of FlatBuffers: fields by their number."""

    def __init__(self, data: bytes, start: int):
        self.data, self.start = data, start
        self.fields = start - struct.unpack_from("<i", data, start)[0]

    def _place(self, field: int) -> int | None:
        size = struct.unpack_from("<H", self.data, self.fields)[0]
        entry = 4 + 2 * field
        offset = struct.unpack_from("<H", self.data, self.fields + entry)[0] if entry < size else 0
        return self.start + offset if offset else None

    def number(self, field: int) -> int:
        place = self._place(field)
        return 0 if place is None else self.data[place]

    def table(self, field: int) -> "_Table | None":
        place = self._place(field)
        return None if place is None else _Table(self.data, place + struct.unpack_from("<I", self.data, place)[0])


def _metadata(body: bytes) -> Iterator[bytes]:
    """The metadata of all messages, which Arrow has checked."""
    source = pa.BufferReader(body)
    while True:
        try:
            message = pa.ipc.read_message(source)
        except EOFError:
            return
        yield message.metadata.to_pybytes()


def _check_type(field: pa.Field) -> None:
    """Refuse types that no column of a model has."""
    type_ = field.type
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    if pa.types.is_fixed_size_list(type_) or pa.types.is_list(type_) or pa.types.is_large_list(type_):
        type_ = type_.value_type
    numbers = (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_temporal)
    others = (pa.types.is_string, pa.types.is_large_string)
    if not any(test(type_) for test in (*numbers, *others)):
        raise Problem(422, f"column {field.name!r} is of Arrow type {field.type}, which no model takes")


def _check_texts(batch: pa.RecordBatch) -> None:
    """Refuse long texts: one entry of a dictionary may stand in any number of rows."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        texts = column.dictionary if pa.types.is_dictionary(column.type) else column
        are_texts = pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)
        if are_texts and (pc.max(pc.binary_length(texts)).as_py() or 0) > LONGEST_TEXT:
            raise Problem(413, f"column {name!r} holds a text of more than {LONGEST_TEXT:,} bytes")
