"""Model folders: config.json, model.safetensors and history.csv, verified on load; and the same bytes in pickles."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import equinox as eqx
import jax
import numpy as np
import pandas as pd

from elbax.core.config import from_config, to_config
from elbax.core.likelihoods import LIKELIHOODS
from elbax.core.posteriors import POSTERIORS
from elbax.core.priors import PRIORS
from elbax.core.registry import UnknownPartError
from elbax.core.serialization import from_bytes, to_bytes
from elbax.data import ContextSchema, Schema, Stored
from elbax.errors import InputError
from elbax.files import atomic_write_all, make_folder
from elbax.types import Batch

__all__ = ["FORMAT", "fingerprint", "load", "pack", "save", "settings", "unpack"]

FORMAT = 1

_PARTS = MappingProxyType({"likelihood": LIKELIHOODS, "posterior": POSTERIORS, "prior": PRIORS})


def settings(vae) -> dict:
    """Everything but the arrays: parameters, likelihood and schema, ready for JSON."""
    parameters = vae.get_params(deep=False)
    for name in _PARTS:
        if isinstance(parameters[name], eqx.Module):
            parameters[name] = to_config(parameters[name])
    if not isinstance(vae.random_state, int | np.integer | None):
        parameters["random_state"] = None
    if vae.checkpoint_dir is not None:
        parameters["checkpoint_dir"] = str(vae.checkpoint_dir)
    return {
        "format": FORMAT,
        "elbax": version("elbax"),
        "parameters": parameters,
        "likelihood": to_config(vae.likelihood_),
        "prior": None if vae.prior_ is None else to_config(vae.prior_),
        "likelihood_reason": vae.likelihood_reason_,
        "schema": vae.schema_.to_config(),
        "context": None if vae.context_schema_ is None else vae.context_schema_.to_config(),
        "seed": vae.__dict__.get("seed_"),
        "split": vae.split_,
    }


def fingerprint(vae, plan, rows: Batch, held_out: Batch | None, start) -> bytes:
    """Name the settings and rows that decide a training run, so that no other run resumes its state.

    Of more than 65,536 rows, evenly spaced ones stand for all; of rows on disk 1,024. ``start`` is the module
    to go on from, or None.
    """
    described = settings(vae) | {"plan": repr(plan), "seed": None}
    for name in ("checkpoint_dir", "checkpoint_seconds", "verbose", "random_state"):
        described["parameters"].pop(name, None)
    digest = hashlib.sha256(json.dumps(described, sort_keys=True, default=str).encode())
    for column in jax.tree.leaves((rows, held_out)):
        most = 1024 if isinstance(column, Stored) else 65_536
        digest.update(np.ascontiguousarray(column[:: max(1, len(column) // most)]).data)
    if start is not None:
        digest.update(to_bytes(start))
    return digest.digest()


def save(vae, folder: Path) -> None:
    """Write a fitted estimator into a folder: all three files, or none."""
    config = json.dumps(settings(vae), indent=2, default=_plain)
    make_folder(folder)
    atomic_write_all(
        {
            folder / "model.safetensors": to_bytes(vae.module_),
            folder / "history.csv": vae.history_.to_csv(index=False).encode(),
            folder / "config.json": config.encode(),
        }
    )


def load(path):
    """Read a fitted estimator from a folder; no code from the folder is run.

    Raises:
        InputError: the folder is not a model, is damaged, or was written by a newer format.

    Example:
        >>> load("nowhere")
        Traceback (most recent call last):
        ...
        elbax.errors.InputError: nowhere is not a model folder: it has no config.json
    """
    from elbax.estimator import VAE

    folder = Path(path)
    config = _read_config(folder)
    try:
        parameters = dict(config["parameters"])
        for name, registry in _PARTS.items():
            if isinstance(parameters[name], dict):
                parameters[name] = from_config(registry, parameters[name], name)
        vae = VAE(**{key: tuple(v) if isinstance(v, list) else v for key, v in parameters.items()})
        vae._set_schema(
            Schema.from_config(config["schema"]),
            from_config(LIKELIHOODS, config["likelihood"]),
            config["likelihood_reason"],
        )
        context = config.get("context")  # models saved before there was context have no such entry
        vae.context_schema_ = None if context is None else ContextSchema.from_config(context)
        prior = config.get("prior")  # that of a second stage
        vae.prior_ = None if prior is None else from_config(PRIORS, prior, "prior")
        if vae.schema_.columns is not None:
            vae.feature_names_in_ = np.asarray(vae.schema_.columns, dtype=object)
        vae.seed_ = config["seed"]
        vae.split_ = config.get("split", True)  # models saved before this was known were fitted with a split
    except UnknownPartError as error:
        raise error.in_model(folder) from error
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder / 'config.json'} is damaged: {error}") from error
    try:
        vae._restore(
            _restored(vae._build, (folder / "model.safetensors").read_bytes()),
            pd.read_csv(folder / "history.csv"),
        )
    except OSError as error:
        raise InputError(f"{folder} is not a whole model: cannot read {error.filename}") from error
    except UnknownPartError as error:
        raise error.in_model(folder) from error
    except InputError as error:
        raise InputError(f"{folder / 'model.safetensors'}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder} is damaged ({error}); restore it from a copy") from error
    return vae


def pack(state: dict) -> dict:
    """Replace the arrays of an estimator's state by safetensors bytes, for pickling."""
    packed = dict(state)
    packed["module_"] = to_bytes(state["module_"])
    if state.get("_carried") is not None:
        packed["_carried"] = jax.tree.map(
            lambda leaf: leaf if isinstance(leaf, str) else np.asarray(leaf), state["_carried"]
        )
    return packed


def unpack(state: dict, builder_of) -> dict:
    """Undo `pack`; ``builder_of(state)`` returns a function of a seed that builds the untrained module."""
    return {**state, "module_": _restored(builder_of(state), state["module_"])}


def _restored(build, data: bytes):
    """Put stored arrays into the module that ``build(seed)`` describes, without computing initial weights."""
    skeleton = eqx.filter_eval_shape(build, 0)
    shapes, rest = eqx.partition(skeleton, lambda leaf: isinstance(leaf, jax.ShapeDtypeStruct))
    arrays = jax.tree.map(jax.numpy.asarray, from_bytes(data, shapes))
    return eqx.combine(arrays, rest)


def _read_config(folder: Path) -> dict:
    try:
        config = json.loads((folder / "config.json").read_text())
    except FileNotFoundError as error:
        raise InputError(f"{folder} is not a model folder: it has no config.json") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / 'config.json'} cannot be read: {error}") from error
    if not isinstance(config, dict) or not isinstance(config.get("format"), int):
        raise InputError(f"{folder / 'config.json'} is damaged: it names no format version")
    if config["format"] > FORMAT:
        raise InputError(
            f"{folder} was written by elbax {config.get('elbax')}, whose format {config['format']} is newer than this "
            f"version's {FORMAT}; upgrade elbax to read it"
        )
    return config


def _plain(value):
    """JSON for the NumPy numbers and tuples that parameters may hold."""
    if isinstance(value, np.generic):
        return value.item()
    raise InputError(f"cannot save {value!r}: a model folder holds plain settings only, no Python functions")
