"""The folder of a fit's checkpoints: one file per restart."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import jax
import numpy as np

from elbax.core.serialization import to_bytes
from elbax.core.vae import VAEModule
from elbax.data import MemoryMappedRows, Schema
from elbax.errors import InputError
from elbax.files import make_folder
from elbax.fit.plan import FitPlan
from elbax.train.checkpoint import Checkpoint
from elbax.train.hosts import is_first
from elbax.types import Batch

_ROWS, _ROWS_ON_DISK = 65_536, 1024  # rows at most that the fingerprint depends on


@dataclass(frozen=True)
class CheckpointFolder:
    """Where each restart keeps its training state, how often it is written, and what it must match to be resumed."""

    path: Path
    seconds: float
    fingerprint: bytes

    @classmethod
    def open(
        cls,
        parameters: Mapping[str, Any],
        plan: FitPlan,
        schemas: tuple[Schema, Schema | None],
        data: tuple[Batch, Batch | None],
        start: VAEModule | None,
    ) -> Self | None:
        """Make the folder that ``checkpoint_dir`` names; None without one.

        The fingerprint covers plan, schemas, start and evenly spaced rows, so no other fit resumes the state.

        Raises:
            InputError: the seed is missing, the folder cannot be made, or the likelihood is a Python function.
        """
        if parameters["checkpoint_dir"] is None:
            return None
        if parameters["random_state"] is None:
            raise InputError(
                "checkpoint_dir needs a random_state, or a later fit could not resume; set random_state=0"
            )
        path = Path(parameters["checkpoint_dir"])
        digest = hashlib.sha256(plan.digest())
        configs = [None if schema is None else schema.to_config() for schema in schemas]
        digest.update(json.dumps(configs, sort_keys=True, default=str).encode())
        for column in jax.tree.leaves(data):
            most = _ROWS_ON_DISK if isinstance(column, MemoryMappedRows) else _ROWS
            digest.update(np.ascontiguousarray(column[:: max(1, len(column) // most)]).data)
        if start is not None:
            digest.update(to_bytes(start))
        if is_first():
            make_folder(path)
        return cls(path, parameters["checkpoint_seconds"], digest.digest())

    def checkpoint(self, restart: int) -> Checkpoint:
        """The checkpoint of one restart."""
        return Checkpoint(self.path / f"restart-{restart}.safetensors", self.seconds, self.fingerprint)
