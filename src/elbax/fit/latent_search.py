"""How many latents the data need: fits of more and more, until the held-out bound no longer rises."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from elbax.console import print_message
from elbax.errors import InputError
from elbax.evaluate.estimate import Estimate
from elbax.fit.paired import PairedGain, row_bounds, row_weights
from elbax.fit.parameters import AUTO_LATENTS
from elbax.fit.plan import FitPlan
from elbax.fit.run import FitResult
from elbax.types import Batch

_NUMBERS = 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64
_LEAD = 2.0  # errors by which more latents must be better
_TRIES = 2  # numbers without a gain, after which the search ends


def search_latents(
    fit: Callable[[int], FitResult], held_out: Batch | None, n_features: int, seed: int, *, verbose: bool
) -> FitResult:
    """The fit with the fewest latents that no fit with more exceeds by two errors on held-out rows.

    ``fit`` takes a number of latents. The outcome holds the curve. A fit that failed ends the search.
    """
    if held_out is None:
        raise InputError("latent_dim='auto' compares fits on held-out rows; hold some out, or give a number")
    best: FitResult | None = None
    best_bounds, curve, weights, waits = np.empty(0), [], row_weights(held_out), 0
    for latents in _NUMBERS:
        if latents > max(n_features, 1) or waits == _TRIES:
            break
        result = fit(latents)
        if result.failure is not None:
            best = best or result
            break
        bounds = row_bounds(result.training.module, result.plan.build_objective(), held_out, seed)
        estimate = Estimate.of(bounds, weights)
        curve.append((float(latents), estimate.mean, estimate.error))
        if verbose:
            print_message(f"latents: {latents} reach {estimate.mean:.2f} ± {estimate.error:.2f} nats held out")
        if best is None or PairedGain.of(bounds, best_bounds, weights).exceeds(_LEAD):
            best, best_bounds, waits = result, bounds, 0
        else:
            waits += 1
    assert best is not None  # there is a first number
    return replace(best, outcome=replace(best.outcome, latents=tuple(curve)))


def with_latents(parameters: Mapping[str, Any], latents: int) -> dict[str, Any]:
    """The parameters of one of the fits, with its own folder for checkpoints."""
    folder = parameters["checkpoint_dir"]
    own = None if folder is None else Path(folder) / f"latents-{latents}"
    return {**parameters, "latent_dim": latents, "checkpoint_dir": own}


def known_latents(parameters: Mapping[str, Any], previous: FitPlan | None) -> dict[str, Any]:
    """The parameters, with the number of latents that a fit which goes on has found."""
    if previous is None or parameters["latent_dim"] != AUTO_LATENTS:
        return dict(parameters)
    return {**parameters, "latent_dim": previous.model.latent_dim}
