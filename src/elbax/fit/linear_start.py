"""The linear start: encoder and decoder as the best linear Gaussian model of some rows."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import equinox as eqx
import numpy as np
from sklearn.linear_model import Ridge

from elbax.core.linear_skip import context_size
from elbax.core.parts import LinearMap
from elbax.core.vae import VAEModule
from elbax.data import take_evenly
from elbax.evaluate.factor_analysis import factor_analysis, ppca
from elbax.evaluate.inference import table_inputs
from elbax.evaluate.linear_gaussian import LinearGaussian
from elbax.fit.folds import split_folds
from elbax.fit.paired import PairedGain
from elbax.train.pretraining import neighbor_residuals
from elbax.types import Batch

MOST_ROWS = 20_000  # that a linear model is fitted to
_LEAD = 2.0  # errors by which probabilistic PCA must exceed other linear models
_LEAST = 1e-2  # least noise of a map along the data, as a share of the spread
_QUIET = 0.25  # noise at the start where latents can explain more: share of a linear model's noise, or of the spread
_FEWEST_ROWS = 4  # from which kinds of linear models are compared


class LinearStart(NamedTuple):
    """A linear model of rows with normal noise, and a linear map from rows to latents.

    Attributes:
        model: x = effect + mean + loadings z + scale ε.
        gain, std: the latents of a row are normal around ``gain @ (x - effect - mean)``, with standard deviations std.
        effect: of the context, ``context @ effect``, or None.
        unit: of the decoder's departures, (d,), in the data's own units.
    """

    model: LinearGaussian
    gain: np.ndarray  # (r, d)
    std: np.ndarray  # (r,)
    effect: np.ndarray | None  # (k, d)
    unit: np.ndarray  # (d,)

    def place(self, module: VAEModule) -> VAEModule:
        """The module with encoder and decoder as this model; its likelihood must have ``linear_noise``.

        With the exact posterior as gain and std, the ELBO is the exact log-density.
        """
        model, latents = self.model, module.latent_dim
        loadings = model.loadings[:, :latents]
        likelihood, decoder = module.likelihood.start_linear(model.mean, loadings, model.scale, self.unit)
        if likelihood.n_factors:
            likelihood = likelihood.with_noise(model.scale, model.loadings[:, latents:])
        if self.effect is not None:
            effect = likelihood.start_linear(model.mean, self.effect.T, model.scale, self.unit)[1].weight
            decoder = decoder._replace(weight=np.concatenate([decoder.weight, effect]))
        module = eqx.tree_at(lambda m: m.likelihood, module, likelihood)
        return place_maps(module, self.encoder_map(module), decoder)

    def encoder_map(self, module: VAEModule) -> LinearMap:
        """The map from standardized rows to the encoder's outputs."""
        center, unit = (np.ravel(np.asarray(array.tree, np.float64)) for array in (module.center, module.unit))
        n_inputs = len(unit) if module.inputs is None else module.inputs.size
        return self.input_map(center, unit, n_inputs, module.encoder.out_shape)

    def input_map(self, center: np.ndarray, unit: np.ndarray, n_inputs: int, out_shape: tuple[int, ...]) -> LinearMap:
        """The map from inputs to the encoder's outputs: first the rows, with this center and unit, then any others."""
        latents, p = out_shape
        effect = np.zeros((0, len(unit))) if self.effect is None else self.effect
        weight = np.zeros((n_inputs + len(effect), latents, p))
        weight[: len(unit), :, 0], weight[n_inputs:, :, 0] = (self.gain * unit).T, -effect @ self.gain.T
        bias, units = np.zeros((latents, p)), np.ones((latents, p))
        bias[:, 0], units[:, 0] = self.gain @ (center - self.model.mean), self.std
        if p > 1:
            bias[:, 1] = 2 * np.log(self.std)
        return LinearMap(weight.reshape(len(weight), -1), bias.ravel(), units.ravel())


def place_maps(module: VAEModule, encoder: LinearMap, decoder: LinearMap) -> VAEModule:
    """The module with these maps beside its networks."""
    skips = (module.encoder.with_map(encoder), module.decoder.with_map(decoder))
    return eqx.tree_at(lambda m: (m.encoder, m.decoder), module, skips)


LinearFit = Callable[[np.ndarray, np.ndarray | None], LinearGaussian]  # from rows (n, d), weights or None, to a model


def choose_linear_fit(module: VAEModule, rows: Batch) -> LinearFit:
    """The kind of linear Gaussian model that predicts rows well, of at most as many latents as the module.

    Independent columns, factor analysis and probabilistic PCA are fitted to some of the rows and compared on others.
    Probabilistic PCA, which takes noise of all columns to be equal, must lead the better of the others by two errors:
    where rows are few it often leads by chance.
    """
    rows = take_evenly(rows, MOST_ROWS)
    x, _ = _unexplained(rows)
    splits, weights = split_folds(len(x), seed=len(x)), rows.weight
    tested = np.concatenate([test for _, test in splits])
    tested_weights = None if weights is None else weights[tested]

    def score(fit: LinearFit) -> np.ndarray:
        models = (fit(x[train], None if weights is None else weights[train]) for train, _ in splits)
        return np.concatenate([model.log_prob(x[test]) for model, (_, test) in zip(models, splits, strict=True)])

    (_, chosen), *others = _fits(module)
    if len(x) < _FEWEST_ROWS:
        return chosen
    best = score(chosen)
    for least, fit in others:
        scores = score(fit)
        if PairedGain.of(scores, best, tested_weights).exceeds(least):
            chosen, best = fit, scores
    return chosen


def linear_start(fit: LinearFit, rows: Batch, latents: int, floor: np.ndarray | None = None) -> LinearStart:
    """The linear model of some rows, with its exact posterior; factors beyond the latents belong to the noise.

    Given a ``floor`` of the noise (d,), as many latents as columns explain all but a quarter of its standard deviation.
    """
    rows = take_evenly(rows, MOST_ROWS)
    x, effect = _unexplained(rows)
    model = fit(x, rows.weight)
    unit = model.scale
    if floor is not None and latents >= len(unit):
        model = model.with_less_noise(np.maximum(_QUIET * unit, floor), model.loadings.shape[1])
    gain, std = model.posterior()
    return LinearStart(model, gain[:latents], std[:latents], effect, unit)


def standardized_map(module: VAEModule, rows: Batch) -> LinearMap:
    """Probabilistic PCA of standardized rows, whatever their likelihood: a first map to latents.

    Of a table it is one of the encoder's inputs, in which cells that were not observed are zeros; without the mask.
    """
    rows, inputs = take_evenly(rows, MOST_ROWS), module.inputs
    unit = np.ravel(np.asarray(module.unit.tree, np.float64)) if inputs is None else np.ones(inputs.n_values)
    if inputs is not None:
        rows = rows._replace(x=table_inputs(module, rows), observed=None)
    start = linear_start(
        lambda x, weights: ppca(x, module.latent_dim, weights=weights, unit=unit), rows, module.latent_dim
    )
    if inputs is None:
        return start.encoder_map(module)
    return start.input_map(np.zeros(len(unit)), unit, inputs.size, module.encoder.out_shape)


def start_at_codes(rows: Batch, codes: np.ndarray, n_factors: int = 0) -> LinearStart:
    """Linear maps by ridge regression between rows and their latent codes (n, latent), and factors of the residuals.

    The noise is that of predictions of each row by its neighbors in the codes, within a quarter of the spread and the
    noise of the linear map.
    """
    x, effect = _unexplained(rows)
    mean = x.mean(axis=0)
    spread = np.maximum(x.std(axis=0), 1e-12)
    scaled = (x - mean) / spread
    loadings = Ridge(1.0, fit_intercept=False).fit(codes, scaled).coef_.reshape(x.shape[1], -1) * spread[:, None]
    gain = Ridge(1.0, fit_intercept=False).fit(scaled, codes).coef_.reshape(-1, x.shape[1]) / spread
    noise = factor_analysis(x - mean - codes @ loadings.T, n_factors, floor=_LEAST * spread, new_rows=False)
    std = np.clip((codes - (x - mean) @ gain.T).std(axis=0), _LEAST, 1.0)
    residuals, k = neighbor_residuals(codes, x)
    along = np.sqrt(np.square(residuals).mean(axis=0) * k / (k + 1))  # a mean of k rows has noise of its own
    quiet = np.minimum(np.maximum(along, _QUIET * spread), noise.scale)
    model = LinearGaussian("map along the data", mean, np.hstack([loadings, noise.loadings]), quiet)
    return LinearStart(model, gain, std, effect, noise.scale)


def _unexplained(rows: Batch) -> tuple[np.ndarray, np.ndarray | None]:
    """Rows, flat, less what a linear map of a small context explains, and this map (ridge regression), or None."""
    x = np.asarray(rows.x, np.float64).reshape(len(rows.x), -1)
    if rows.context is None or context_size(rows.context.shape[1:]) == 0:
        return x, None
    context = np.asarray(rows.context).reshape(len(x), -1)
    effect = Ridge(context.shape[1]).fit(context, x, sample_weight=rows.weight).coef_.reshape(-1, context.shape[1]).T
    return x - context @ effect, effect


def noise_floor(module: VAEModule) -> np.ndarray:
    """The least standard deviations of the noise of a likelihood with exact linear models, (d,)."""
    unit = np.ravel(np.asarray(module.unit.tree, np.float64))
    noise = module.likelihood.location_scale
    assert noise is not None  # where there are exact linear models
    return unit * np.broadcast_to(np.asarray(noise.floors, np.float64), unit.shape)


def _fits(module: VAEModule) -> list[tuple[float, LinearFit]]:
    """Kinds of linear models, simplest first, and the errors by which each must exceed the best before it."""
    likelihood = module.likelihood
    latents = module.latent_dim + likelihood.n_factors
    unit = np.ravel(np.asarray(module.unit.tree, np.float64))
    floor = noise_floor(module)

    def fit(model: Callable[..., LinearGaussian], rank: int, **options: np.ndarray) -> LinearFit:
        def padded(x: np.ndarray, weights: np.ndarray | None = None) -> LinearGaussian:
            fitted = model(x, rank, weights=weights, floor=floor, **options)
            return replace(fitted, loadings=np.pad(fitted.loadings, ((0, 0), (0, latents - rank))))

        return padded

    if likelihood.linear_noise == "shared":
        return [(0.0, fit(ppca, rank, unit=unit)) for rank in (0, latents)]
    return [(0.0, fit(factor_analysis, 0)), (0.0, fit(factor_analysis, latents)), (_LEAD, fit(ppca, latents))]
