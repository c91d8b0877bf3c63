"""What moves with each latent dimension, in the columns' own units."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from elbax.core.vae import VAEModule
from elbax.data import Schema, take_evenly
from elbax.evaluate.batching import map_batches
from elbax.evaluate.inference import decoder_size, encode
from elbax.types import Batch

_ROWS = 512
_ENDS = 0.05, 0.95  # quantiles of a latent over the rows


def latent_effects(module: VAEModule, schema: Schema, rows: Batch) -> pd.DataFrame:
    """How each column changes as one latent goes from its 5% to its 95% quantile and the others stay, mean over rows.

    Returns:
        One row for each latent and column, largest share first: latent (from 1), column, low and high (the mean at both
        ends; for labels the probability of the label that changes most, which ``label`` names), and share: the change
        in standard deviations of the column, or in probability (the total variation distance).
    """
    rows = take_evenly(rows._replace(weight=None, target_codes=None), _ROWS)
    z = encode(module, rows)
    ends = np.quantile(z, _ENDS, axis=0)
    levels = schema.levels or (0,) * schema.n_features
    found = []
    for k in range(z.shape[1]):
        low, high = (_means(module, z, k, end, rows.context, max(levels)) for end in ends[:, k])
        for feature, n_levels in enumerate(levels):
            name = schema.feature_names[feature]
            if n_levels:
                change = high[1][:n_levels, feature] - low[1][:n_levels, feature]
                most = int(np.abs(change).argmax())
                pair, share = (low[1][most, feature], high[1][most, feature]), 0.5 * np.abs(change).sum()
                label = schema.level_name(feature, most)
            else:
                pair, label = (low[0][feature], high[0][feature]), None
                share = abs(pair[1] - pair[0]) / max(schema.statistics.std[feature], 1e-12)
            found.append((k + 1, name, label, *map(float, pair), float(share)))
    table = pd.DataFrame(found, columns=["latent", "column", "label", "low", "high", "share"])
    return table.sort_values(["latent", "share"], ascending=[True, False], ignore_index=True)


def _means(
    module: VAEModule, z: np.ndarray, k: int, end: float, context: np.ndarray | None, n_levels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Means of the features (d,) with latent k at one end, and probabilities of levels 0, 1, …, (levels, d)."""
    z = z.copy()
    z[:, k] = end
    width = decoder_size(module, context) * max(1, n_levels)
    means, probabilities = map_batches(lambda block: _decoded(module, *block, n_levels), (z, context), width)
    return means.reshape(len(z), -1).mean(axis=0), probabilities.mean(axis=0)


@eqx.filter_jit
def _decoded(module: VAEModule, z, context, n_levels: int):
    def one(z, context):
        outputs = module.decode(z, context)
        mean = module.mean(outputs)
        of_level = lambda level: module.log_prob_per_feature(outputs, jnp.full(mean.size, level))  # noqa: E731
        levels = jnp.arange(n_levels, dtype=float)
        return mean, jnp.exp(jax.vmap(of_level)(levels)) if n_levels else jnp.zeros((0, mean.size))

    return jax.vmap(one)(z, context)
