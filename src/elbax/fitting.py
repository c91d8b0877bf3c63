"""What `VAE.fit` does around training: it reads and holds out rows, chooses, plans, and builds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from numbers import Integral
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
from rich.console import Console
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement
from sklearn.utils.validation import check_is_fitted, validate_data

from elbax import artifacts
from elbax.core.vae import Architecture, VAEModule
from elbax.data import MemoryMappedRows, Schema, as_array, evenly_spaced, keep_on_disk, without
from elbax.doctor import FitRecord
from elbax.errors import InputError
from elbax.files import make_folder
from elbax.parameters import make_plan, pick_hidden, pick_init, resolve_likelihood
from elbax.train.checkpoint import Checkpoint
from elbax.train.head_start import latent_points
from elbax.train.hosts import is_first
from elbax.train.recipe import Plan
from elbax.types import Batch

__all__ = [
    "FEWEST_TO_SPLIT",
    "MOST_HELD_OUT",
    "build",
    "case_of",
    "describe_fit",
    "encode_context",
    "give_head_start",
    "held_out_rows",
    "index_of",
    "learn",
    "open_case",
    "open_checkpoint",
    "read",
    "read_one",
    "read_rows",
    "say",
    "split",
    "telling",
]


FEWEST_TO_SPLIT, MOST_HELD_OUT = 20, 10_000
_EXAMINED = 100_000
_SHUFFLED = 2**20  # of more rows than these, those to hold out are drawn without shuffling all


def read(vae, X, context=None, *, reset: bool = False) -> Batch:
    """Turn what the user gave into rows (n, *event) and encoded context (n, *shape).

    They are checked against what was fitted; with ``reset`` the estimator's features and context are set by them.

    Raises:
        InputError: rows or context are of no use, or do not fit the model.
    """
    if not reset:
        check_is_fitted(vae, "module_")
    x = read_rows(vae, X, reset=reset)
    if not reset:
        return Batch(x, context=encode_context(vae, context, len(x)))
    vae.context_schema_ = schema = None if context is None else Schema.of_context(context)
    if schema is None:
        return Batch(x)
    return Batch(x, context=schema.inputs(schema.encode(context), len(x), single=False))


def encode_context(vae, context, n: int | None = None) -> np.ndarray | None:
    """Encode the context of n rows (a single entry stands for all) for a fitted estimator.

    Raises:
        InputError: it is missing where the model needs it, given where it does not, or does not fit.
    """
    schema = vae.context_schema_
    if schema is None and context is not None:
        raise InputError(
            "this model was fitted without context, so it takes none; leave it out or fit again with it"
        )
    if schema is not None and context is None:
        raise InputError(f"this model was fitted with context; pass context=…: {schema.describe_entry()}")
    return None if schema is None else schema.inputs(schema.encode(context), n)


def read_rows(vae, X, *, reset: bool = False) -> np.ndarray:
    """Turn what the user gave into rows (n, *event), without context; see `read`."""
    x, columns = as_array(X)
    if x.ndim == 2:
        names = pd.DataFrame(columns=list(columns or ()))  # all that scikit-learn looks at
        try:
            validate_data(vae, names if columns else x, reset=reset, skip_check_array=True)
        except ValueError as error:  # scikit-learn's own words, which run over several lines
            raise InputError(" ".join(str(error).split())) from error
    elif reset:
        vars(vae).pop("feature_names_in_", None)
    return keep_on_disk(x) if reset else vae.schema_.encode(x)


def read_one(vae, name: str, row):
    """One row with its leading axis, whether or not it was given one, and with its columns' names.

    Raises:
        InputError: it is not one row of the model's shape.
    """
    check_is_fitted(vae, "module_")
    values, shape, columns = np.asarray(row), vae.event_shape_, vae.schema_.columns
    if values.size != np.prod(shape):
        raise InputError(f"{name} must be one row of shape {shape}; got shape {values.shape}")
    if hasattr(row, "columns"):
        return row
    if isinstance(row, pd.Series) and columns is not None:
        return row.to_frame().T  # its labels are checked like those of columns
    values = values.reshape(1, *shape)
    return values if columns is None else pd.DataFrame(values, columns=list(columns))


def index_of(rows) -> pd.Index | None:
    """The index of pandas rows; others have none."""
    return rows.index if isinstance(rows, pd.DataFrame) else None


def learn(vae, x: np.ndarray) -> None:
    """Set the estimator's schema and likelihood by these rows, and say what was chosen.

    Raises:
        InputError: a value has no density, or nothing varies.
    """
    names = getattr(vae, "feature_names_in_", None)
    schema = Schema.of(x, columns=None if names is None else tuple(names))
    likelihood, reason = resolve_likelihood(vae.likelihood, schema)
    schema.check(likelihood)
    vae._set_schema(schema, likelihood, reason)
    if vae.verbose and vae.likelihood == "auto" and is_first():
        say(f"likelihood: {reason}")


def say(sentence: str) -> None:
    """Tell whoever watches, on standard error."""
    Console(stderr=True).print(sentence, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def telling(vae, task: str) -> Iterator[Callable[[str], None]]:
    """A function that is told each step of a task; while it lasts, whoever watches sees which step it is."""
    if not vae.verbose:
        yield lambda step: None
        return
    with Console(stderr=True).status(task) as status:
        yield lambda step: status.update(f"{task}: {step}")


def split(vae, rows: Batch, validation_data, rng) -> tuple[Batch, Batch | None]:
    """Rows to train on and rows to validate on: those given, or a share of the rows."""
    if validation_data is not None:
        return rows, _given_validation(vae, validation_data)
    held_out = held_out_rows(len(rows.x), vae.validation_fraction, rng)
    if len(held_out) == 0:
        return rows, None
    return (
        jax.tree.map(lambda column: without(column, held_out), rows),
        jax.tree.map(lambda column: column[held_out], rows),
    )


def _given_validation(vae, given) -> Batch:
    rows, context = (*given, None)[:2] if isinstance(given, tuple) else (given, None)
    if vae.context_schema_ is None:
        context = None  # a pair may bring labels, as in Keras
    elif context is None:
        raise InputError("validation_data must be a pair (rows, context) for a model with context")
    try:
        x = read_rows(vae, rows)
        vae.schema_.check_values(vae.likelihood_, x)
        given = Batch(x, context=encode_context(vae, context, len(x)))
    except InputError as error:
        raise InputError(f"validation_data: {error}") from error
    if not isinstance(x, MemoryMappedRows):
        return given
    few = evenly_spaced(len(x), MOST_HELD_OUT)
    return jax.tree.map(lambda column: column[few], given)


def held_out_rows(n: int, fraction: float, random_state) -> np.ndarray:
    """The rows, in increasing order, that `VAE.fit` validates on when it is given no others.

    They are a share of n, but 10,000 at most: those tell an ELBO within a hundredth of its spread over rows, and fit
    into memory. Below 20 rows there are none.

    Example:
        >>> len(held_out_rows(100, 0.1, 0)), len(held_out_rows(10**9, 0.1, 0))
        (10, 10000)
    """
    n_held_out = min(int(n * fraction), MOST_HELD_OUT) if n >= FEWEST_TO_SPLIT else 0
    if n_held_out == 0:
        return np.empty(0, int)
    rng = check_random_state(random_state)
    if n <= _SHUFFLED:
        return np.sort(rng.permutation(n)[:n_held_out])
    return np.sort(sample_without_replacement(n, n_held_out, random_state=rng))


def give_head_start(vae, rows: Batch, plan: Plan) -> Batch:
    """The rows with the latent points that both networks learn first, where the plan has steps for that."""
    if plan.head_start == 0:
        return rows
    rng = np.random.default_rng(plan.seed)
    summary, init = vae.schema_.summary, pick_init(vae, vae.schema_)
    return rows._replace(target_codes=latent_points(rows.x, summary, vae.latent_dim, init, rng, rows.context))


def build(vae, seed: int) -> VAEModule:
    """The untrained module that the estimator's settings, likelihood and data ask for."""
    chosen = {field.name: getattr(vae, field.name) for field in fields(Architecture)}
    chosen["hidden"] = pick_hidden(vae, vae.schema_)
    if vae.prior_ is not None:
        chosen["prior"] = vae.prior_
    if vae.decoder_hidden is not None:
        chosen["decoder_hidden"] = tuple(vae.decoder_hidden)
    architecture = Architecture(**chosen)
    context = vae.context_schema_
    return VAEModule.build(
        architecture,
        vae.likelihood_,
        vae.schema_.summary,
        np.random.default_rng(seed),
        None if context is None else context.input_shape,
    )


def describe_fit(vae, plan: Plan, restart: int, n_rows: int) -> dict[str, Any]:
    """The settings of one restart, by name, with what was chosen for those left open."""
    given = vae.get_params(deep=False)
    for name in ("checkpoint_dir", "checkpoint_seconds", "verbose"):
        del given[name]
    return given | {
        "hidden": pick_hidden(vae, vae.schema_),
        "chosen_likelihood": vae.likelihood_.name,
        "init": pick_init(vae, vae.schema_),
        "epochs": plan.epochs,
        "batch_size": plan.batch_size,
        "learning_rate": plan.learning_rate,
        "patience": plan.recipe.patience,
        "seed": plan.seed,
        "restart": restart,
        "n_rows": n_rows,
    }


def open_case(vae, X, context, validation_data) -> FitRecord:
    """What the doctor is shown of a fitted estimator and the rows it was fitted to, 100,000 of them at most.

    Raises:
        InputError: rows or context do not fit the model, or a value has no density.
    """
    rows = read(vae, X, context)
    vae.schema_.check_values(vae.likelihood_, rows.x)
    held_out = None
    if validation_data is not None:
        held_out = _given_validation(vae, validation_data)
    elif vae.split_ and len(rows.x) == vae.schema_.n_rows and isinstance(vae.random_state, Integral):
        rows, held_out = split(vae, rows, None, check_random_state(vae.random_state))
    case = case_of(vae, rows, held_out)
    return replace(case, rows=case.some(_EXAMINED))


def case_of(vae, rows: Batch, held_out: Batch | None) -> FitRecord:
    """A fitted estimator with the rows it was trained and validated on."""
    plan = make_plan(vae, vae.schema_, len(rows.x), vae.seed_)
    parts = {name: getattr(vae.module_, name).name for name in ("posterior", "prior")}
    settings = vae.get_params(deep=False) | parts
    return FitRecord(vae.module_, settings, vae.schema_, vae.history_, rows, held_out, plan, len(rows.x))


def open_checkpoint(
    vae, rows: Batch, held_out: Batch | None, plan: Plan, restart: int, start: VAEModule | None
) -> Checkpoint | None:
    """The file that a restart's training state is kept in, where the estimator has a folder for it.

    Raises:
        InputError: the estimator has no seed, or the folder cannot be made.
    """
    if vae.checkpoint_dir is None:
        return None
    if vae.random_state is None:
        raise InputError(
            "checkpoint_dir needs a random_state, or a later fit could not resume; set random_state=0"
        )
    folder = Path(vae.checkpoint_dir)
    if is_first():
        make_folder(folder)
    fingerprint = artifacts.fingerprint(vae, plan, rows, held_out, start)
    return Checkpoint(folder / f"restart-{restart}.safetensors", vae.checkpoint_seconds, fingerprint)
