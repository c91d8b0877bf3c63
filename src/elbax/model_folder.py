"""Saving and loading: a model folder holds config.json, model.safetensors and history.csv, verified on load."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import equinox as eqx
import jax
import numpy as np
import pandas as pd

from elbax.core.config import from_config, to_config
from elbax.core.custom_networks import check_network, describe_network
from elbax.core.likelihoods import LIKELIHOODS
from elbax.core.posteriors import POSTERIORS
from elbax.core.precision import choose_precision
from elbax.core.priors import PRIORS, AbstractPrior
from elbax.core.registry import UnknownPartError
from elbax.core.serialization import from_bytes, to_bytes
from elbax.core.vae import VAEModule
from elbax.data import Schema
from elbax.errors import InputError
from elbax.evaluate import NormalMixture
from elbax.files import atomic_write_all, make_folder
from elbax.fit.outcome import Outcome
from elbax.fit.plan import FitPlan
from elbax.processes import is_forked_from_jax

FORMAT = 2
_NORMALS = "normal_mixture.safetensors"  # where there is one
MADE_BY_MAKE_VAE = "make_vae"  # the entry of config.json that only `elbax.notebook` writes

_PARTS = MappingProxyType({"likelihood": LIKELIHOODS, "posterior": POSTERIORS, "prior": PRIORS})


@dataclass(frozen=True)
class FittedModel:
    """The contents of a model folder; ``seed`` is that of the kept restart, ``prior`` that of a second stage."""

    parameters: Mapping[str, Any]
    schema: Schema
    context_schema: Schema | None
    plan: FitPlan
    outcome: Outcome
    seed: int
    prior: AbstractPrior | None
    module: VAEModule
    history: pd.DataFrame
    normal_mixture: NormalMixture | None = None  # which fills gaps


def write_model(model: FittedModel, folder: Path) -> None:
    """Write a model folder, whole or not at all; InputError if that fails, or the likelihood is a Python function."""
    config = json.dumps(_config(model), indent=2, default=plain)
    make_folder(folder)
    normals = {} if model.normal_mixture is None else {folder / _NORMALS: to_bytes(model.normal_mixture.arrays())}
    atomic_write_all(
        {
            folder / "model.safetensors": to_bytes(model.module),
            **normals,
            folder / "history.csv": model.history.to_csv(index=False).encode(),
            folder / "config.json": config.encode(),
        }
    )
    if not normals:
        (folder / _NORMALS).unlink(missing_ok=True)  # of a model that was here before


def read_model(folder: Path, encoder: Any = None, decoder: Any = None) -> FittedModel:
    """Read a model folder; no code from the folder is run.

    Args:
        folder: where `write_model` wrote.
        encoder: the user's own network, where the model has one.
        decoder: likewise.

    Raises:
        InputError: the folder is not a model, is damaged, or was written in another format; or a network of the user's
            own is missing or is another one.
    """
    config = read_config(folder)
    if MADE_BY_MAKE_VAE in config:
        raise InputError(f"{folder} holds a VAE of elbax.make_vae; open it with elbax.load_vae")
    try:
        values = _values(folder, config, encoder, decoder)
    except UnknownPartError as error:
        raise error.in_model(folder) from error
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder / 'config.json'} is damaged: {error}") from error
    try:
        module = module_from_bytes(values["plan"], values["schema"], (folder / "model.safetensors").read_bytes())
        history = pd.read_csv(folder / "history.csv")
    except OSError as error:
        raise InputError(f"{folder} is not a whole model: cannot read {error.filename}") from error
    except UnknownPartError as error:
        raise error.in_model(folder) from error
    except InputError as error:
        raise InputError(f"{folder / 'model.safetensors'}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder} is damaged ({error}); restore it from a copy") from error
    normals = _read_normals(folder, values["schema"], config.get("normal_mixture"))
    return FittedModel(**values, module=module, history=history, normal_mixture=normals)


def read_plan(folder: Path) -> FitPlan:
    """The plan in a model folder; InputError if the folder is not a model, or is damaged."""
    try:
        return FitPlan.from_json(read_config(folder)["plan"])
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder / 'config.json'} is damaged: {error}") from error


def module_from_bytes(plan: FitPlan, schema: Schema, data: bytes) -> VAEModule:
    """Build the module of a plan from saved arrays, without computing initial weights."""
    skeleton = eqx.filter_eval_shape(lambda: plan.build_module(schema.summary, 0))
    shapes, rest = eqx.partition(skeleton, lambda leaf: isinstance(leaf, jax.ShapeDtypeStruct))
    arrays = from_bytes(data, shapes)
    if not is_forked_from_jax():  # there a model can be unpickled; its methods say why they cannot compute
        arrays = jax.tree.map(jax.numpy.asarray, arrays)
    return eqx.combine(arrays, rest)


def _values(folder: Path, config: Mapping[str, Any], encoder: Any, decoder: Any) -> dict[str, Any]:
    """The fields of `FittedModel` that config.json holds."""
    parameters = {name: tuple(v) if isinstance(v, list) else v for name, v in config["parameters"].items()}
    for name, registry in _PARTS.items():
        if isinstance(parameters[name], dict):
            parameters[name] = from_config(registry, parameters[name])
    plan = _with_networks(folder, FitPlan.from_json(config["plan"]), encoder=encoder, decoder=decoder)
    parameters |= {"encoder": encoder, "decoder": decoder}
    if parameters["precision"] == "auto":  # decided anew for this machine
        plan = replace(plan, model=replace(plan.model, precision=choose_precision("auto")))
    context, prior = config["context"], config["prior"]
    return {
        "parameters": parameters,
        "schema": Schema.from_config(config["schema"]),
        "context_schema": None if context is None else Schema.from_config(context, "context"),
        "plan": plan,
        "outcome": Outcome.from_json(config["outcome"]),
        "seed": config["seed"],
        "prior": None if prior is None else from_config(PRIORS, prior),
    }


def _with_networks(folder: Path, plan: FitPlan, **networks: Any) -> FitPlan:
    """The plan with the user's own networks, whose code no file holds."""
    stored = {side: getattr(plan.model, side) for side in networks}
    for side, network in networks.items():
        check_network(side, network)
        if stored[side] is None and network is not None:
            raise InputError(f"{folder} was fitted without a network of your own as {side}; leave {side}= out")
    missing = [side for side in networks if stored[side] is not None and networks[side] is None]
    if missing:
        texts = " and ".join(f"{side} ({stored[side].removeprefix('given: ')})" for side in missing)
        call = f"elbax.load({str(folder)!r}, {', '.join(f'{side}=…' for side in missing)})"
        raise InputError(f"{folder} holds the weights but not the code of your own {texts}; pass it again: {call}")
    return plan.with_networks(**networks)


def _config(model: FittedModel) -> dict[str, Any]:
    """Everything but the arrays, as JSON values."""
    parameters = dict(model.parameters)
    for name in _PARTS:
        if isinstance(parameters[name], eqx.Module):
            parameters[name] = to_config(parameters[name])
    for side in ("encoder", "decoder"):
        parameters[side] = describe_network(parameters[side])
    if not isinstance(parameters["random_state"], int | np.integer | None):
        parameters["random_state"] = None
    if parameters["checkpoint_dir"] is not None:
        parameters["checkpoint_dir"] = str(parameters["checkpoint_dir"])
    return {
        "format": FORMAT,
        "elbax": version("elbax"),
        "parameters": parameters,
        "schema": model.schema.to_config(),
        "context": None if model.context_schema is None else model.context_schema.to_config(),
        "plan": model.plan.to_json(),
        "outcome": model.outcome.to_json(),
        "seed": model.seed,
        "prior": None if model.prior is None else to_config(model.prior),
        "normal_mixture": None if model.normal_mixture is None else model.normal_mixture.sizes(),
    }


def _read_normals(folder: Path, schema: Schema, sizes: Any) -> NormalMixture | None:
    if sizes is None:
        return None
    try:
        like = NormalMixture.like(schema.levels, **sizes)
    except (TypeError, ValueError, IndexError) as error:
        raise InputError(f"{folder / 'config.json'} is damaged: normal_mixture is {sizes!r}") from error
    path = folder / _NORMALS
    try:
        return NormalMixture.from_arrays(schema.levels, from_bytes(path.read_bytes(), like.arrays()))
    except OSError as error:
        raise InputError(f"{folder} is not a whole model: cannot read {error.filename}") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def read_config(folder: Path) -> dict[str, Any]:
    """The contents of config.json; InputError if there is none, or it is of another format."""
    if folder.is_file():
        raise InputError(f"{folder} is a file; pass the folder that VAE.save wrote")
    try:
        config = json.loads((folder / "config.json").read_text())
    except FileNotFoundError as error:
        raise InputError(f"{folder} is not a model folder: it has no config.json") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / 'config.json'} cannot be read: {error}") from error
    if not isinstance(config, dict) or not isinstance(config.get("format"), int):
        raise InputError(f"{folder / 'config.json'} is damaged: it names no format version")
    written, number = f"{folder} was written by elbax {config.get('elbax')}", config["format"]
    if number > FORMAT:
        raise InputError(f"{written} in format {number}, newer than this version's {FORMAT}; upgrade elbax to read it")
    if number < FORMAT:
        raise InputError(
            f"{written} in format {number}, which this version no longer reads; fit the model again, or load it with "
            "the elbax that wrote it"
        )
    return config


def plain(value: Any) -> Any:
    """A NumPy number as a JSON value."""
    if isinstance(value, np.generic):
        return value.item()
    raise InputError(f"cannot save {value!r}: a model folder holds plain settings only, no Python functions")
