"""Settings that shape a model, which a fit that continues it cannot change."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from elbax.core.custom_networks import describe_network, structure_text
from elbax.core.likelihoods import AbstractLikelihood, Custom
from elbax.core.vae import ModelConfig
from elbax.data import Schema
from elbax.data.tie_removal import TieRemoval
from elbax.errors import InputError
from elbax.fit.choices import pick_likelihood
from elbax.fit.plan import CONTINUES, FitPlan, part_text, pick_model

_PARTS, _NETWORKS = ("posterior", "prior"), ("encoder", "decoder")


def check_unchanged(parameters: Mapping[str, Any], schema: Schema, previous: FitPlan, remedy: str) -> None:
    """Raise an InputError for the first setting that asks for another model than that of the ``previous`` plan.

    Settings that leave a choice to the fit ask for what it would choose for the same data, or for what there is
    where that choice was made on the rows or for the processor. The ``remedy`` ends the message.
    """
    for name, was, now in (
        *_of_model(parameters, schema, previous),
        *_of_likelihood(parameters["likelihood"], schema, previous.likelihood),
        *_of_start(parameters["init"], previous),
        *_of_schema(parameters, schema),
    ):
        raise InputError(f"{name} was {was} when this model was made and is {now} now; set it back, or {remedy}")


def _of_model(parameters: Mapping[str, Any], schema: Schema, previous: FitPlan) -> Iterator[tuple[str, str, str]]:
    was = previous.model
    asked = pick_model(parameters, schema, was.linear_skip)
    if parameters["precision"] == "auto":
        asked = replace(asked, precision=was.precision)
    for name in (field.name for field in fields(ModelConfig)):
        values = getattr(was, name), getattr(asked, name)
        texts = _part_texts(*values) if name in _PARTS else tuple(_text(name, value) for value in values)
        if texts[0] != texts[1]:
            yield name, *texts


def _of_likelihood(given: Any, schema: Schema, was: AbstractLikelihood) -> Iterator[tuple[str, str, str]]:
    if schema.table is not None and isinstance(given, str) and given == "auto":
        return  # chosen by the rows of the first fit
    asked = pick_likelihood(given, schema)[0]
    n = schema.n_features
    if any(part.n_factors == "auto" for part, _ in asked.for_columns(n)):  # their number was chosen on the rows
        asked, was = (likelihood.map_parts(_without_factors, n) for likelihood in (asked, was))
    if structure_text(asked) != structure_text(was):
        yield "likelihood", *_part_texts(was, asked)


def _without_factors(part: AbstractLikelihood, columns: Any) -> AbstractLikelihood:
    return part.with_factors(0) if part.n_factors else part


def _of_start(asked: str, previous: FitPlan) -> Iterator[tuple[str, str, str]]:
    """Where the networks started; after a fit that itself continued one, only whether that was at random."""
    was = previous.init
    if previous.init_reason == CONTINUES:
        was = "random" if not previous.model.linear_skip else "linear" if asked == "random" else asked
    if asked not in ("auto", was):
        yield "init", repr(was), repr(asked)


def _of_schema(parameters: Mapping[str, Any], schema: Schema) -> Iterator[tuple[str, str, str]]:
    axes, ties, removal = parameters["axes"], parameters["ties"], schema.removal
    if axes not in (None, schema.axes.names):
        yield "axes", repr(schema.axes.names), repr(axes)
    if removal is not None:
        was = "log-ratio" if removal.shares else "drop"
    else:
        found = ties != "keep" and TieRemoval.of(schema.ties, schema.statistics, log_ratio=ties == "log-ratio")
        was = "keep" if found else ties
    if ties != was:
        yield "ties", repr(was), repr(ties)


def _part_texts(was: Any, asked: Any) -> tuple[str, str]:
    """Two parts by their names, with settings where only those may differ."""
    if was.name != asked.name or isinstance(was, Custom):
        return repr(was.name), repr(asked.name)
    return repr(part_text(was)), repr(part_text(asked))


def _text(name: str, value: Any) -> str:
    return repr(describe_network(value) if name in _NETWORKS else value)
