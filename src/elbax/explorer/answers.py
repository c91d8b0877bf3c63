"""The answers of a session: everything a page can ask for once a model is there."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from elbax.data import evenly_spaced
from elbax.data.image_view import windows
from elbax.errors import InputError, MissingExtraError, one_of
from elbax.explorer.cards import cell_text, form_of, make_cards
from elbax.explorer.contrast import contrast_columns, contrast_labels
from elbax.explorer.rows import Rows
from elbax.explorer.session import Session

PLACED_SUFFIXES = (".csv", ".tsv", ".parquet", ".npy", ".png", ".jpg", ".jpeg")
MOST_PLACED = 100_000  # rows of a file
_MOST_DECODED = 2**29  # bytes of a file's table
_SHOWN = 60  # cards at most
_MOST_CLASSES = 500  # of labels that are compared
_BLAMED = 100  # features at most, each of which is left out once


def positions(session: Session, axes: list[int]) -> dict[str, Any]:
    """The latent points of all rows along some axes, (axes, n)."""
    return {"z": session.z[:, axes].T}


def show_rows(session: Session, rows: np.ndarray) -> dict[str, Any]:
    """Cards of rows, with their labels."""
    part = session.rows.take(rows)
    labels = None if part.labels is None else [cell_text(label) for label in part.labels]
    return {"rows": rows.tolist(), "labels": labels, "cards": make_cards(session.schema, _array(session, part.x))}


def show_pair(session: Session, row: int) -> dict[str, Any]:
    """A row beside its reconstruction, and its latent point."""
    part = session.rows.take(np.array([row]))
    pair = [part.x, session.vae.reconstruct(part.x, context=part.context)]
    cards = [make_cards(session.schema, _array(session, rows)) for rows in pair]
    label = None if part.labels is None else cell_text(part.labels[0])
    return {"row": row, "label": label, "z": session.z[row].tolist(), "cards": cards}


def decode(session: Session, points: np.ndarray, context: Any) -> dict[str, Any]:
    """Cards of latent points (k, latent_dim)."""
    return make_cards(session.schema, session.vae.inverse_transform(points, context=context))


def path(session: Session, points: np.ndarray, steps: int, kind: str, closed: bool, context: Any) -> dict[str, Any]:
    """Cards on a path through latent points in turn; ``closed`` paths return to the first."""
    vae = session.vae
    if len(points) < 2:
        raise InputError("a path needs at least two points; choose another one")
    if len(points) == 2 and not closed:
        rows = vae.interpolate(*points, steps, context=context, kind=kind, latent=True)
    else:
        per_leg = max(1, steps // (len(points) - (not closed)))
        rows = vae.morph(points, per_leg, context=context, closed=closed, kind=kind, latent=True)
    return make_cards(session.schema, rows)


def contrast(session: Session, rows: np.ndarray) -> dict[str, Any]:
    """What sets rows apart from all others: columns of a table by separation, mean images or series otherwise."""
    others = np.setdiff1d(np.arange(len(session.rows)), rows, assume_unique=True)
    inside, outside = (session.rows.take(session.sample(side)) for side in (rows, others))
    found = []
    if inside.labels is not None and outside.labels is not None and len(others) and _are_classes(inside.labels):
        found = [contrast_labels(session.rows.label_name, list(inside.labels), list(outside.labels))]
    result: dict[str, Any] = {"n": len(rows), "n_others": len(others)}
    if form_of(session.schema) == "table":
        if len(others):
            found += contrast_columns(session.schema, session.codes(inside), session.codes(outside))
    else:
        sides = [side for side in (inside, outside) if len(side)]
        result["cards"] = make_cards(session.schema, np.stack([_mean(session, side) for side in sides]))
    found.sort(key=lambda one: -one.separation)
    return result | {"columns": [one._asdict() for one in found]}


def export(session: Session, rows: np.ndarray, kind: str) -> dict[str, Any]:
    """Rows as a file, with row numbers, labels and latents: its name and bytes."""
    part = session.rows.take(rows)
    latents = {f"z{k + 1}": session.z[rows, k] for k in range(session.latent_dim)}
    frame = pd.DataFrame({"row": rows})
    if part.labels is not None:
        frame[part.label_name] = part.labels
    frame = pd.concat([frame, _values(session, part).reset_index(drop=True)], axis=1)
    frame = frame.loc[:, ~frame.columns.duplicated()].assign(**latents)
    if kind == "csv":
        content = frame.to_csv(index=False).encode()
    else:
        buffer = BytesIO()
        try:
            frame.to_parquet(buffer, index=False)
        except ImportError as error:
            raise MissingExtraError("Parquet needs pyarrow: pip install elbax[parquet]") from error
        content = buffer.getvalue()
    return {"name": f"selection.{kind}", "content": np.frombuffer(content, np.uint8)}


def neighbors(session: Session, point: np.ndarray, k: int) -> dict[str, Any]:
    """The rows nearest to a latent point (latent_dim,), nearest first."""
    distances, rows = session.neighbors.kneighbors(point[None], min(k, len(session.rows)))
    return {"distances": distances[0].tolist(), **show_rows(session, rows[0])}


def oddest(session: Session, k: int) -> dict[str, Any]:
    """The rows with the lowest scores, and the columns that are to blame."""
    rows = np.argsort(session.scores, kind="stable")[:k]
    part = session.rows.take(rows)
    odd: dict[str, Any] = {"scores": session.scores[rows].tolist(), "score_name": session.n_scored}
    if session.schema.n_features <= _BLAMED and session.vae.module_.posterior.has_density:
        table = session.vae.outliers(part.x, 1.0, calibration=session.usual, context=part.context)
        columns = ("blame", "nats", "found", "expected", "also")
        odd["blame"] = [
            {name: cell_text(value) for name, value in zip(columns, row, strict=True)}
            for row in table[list(columns)].itertuples(index=False)
        ]
    return odd | show_rows(session, rows)


def place(session: Session, name: str, content: bytes) -> dict[str, Any]:
    """Where the encoder puts the rows of a file, (latent_dim, n), and their cards."""
    suffix = Path(name).suffix.lower()
    if suffix not in PLACED_SUFFIXES:
        raise InputError(f"files that can be placed end in {one_of(PLACED_SUFFIXES)}; got {name!r}")
    with tempfile.TemporaryDirectory(dir=session.scratch, prefix=".placed-") as folder:
        file = Path(folder) / f"dropped{suffix}"
        file.write_bytes(content)
        _check_size(file, suffix)
        try:
            dataset = session.read_file(file)
        except InputError as error:
            raise InputError(str(error).replace(str(file), name)) from error
        if len(dataset.x) > MOST_PLACED:
            raise InputError(f"{name} has {len(dataset.x):,} rows; at most {MOST_PLACED:,} can be placed at a time")
        rows = Rows.of(dataset.x, context=dataset.context)
        z = session.vae.transform(rows.x, context=rows.context)
        few = rows.take(evenly_spaced(len(rows), _SHOWN))
        cards = make_cards(session.schema, _array(session, few.x))
    return {"name": name, "n": len(rows), "z": z.T.astype(np.float32), "cards": cards}


def _check_size(file: Path, suffix: str) -> None:
    """InputError if a compressed table would fill the memory."""
    if suffix == ".parquet":
        try:
            from pyarrow import ArrowException, parquet

            data = parquet.ParquetFile(file).metadata
            size = sum(data.row_group(i).total_byte_size for i in range(data.num_row_groups))
        except ImportError as error:
            raise MissingExtraError("Parquet needs pyarrow: pip install elbax[parquet]") from error
        except (ArrowException, OSError) as error:
            raise InputError(f"the file is no Parquet file ({' '.join(str(error).split())[:80]})") from error
        if size > _MOST_DECODED or data.num_rows > MOST_PLACED:
            raise InputError(f"the file is too large: at most {MOST_PLACED:,} rows and {_MOST_DECODED:,} bytes")


def _array(session: Session, rows: Any) -> Any:
    """Rows without what only AnnData has."""
    return session.vae.open_rows(rows, None)[0] if session.vae.exposure is None and hasattr(rows, "obs_names") else rows


def _are_classes(labels: np.ndarray) -> bool:
    return len(set(map(str, labels[:1000]))) <= _MOST_CLASSES


def _mean(session: Session, rows: Rows) -> np.ndarray:
    return np.asarray(rows.x, np.float64).reshape(len(rows), *session.schema.axes.shape).mean(axis=0)


def _values(session: Session, part: Rows) -> pd.DataFrame:
    """The columns of a table's rows; steps of series; nothing of images."""
    form = form_of(session.schema)
    if form == "image":
        return pd.DataFrame(index=range(len(part)))
    if form == "series":
        flat = windows(session.schema, part.x).reshape(len(part), -1)
        return pd.DataFrame(flat, columns=list(session.schema.feature_names)[: flat.shape[1]])
    x = _array(session, part.x)
    if hasattr(x, "to_pandas"):
        return x.to_pandas()
    if isinstance(x, pd.DataFrame):
        return x
    array = np.asarray(x.toarray() if hasattr(x, "toarray") else x)
    columns = session.schema.columns or [f"column {i}" for i in range(array.shape[1])]
    return pd.DataFrame(array, columns=list(columns))
