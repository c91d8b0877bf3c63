"""What to know of rows before training: ties and repeated rows in words, and what to do."""

from typing import Any, NamedTuple

from elbax.data.schema import Schema
from elbax.data.table_ties import rule_of
from elbax.data.tie_removal import TieRemoval
from elbax.data.ties import Tie, listed
from elbax.errors import counted

_SHOWN = 3
_REPEATS = "count copies once, with their number as sample_weight, or name what they share by validation_groups"


class Advice(NamedTuple):
    """What to do, as a sentence, and the settings of `elbax.VAE` that do it."""

    text: str
    changes: dict[str, Any]


def open_ties(schema: Schema) -> tuple[Tie, ...]:
    """The ties that codes still have."""
    removed = () if schema.removal is None else schema.removal.ties
    return tuple(tie for tie in schema.ties if tie not in removed)


def tie_sentences(schema: Schema, ties: tuple[Tie, ...]) -> list[str]:
    """The first ties in words, and how many there are besides."""
    names = schema.value_names if ties else []
    sentences = [tie.sentence(names.__getitem__) for tie in ties[:_SHOWN]]
    return sentences if len(ties) <= _SHOWN else [*sentences, f"{len(ties) - _SHOWN} more ties"]


def tie_advice(schema: Schema) -> Advice:
    """What to do about the ties that codes still have."""
    ties = open_ties(schema)
    levels = schema.levels or (0,) * schema.n_features
    held = [tie for tie in ties if tie.is_linear or any(levels[column] for column in tie.columns)]
    if schema.table is not None and held:
        rule = rule_of(held[0], schema.feature_names)
        return Advice(f"rules= holds ties exactly in samples, as in rules={[rule]}", {})
    removable = schema.removal is None and schema.table is None
    removal = None if not removable else TieRemoval.of(ties, schema.statistics, log_ratio=True)
    if removal is not None and removal.shares:
        return Advice(
            "ties='log-ratio' models shares by their log-ratios and returns all columns", {"ties": "log-ratio"}
        )
    if removal is not None:
        return Advice("ties='drop' models the other columns and returns all of them", {"ties": "drop"})
    if any(tie.one_hot for tie in ties):
        return Advice("samples may have none or several of them; leave the group out, or pass it as context", {})
    return Advice("leave the determined column out, and compute it from the others", {})


def data_warnings(schema: Schema) -> list[str]:
    """Ties and repeated rows, each with what to do: one line each."""
    ties, warnings = open_ties(schema), []
    if ties:
        warnings.append(f"ties: {'; '.join(tie_sentences(schema, ties))}: {tie_advice(schema).text}")
    if schema.repeats.notable:
        warnings.append(f"repeated rows: {repeat_sentence(schema)}: {_REPEATS}")
    return warnings


def removal_sentence(schema: Schema) -> str:
    """Which columns the model does not see as they are, all of which come back; empty if it sees them all."""
    removal, named = schema.removal, lambda columns: listed([schema.value_names[column] for column in columns])
    if removal is None:
        return ""
    parts = [
        f"{named(group.columns)} become {counted(len(group.columns) - 1, 'log-ratio')}" for group in removal.shares
    ]
    if removal.formulas:
        gone = [formula.column for formula in removal.formulas]
        noun = "is" if len(gone) == 1 else "are"
        parts.append(f"{named(gone)} {noun} left out and computed from the others")
    return "; ".join(parts)


def repeat_sentence(schema: Schema) -> str:
    """The share of repeated rows in words."""
    return f"{schema.repeats.share:.0%} of the rows repeat an earlier one"


def data_facts(schema: Schema) -> dict[str, str]:
    """Ties and repeated rows by name, for reports."""
    facts = {}
    if schema.ties:
        removal = schema.removal
        seen = "" if removal is None else f"the model sees {removal.n_codes} of {removal.n_values} columns"
        done = "" if removal is None else f" ({seen}: {removal_sentence(schema)})"
        facts["Ties"] = "; ".join(tie_sentences(schema, schema.ties)) + done
    if schema.repeats.notable:
        facts["Repeated rows"] = repeat_sentence(schema)
    return facts
