"""Exporting a model: its programs are written, compared with JAX on rows, and put into a folder."""

import json
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from elbax import evaluate
from elbax.checks import check_choice
from elbax.core.serialization import to_bytes
from elbax.core.vae import VAEModule
from elbax.data import Schema, evenly_spaced
from elbax.errors import InputError
from elbax.evaluate.inference import posterior_moments
from elbax.export.agreement import check_agreement
from elbax.export.formats import FORMATS, Program
from elbax.export.functions import ExportedModel
from elbax.export.noise import draw_noise
from elbax.export.schema_record import describe_schema
from elbax.files import atomic_write_all, make_folder
from elbax.fit.plan import FitPlan
from elbax.model_folder import module_from_bytes
from elbax.types import Batch

_COMPARED, _SCORED, _SAMPLES = 256, 32, 4  # rows that are compared, rows that are scored, and their samples
READERS = ("reader.py", "reader.js")


class ExportRows(NamedTuple):
    """Rows in numbers, as exported programs take them: (n, *shape), and their context or None."""

    x: np.ndarray
    context: np.ndarray | None

    def few(self, n: int) -> "ExportRows":
        """At most n rows, evenly spread."""
        rows = evenly_spaced(len(self.x), n)
        return ExportRows(self.x[rows], None if self.context is None else self.context[rows])


@dataclass(frozen=True)
class Export:
    """An exported model: programs by name, what could not be exported, and how exact they are.

    Attributes:
        to: the format.
        programs: encoder, decoder and score.
        schema: the contents of schema.json.
        errors: the largest relative difference of each program from JAX.
        left_out: why a program is not there, in one sentence.
    """

    to: str
    programs: dict[str, bytes]
    schema: dict[str, Any]
    errors: dict[str, float]
    left_out: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write all files, or none: the programs, schema.json, and readers of rows in Python and JavaScript."""
        assets = files("elbax.export") / "assets"
        contents = {f"{name}.{self.to}": data for name, data in self.programs.items()}
        contents["schema.json"] = json.dumps(self.schema, indent=2).encode()
        contents |= {name: (assets / name).read_bytes() for name in READERS}
        make_folder(folder)
        atomic_write_all({folder / name: data for name, data in contents.items()})


def export_model(
    module: VAEModule,
    schema: Schema,
    context_schema: Schema | None,
    plan: FitPlan,
    rows: ExportRows | None,
    *,
    to: str = "onnx",
    title: str = "VAE",
) -> Export:
    """Export encoder, decoder and score, and compare each with JAX.

    Args:
        module: the fitted model; it is exported in single precision.
        schema: of its rows.
        context_schema: of their context, or None.
        plan: of the fit.
        rows: to compare on, at most 256 of them; None draws some from the model.
        to: "onnx" or "stablehlo".
        title: a name for the model.

    Raises:
        InputError: the encoder or the decoder has no form in the format, or a program differs from JAX by more than
            1e-4.
    """
    check_choice("to", to, FORMATS)
    if plan.model.precision != "float32":
        plan = replace(plan, model=replace(plan.model, precision="float32"))
        module = module_from_bytes(plan, schema, to_bytes(module))
    model = ExportedModel(module, schema, context_schema)
    rows = (draw_rows(model, _COMPARED) if rows is None else rows).few(_COMPARED)
    record = describe_schema(model, title)
    programs, errors, left_out = {}, {}, {}
    units = {"x": model.units}
    for name, program in _programs(model).items():
        try:
            data = FORMATS[to].write(program, record)
        except InputError as error:
            if name != "score":
                raise
            left_out[name] = str(error)
            continue
        arrays, expected = _expected(model, name, rows)
        results = dict(zip(program.outputs, FORMATS[to].run(data, arrays), strict=True))
        errors[name], programs[name] = check_agreement(name, results, expected, units), data
    record["files"] = {
        name: {"inputs": {k: list(v) for k, v in program.inputs.items()}, "outputs": list(program.outputs)}
        for name, program in _programs(model).items()
        if name in programs
    }
    return Export(to, programs, record, errors, left_out)


def draw_rows(model: ExportedModel, n: int, seed: int = 0) -> ExportRows:
    """Rows of the model itself, with a context that is usual."""
    context = model.usual_context(n)
    inputs = None if context is None or model.context_schema is None else model.context_schema.inputs(context)
    codes = evaluate.generate(model.module, n, seed, context=inputs)
    return ExportRows(model.values(codes), context)


def _programs(model: ExportedModel) -> dict[str, Program]:
    context = {} if model.context_shape is None else {"context": ("rows", *model.context_shape)}
    x, z = {"x": ("rows", *model.shape)}, {"z": ("rows", model.module.latent_dim)}
    noise = {"noise": ("rows", "samples", model.n_noise)} if model.n_noise else {}
    if noise:
        score = lambda x, noise, context=None: model.score(x, noise, context)  # noqa: E731
    else:
        score = lambda x, context=None: model.score(x, None, context)  # noqa: E731
    return {
        "encoder": Program(model.encode, x | context, ("mean", "deviation")),
        "decoder": Program(model.decode, z | context, ("x",)),
        "score": Program(score, x | noise | context, ("log_prob",)),
    }


def _expected(model: ExportedModel, name: str, rows: ExportRows) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs of a program, and what JAX makes of them: for the encoder and decoder by the way of `elbax.VAE`."""
    if name == "score":
        return _expected_score(model, rows.few(_SCORED))
    batch = _batch(model, rows)
    context = {} if rows.context is None else {"context": rows.context}
    mean, variance = posterior_moments(model.module, batch)
    if name == "encoder":
        return {"x": rows.x, **context}, {"mean": mean, "deviation": np.sqrt(variance)}
    decoded = evaluate.decode(model.module, mean, batch.context)
    return {"z": mean, **context}, {"x": model.values(decoded)}


def _expected_score(model: ExportedModel, rows: ExportRows) -> tuple[dict[str, Any], dict[str, Any]]:
    arrays: dict[str, Any] = {"x": rows.x}
    if model.n_noise:
        arrays["noise"] = draw_noise(len(rows.x), _SAMPLES, model.n_noise)
    expected = jax.jit(model.score)(rows.x, arrays.get("noise"), rows.context)
    return arrays | ({} if rows.context is None else {"context": rows.context}), {"log_prob": np.asarray(expected)}


def _batch(model: ExportedModel, rows: ExportRows) -> Batch:
    """The rows as `elbax.VAE` encodes them."""
    schema, context = model.schema, model.context_schema
    inputs = None if context is None or rows.context is None else context.inputs(rows.context.astype(np.float64))
    if schema.table is None:
        return Batch(np.asarray(schema.codes(rows.x), np.float32), context=inputs)
    gaps = np.isnan(rows.x)
    return Batch(np.where(gaps, schema.statistics.minimum, rows.x).astype(np.float32), ~gaps, inputs)
