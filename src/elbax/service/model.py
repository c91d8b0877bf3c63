"""A fitted model with the calls that a service answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from elbax import evaluate
from elbax.data import check_values
from elbax.estimator import VAE, load
from elbax.evaluate.inference import posterior_moments
from elbax.fit.rows import as_batch, draw_seed, encode_context
from elbax.runs.folder import Run, is_run
from elbax.service.rows import RowFormat
from elbax.train.compilation import use_compilation_cache
from elbax.types import Batch

IMPORTANCE_SAMPLES = 100
FEWEST_DIAGNOSED = 20  # rows


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A fitted model, under a name.

    Rows come and go as Arrow tables, see `RowFormat`. Calls of rows take ``numbers`` (n, 2), the number of each row in
    its own request, of which draws depend: a row then gets the same answer whichever rows it is computed with. A
    ``seed`` is the ``random_state`` of the estimator's methods.
    """

    name: str
    vae: VAE
    divisor: float = 1.0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The model in the folder of a run, or of `VAE.save`; InputError if there is none."""
        use_compilation_cache()
        run = Run.open(folder) if is_run(folder) else None
        vae = load(folder) if run is None else run.load()
        divisor = 1.0 if run is None else float(run.settings.divide_by or 1.0)
        return cls(folder.resolve().name, vae.set_params(verbose=0), divisor)

    @cached_property
    def format(self) -> RowFormat:
        """How rows are written."""
        vae = self.vae
        return RowFormat.of(vae.schema_, vae.context_schema_, vae.plan_.likelihood, vae.exposure, self.divisor)

    @property
    def latent_dim(self) -> int:
        return self.vae.module_.latent_dim

    def encode(self, table: pa.Table, numbers: np.ndarray) -> pa.Table:
        """Posterior means and standard deviations: columns mean and std, lists of a number per latent."""
        mean, variance = posterior_moments(self.vae.module_, self._read(table))
        return pa.table({"mean": _lists(mean), "std": _lists(np.sqrt(variance))})

    def reconstruct(self, table: pa.Table, numbers: np.ndarray) -> pa.Table:
        """Decoder means at the posterior means, as rows."""
        return self._write(evaluate.reconstruct(self.vae.module_, self._read(table)))

    def score(self, table: pa.Table, numbers: np.ndarray) -> pa.Table:
        """Importance-weighted log p(x), nats: the column log_prob, null where it is no number."""
        rows, vae = self._read(table), self.vae
        check_values(vae.schema_, vae.plan_.likelihood, rows.x)
        scores = evaluate.log_likelihood(vae.module_, rows, IMPORTANCE_SAMPLES, vae.seed_).astype(np.float64)
        return pa.table({"log_prob": pa.array(scores, mask=~np.isfinite(scores))})

    def impute(self, table: pa.Table, numbers: np.ndarray, seed: int = 0) -> pa.Table:
        """Rows with their gaps filled by what is typical given the other cells."""
        rows, vae, seed = self._read_incomplete(table), self.vae, draw_seed(seed)
        typical = vae.schema_.typical
        return self._filled(
            table, evaluate.fill_typical(vae.module_, vae.normal_mixture_, rows, typical, seed, numbers=numbers)
        )

    def complete(self, table: pa.Table, numbers: np.ndarray, seed: int = 0, n: int = 1) -> pa.Table:
        """Draws of rows with their gaps filled, n for each row, one after the other."""
        rows = self._read_incomplete(table)
        vae, seed = self.vae, draw_seed(seed)
        drawn = evaluate.fill_drawn(vae.module_, vae.normal_mixture_, rows, n, seed, numbers=numbers)
        repeated = table.take(np.repeat(np.arange(table.num_rows), n))
        return self._filled(repeated, drawn.reshape(-1, *drawn.shape[2:]))

    def sample(
        self, n: int = 1, seed: int = 0, given: Mapping[str, Any] | None = None, context: pa.Table | None = None
    ) -> pa.Table:
        """New rows; InputError if none can meet the conditions ``given``."""
        code = None if context is None else self.format.context_of(context)
        return self.format.table(self.vae.sample(n, given=given, context=code, random_state=seed))

    def diagnose(self, table: pa.Table) -> dict[str, Any]:
        """The doctor's findings on these rows, without probes."""
        frame, context = self.format.frame(table), self.format.context_of(table)
        diagnosis = self.vae.diagnose(frame, context=context, probes=False)
        return {"healthy": diagnosis.healthy, **diagnosis.to_json()}

    def warm_up_filling(self, table: pa.Table) -> None:
        """Compile what only rows with few effective draws need, where latents fill gaps."""
        if self.vae.normal_mixture_ is not None:
            return
        evaluate.completions(self.vae.module_, self._read_incomplete(table), 0, enough=2.0)

    def calls(self) -> dict[str, Callable[..., pa.Table]]:
        """The calls that take rows, by name."""
        calls = {"encode": self.encode, "reconstruct": self.reconstruct, "score": self.score}
        return calls | ({"impute": self.impute, "complete": self.complete} if self.format.fills else {})

    def _read(self, table: pa.Table) -> Batch:
        vae, own = self.vae, self.format
        x, context = vae.open_rows(own.frame(table), own.context_of(table))
        codes = vae.schema_.encode(x)
        rows = as_batch(vae.schema_, codes, encode_context(vae.context_schema_, context, len(codes)))
        if own.has_gaps and rows.observed is None:  # rows with and without gaps share their programs
            rows = rows._replace(observed=np.ones(codes.shape, bool))
        return rows

    def _read_incomplete(self, table: pa.Table) -> Batch:
        if self.format.has_gaps:
            return self._read(table)
        vae, x = self.vae, self.format.numbers(table)
        gaps = np.isnan(x)
        codes = vae.schema_.encode(np.where(gaps, vae.schema_.statistics.minimum, x))
        code = encode_context(vae.context_schema_, self.format.context_of(table), len(codes))
        return Batch(codes, ~gaps, code)

    def _filled(self, table: pa.Table, codes: np.ndarray) -> pa.Table:
        """Rows as they are, with gaps at the values of codes."""
        schema = self.vae.schema_
        if schema.table is not None:
            return self.format.table(schema.fill(self.format.native(table), codes))
        x = self.format.numbers(table)
        return self.format.table(np.where(np.isnan(x), np.asarray(schema.decode(codes), np.float64), x))

    def _write(self, codes: np.ndarray) -> pa.Table:
        return self.format.table(self.vae.schema_.decode(codes))


def _lists(values: np.ndarray) -> pa.FixedSizeListArray:
    """A list of numbers for each row, null where one is not finite."""
    flat = np.asarray(values, np.float64).reshape(-1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat, mask=~np.isfinite(flat)), values.shape[1])
