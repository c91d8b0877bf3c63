"""The checkpoints of a fit: one file per restart."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from elbax.core.custom_networks import structure_text
from elbax.core.serialization import to_bytes
from elbax.core.vae import VAEModule
from elbax.data import Schema, StreamedRows
from elbax.errors import InputError
from elbax.files import make_folder
from elbax.fit.plan import FitPlan
from elbax.train.checkpoint import Checkpoint
from elbax.train.hosts import is_first
from elbax.types import Batch

_ROWS, _ROWS_ON_DISK = 65_536, 1024  # rows at most that the fingerprint depends on


def open_checkpoints(
    parameters: Mapping[str, Any],
    plan: FitPlan,
    schemas: tuple[Schema, Schema | None],
    data: tuple[Batch, Batch | None],
    start: VAEModule | None,
) -> list[Checkpoint | None]:
    """One checkpoint per restart in the folder ``checkpoint_dir``, or None without one.

    Their fingerprint covers plan, schemas, start and evenly spaced rows, so that no other fit resumes them. InputError
    if the seed is missing, the folder cannot be made, or the likelihood is a Python function.
    """
    if parameters["checkpoint_dir"] is None:
        return [None] * len(plan.seeds)
    if parameters["random_state"] is None:
        raise InputError("checkpoint_dir needs a random_state, or a later fit could not resume; set random_state=0")
    digest = hashlib.sha256(plan.digest())
    configs = [None if schema is None else schema.to_config() for schema in schemas]
    digest.update(json.dumps(configs, sort_keys=True, default=str).encode())
    for column in jax.tree.leaves(data):
        most = _ROWS_ON_DISK if isinstance(column, StreamedRows) else _ROWS
        digest.update(np.ascontiguousarray(column[:: max(1, len(column) // most)]).data)
    if start is None and plan.has_custom_network:
        start = plan.build_module(schemas[0].summary, plan.seeds[0])
    if start is not None:
        digest.update(to_bytes(start) + structure_text(start).encode())
    folder, seconds = Path(parameters["checkpoint_dir"]), parameters["checkpoint_seconds"]
    if is_first():
        make_folder(folder)
    paths = [folder / f"restart-{index}.safetensors" for index in range(len(plan.seeds))]
    return [Checkpoint(path, seconds, digest.digest()) for path in paths]
