"""A fitted model as one of MLflow's "python_function" flavor, which MLflow loads and serves; without a pickle."""

import os
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from elbax.callbacks.base import check_installed
from elbax.errors import InputError, unknown_name
from elbax.estimator import VAE, load
from elbax.evaluate.batching import row_numbers
from elbax.service.model import ServedModel
from elbax.service.rows import X, check_columns

_TYPES = {pa.string(): "string", pa.bool_(): "boolean", pa.timestamp("us"): "datetime"}  # others are doubles
_DRAWN = ("impute", "complete")


def save_mlflow(vae: VAE, path: str | os.PathLike[str], *, divisor: float = 1.0) -> None:
    """Write a folder that `mlflow.pyfunc.load_model` and `mlflow models serve` take.

    ``predict`` encodes rows; ``params={"operation": "score"}`` asks for scores, and so do "reconstruct", "impute" and
    "complete" (with "n" and "seed"). Columns of context are called "context.NAME", durations are seconds. The folder
    holds what `VAE.save` writes, and no code.

    Args:
        vae: a fitted estimator.
        path: a folder that does not exist yet.
        divisor: what numbers are divided by before the model sees them.

    Raises:
        MissingExtraError: MLflow is not installed.
        InputError: the folder exists, or rows are arrays that have a context.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 2))
        >>> vae = VAE(1, epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x)
        >>> with TemporaryDirectory() as folder:
        ...     save_mlflow(vae, f"{folder}/model")
        ...     loaded = mlflow_model(f"{folder}/model")
        ...     loaded.predict(x[:3]).columns.tolist()
        ['z1', 'std1']
    """
    check_installed("MLflow", "mlflow")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow.pyfunc

    if Path(path).exists():
        raise InputError(f"{path} exists; choose a folder that does not, or remove it")
    model = ServedModel("model", vae, divisor)
    with TemporaryDirectory() as folder:
        vae.save(Path(folder) / "model")
        mlflow.pyfunc.save_model(
            str(path),
            loader_module=__name__,
            data_path=str(Path(folder) / "model"),
            signature=_signature(model),
            pip_requirements=[f"elbax[serve]=={version('elbax')}"],
            model_config={"divisor": divisor},
        )


def mlflow_model(path: str | os.PathLike[str]) -> Any:
    """The model in a folder of `save_mlflow`, as MLflow loads it."""
    import mlflow.pyfunc

    return mlflow.pyfunc.load_model(str(path))


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> "Predictor":
    """What MLflow calls with the folder of the model."""
    vae = load(path).set_params(verbose=0)
    return Predictor(ServedModel("model", vae, float((model_config or {}).get("divisor", 1.0))))


class Predictor:
    """Answers in the form that MLflow wants: data frames or arrays in and out."""

    def __init__(self, model: ServedModel):
        self.model = model

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """The answer of an operation, "encode" by default, to rows: a data frame, or an array (n, *shape)."""
        params = params or {}
        name = params.get("operation", "encode")
        calls = self.model.calls()
        if name not in calls:
            raise unknown_name("operation", name, calls)
        own, table = self.model.format, self._table(model_input)
        table = check_columns(table, own.arrow_types, gaps=own.has_gaps or name in _DRAWN)
        options = {option: int(params[option]) for option in _options(name) if option in params}
        answer = calls[name](table, row_numbers(table.num_rows), **options)
        if name == "encode":
            return _latents(answer)
        return answer.to_pandas() if own.x.fields or name == "score" else own.numbers(answer) * self.model.divisor

    def _table(self, rows: Any) -> pa.Table:
        own = self.model.format
        if own.x.fields:
            frame = pd.DataFrame(rows)
            spans = [name for name, type_ in own.arrow_types.items() if type_ == pa.duration("us") and name in frame]
            seconds = {name: pd.to_timedelta(frame[name], unit="s") for name in spans if frame[name].dtype.kind == "f"}
            return pa.Table.from_pandas(frame.assign(**seconds), preserve_index=False)
        x = np.asarray(rows, np.float64).reshape(len(rows), -1)
        flat = pa.array(x.reshape(-1), from_pandas=True)
        return pa.table({X: pa.FixedSizeListArray.from_arrays(flat, x.shape[1])})


def _options(name: str) -> tuple[str, ...]:
    return {"impute": ("seed",), "complete": ("seed", "n")}.get(name, ())


def _latents(answer: pa.Table) -> pd.DataFrame:
    """A column for each latent, counted from 1 as in figures."""
    columns = {}
    for name, prefix in (("mean", "z"), ("std", "std")):
        values = np.array(answer[name].to_pylist(), np.float64)
        columns |= {f"{prefix}{i + 1}": values[:, i] for i in range(values.shape[1])}
    return pd.DataFrame(columns)


def _signature(model: ServedModel) -> Any:
    """MLflow's types of rows and options."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

    own = model.format
    params = ParamSchema(
        [ParamSpec("operation", "string", "encode"), ParamSpec("seed", "long", 0), ParamSpec("n", "long", 1)]
    )
    if not own.x.fields:
        if own.context is not None:
            raise InputError("an MLflow model takes a table or one array, and this model has context; use elbax serve")
        return ModelSignature(Schema([TensorSpec(np.dtype(np.float64), (-1, *own.x.shape))]), params=params)
    columns = own.arrow_types.items()
    specs = [ColSpec(_TYPES.get(type_, "double"), name, required=not own.fills) for name, type_ in columns]
    return ModelSignature(Schema(specs), params=params)
