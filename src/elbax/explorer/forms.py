"""The form of one row: typed values become a row with gaps, and gaps are filled with their uncertainty."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from elbax.data import Schema
from elbax.data.cells import check_usable, read_cells
from elbax.data.columns.labels import GapFlag
from elbax.errors import InputError, unknown_name
from elbax.explorer.cards import cell_text, form_of
from elbax.explorer.rows import Rows
from elbax.explorer.session import Session

_DRAWS = 64  # of a row with gaps
_ENDS = 0.05, 0.5, 0.95  # quantiles that stand for the draws of a number
_MOST_FIELDS = 200
_LIKELIEST = 4  # labels of a gap that are named


def form_columns(schema: Schema) -> list[dict[str, Any]]:
    """The fields of a form: name, kind and either levels or the ends of the training rows; none if there is no form."""
    if form_of(schema) != "table" or schema.removal is not None or schema.n_features > _MOST_FIELDS:
        return []
    return [_field(schema, name, feature) for name, feature in _features(schema).items()]


def read_row(schema: Schema, values: Mapping[str, Any]) -> np.ndarray:
    """The codes (1, d) of a row: values by column, where None, "" and missing names are gaps.

    Raises:
        InputError: a column is unknown, or its value cannot be one of it.
    """
    features = _features(schema)
    codes = np.full(schema.n_features, np.nan)
    for name, value in values.items():
        if name not in features:
            raise unknown_name("column", name, features)
        if value is not None and value != "":
            codes[features[name]] = _code(schema, name, features[name], value)
    return codes[None]


def row_values(session: Session, row: int) -> dict[str, str]:
    """The values of a row of the map as a form holds them."""
    codes = session.codes(session.rows.take(np.array([row])))[0]
    features = _features(session.schema)
    return {name: _field_text(session.schema, feature, codes[feature]) for name, feature in features.items()}


def fill(session: Session, values: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Fill the gaps of a row, and say where the encoder puts it and its fillings.

    Returns:
        z: the latent point (latent_dim,); cloud: those of the fillings (draws, latent_dim); columns: of each gap its
        likely values, for numbers the median with the ends of 90% of the draws, for labels shares.
    """
    vae, schema = session.vae, session.schema
    codes = read_row(schema, values)
    row = schema.decode(codes)
    gaps = np.isnan(codes).any()
    drawn = vae.complete(row, _DRAWS, context=context, random_state=0) if gaps else row
    cloud = vae.transform(drawn, context=context)
    takes_gaps = schema.table is not None or not gaps
    z = vae.transform(row, context=context)[0] if takes_gaps else cloud.mean(axis=0)
    drawn_codes = session.codes(Rows(drawn))
    columns = [
        {"name": name, **_likely(schema, feature, drawn_codes[:, feature])}
        for name, feature in _features(schema).items()
        if np.isnan(codes[0, feature])
    ]
    return {"z": z.tolist(), "cloud": cloud if gaps else cloud[:0], "columns": columns}


def warm_up_form(session: Session) -> None:
    """Compile what fills gaps, if there is a form."""
    if form_columns(session.schema):
        row = session.rows.take(np.array([0]))
        fill(session, {}, row.context)


def _features(schema: Schema) -> dict[str, int]:
    pairs = zip(schema.feature_names, schema.kinds, strict=True)
    return {name: feature for feature, (name, kind) in enumerate(pairs) if kind != GapFlag.kind}


def _levels(schema: Schema, feature: int) -> int:
    return schema.levels[feature] if schema.levels else 0


def _field(schema: Schema, name: str, feature: int) -> dict[str, Any]:
    kind, n_levels = schema.kinds[feature], _levels(schema, feature)
    if n_levels:
        return {"name": name, "kind": kind, "levels": [schema.level_name(feature, level) for level in range(n_levels)]}
    ends = (getattr(schema.statistics, end)[feature] for end in ("minimum", "maximum"))
    low, high = (_field_text(schema, feature, end) for end in ends)
    return {"name": name, "kind": kind, "low": low, "high": high}


def _field_text(schema: Schema, feature: int, code: float) -> str:
    """A value as a form holds it: numbers in full, "" for a gap."""
    if np.isnan(code):
        return ""
    if _levels(schema, feature):
        return schema.level_name(feature, round(float(code)))
    value = schema.value_of(feature, code)
    if isinstance(value, int | float):
        return f"{value:.7g}"
    return cell_text(value)


def _code(schema: Schema, name: str, feature: int, value: Any) -> float:
    if n_levels := _levels(schema, feature):
        names = [schema.level_name(feature, level) for level in range(n_levels)]
        if str(value) not in names:
            raise unknown_name(f"value of {name!r}", str(value), names)
        return names.index(str(value))
    if schema.table is None or _is_number(schema, feature):
        try:
            value = float(value)
        except ValueError:
            raise InputError(f"{name!r} takes a number, or nothing for a gap; got {value!r}") from None
    if schema.table is None:
        if not np.isfinite(value):
            raise InputError(f"{name!r} takes a finite number, or nothing for a gap")
        return value
    cells = check_usable(read_cells(np.array([value, None], object)[:1], f"column {name!r}"))
    return float(schema.table.modeled[feature].encode_cells(cells)[0])


def _is_number(schema: Schema, feature: int) -> bool:
    assert schema.table is not None  # of a table with kinds
    return schema.table.modeled[feature].form == "number" and schema.kinds[feature] not in ("datetime", "duration")


def _likely(schema: Schema, feature: int, codes: np.ndarray) -> dict[str, Any]:
    if n_levels := _levels(schema, feature):
        shares = np.bincount(codes.astype(int), minlength=n_levels) / len(codes)
        likeliest = np.argsort(-shares, kind="stable")[:_LIKELIEST]
        named = [(schema.level_name(feature, int(i)), float(shares[i])) for i in likeliest if shares[i]]
        return {"shares": named, "text": named[0][0]}
    ends = np.quantile(codes, _ENDS, method="nearest")
    low, middle, high = (cell_text(schema.value_of(feature, float(end))) for end in ends)
    return {"low": low, "high": high, "text": middle}
