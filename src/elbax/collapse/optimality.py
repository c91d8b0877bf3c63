"""Tests of whether posterior collapse is the global optimum for some rows."""

import math
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import numpy as np
import paramax
from threadpoolctl import threadpool_limits

from elbax.collapse.certificate import Certificate
from elbax.collapse.density_ratios import AbstractDensityRatios, CorrelatedDensityRatios, NormalDensityRatios
from elbax.collapse.general_density_ratios import GeneralDensityRatios
from elbax.collapse.held_out import effective_rows, held_out_log_d
from elbax.collapse.supremum import (
    ROUNDING,
    Grid,
    Line,
    Search,
    break_even_weight,
    critical_weight,
    curvature,
)
from elbax.core.likelihoods import AbstractLikelihood
from elbax.errors import InputError, unknown_name
from elbax.types import Summary

METHODS = ("auto", "grid", "search", "covariance")
_MAX_ROWS, _MIN_ROWS = 2000, 100
_MAX_VALUES = {True: 4_000_000, False: 100_000}  # by ``affine_in_x``: such likelihoods need only a matmul each time
_SEARCHED = 20_000
_RECENTERINGS = 20


class Surface(NamedTuple):
    """Log D over a plane of decoder means.

    Attributes:
        first: means of the first feature, (513,), in the data's own units.
        second: means of the second feature, (513,).
        log_d: log D, nats, (513, 513), with the first feature along the first axis.
        constant: mean of the best constant, (2,), where log D is 0.
    """

    first: np.ndarray
    second: np.ndarray
    log_d: np.ndarray
    constant: np.ndarray


def collapse_certificate(
    likelihood: AbstractLikelihood,
    x: np.ndarray,
    *,
    kl_weight: float = 1.0,
    scale: float | Literal["collapsed"] | None = None,
    method: str = "auto",
    seed: int = 0,
) -> Certificate:
    """Test, without any network, whether the constant decoder is the global optimum for these rows.

    Args:
        likelihood: p(x|z) of a fitted module, or with a fixed scale.
        x: rows in the data's own units, (n, *event). At most 2000 are used, fewer if they are very wide.
        kl_weight: weight of the KL in the objective.
        scale: for normals, a standard deviation to use instead of the likelihood's, in the data's own units; or
            "collapsed" for the learned scale of a collapsed fit, the standard deviation around the constant.
        method: "grid" (at most two outputs), "search", "covariance", or "auto" for the first that applies.
        seed: seed of the subsample and of the starts.

    Raises:
        InputError: the rows, the weight, the scale or the method cannot be used.

    Example:
        >>> from elbax.core.likelihoods import SumOfSquares
        >>> x = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 0.5], [0.0, -0.5]])
        >>> certificate = collapse_certificate(SumOfSquares(), x)
        >>> certificate.collapse_is_optimal, round(certificate.top_eigenvalue, 6)
        (True, 0.5)
        >>> collapse_certificate(SumOfSquares(), 2 * x).collapse_is_optimal
        False
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    if not 0 < kl_weight < math.inf:
        raise InputError(
            f"kl_weight must be a positive number, since without a KL nothing rewards collapse; got {kl_weight!r}"
        )
    x = np.asarray(x)
    rows, event = _rows(likelihood, x, seed), x.shape[1:]
    likelihood = likelihood.for_event(event)
    ratios, stds = _ratios(likelihood, rows, scale)
    # For such small matmuls, waiting for a second thread takes longer than it saves.
    with threadpool_limits(1, "blas"):
        ratios, evidence = _examine_until_centered(likelihood, rows, ratios, kl_weight, method, seed)
        held_out = held_out_log_d(ratios, kl_weight, seed)
    common = stds is not None and np.ptp(stds) <= 1e-6 * stds.max()
    variance = float(np.mean(np.square(stds))) if common else None
    log_ratio = ratios.log_ratio(evidence.v[None])[0]
    return Certificate(
        collapse_is_optimal=evidence.log_d <= ROUNDING,
        log_supremum=evidence.log_d,
        where=ratios.mean(evidence.v).reshape(event),
        constant=ratios.mean(np.zeros_like(evidence.v)).reshape(event),
        method=evidence.method,
        gain_bound=kl_weight * (evidence.log_d + evidence.slack) if evidence.method == "grid" else None,
        kl_weight=float(kl_weight),
        critical_kl_weight=evidence.critical,
        curvature=evidence.curvature,
        scale_squared=variance,
        critical_scale_squared=None if variance is None else evidence.critical * variance / kl_weight,
        top_eigenvalue=None if variance is None else evidence.curvature * variance,
        learned=_is_learned(likelihood, rows.shape[1:]),
        scale_source="likelihood" if scale is None else "collapsed" if scale == "collapsed" else "given",
        effective_rows=float(effective_rows(log_ratio / kl_weight)),
        held_out_log_d=held_out,
        n_rows=len(rows),
        n_rows_given=len(x),
    )


def critical_scale(likelihood: AbstractLikelihood, x: np.ndarray, *, method: str = "auto", seed: int = 0) -> float:
    """The smallest shared standard deviation at which collapse is the global optimum of a normal likelihood.

    It is at least the square root of the covariance's top eigenvalue, and larger for skewed or clustered rows. A lower
    bound unless the method is "grid". The likelihood's own scale does not matter, only its link.

    Args:
        likelihood: a normal whose scale is not a decoder output.
        x: rows in the data's own units, (n, *event).
        method: as in `collapse_certificate`.
        seed: seed of the subsample and of the starts.

    Raises:
        InputError: the scale is a decoder output, or the rows cannot be used.

    Example:
        >>> from elbax.core.likelihoods import Normal
        >>> round(critical_scale(Normal(), np.array([[-3.0], [3.0]])), 4)
        3.0
    """
    rows = _rows(likelihood, np.asarray(x), seed)
    certificate = collapse_certificate(likelihood, rows, scale=float(rows.std()), method=method, seed=seed)
    assert certificate.critical_scale_squared is not None  # all features share the scale
    return math.sqrt(certificate.critical_scale_squared)


def log_d_surface(
    likelihood: AbstractLikelihood, x: np.ndarray, *, scale: float | None = None, seed: int = 0
) -> Surface:
    """Log D over the plane of decoder means, for rows (n, 2); see `elbax.plots.certificate_surface`.

    Raises:
        InputError: not exactly two features vary, or the likelihood has several outputs per feature or noise factors.

    Example:
        >>> from elbax.core.likelihoods import SumOfSquares
        >>> surface = log_d_surface(SumOfSquares(), np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 0.5]]))
        >>> surface.log_d.shape, bool(surface.log_d.max() < 0.1)
        ((513, 513), True)
    """
    rows = _rows(likelihood, np.asarray(x), seed)
    ratios, _ = _ratios(likelihood.for_event(np.shape(x)[1:]), rows, scale)
    if not Grid.suits(ratios) or len(ratios.lower) != 2 or likelihood.loadings is not None:
        raise InputError(
            "log D has a surface for two features that vary, with one decoder output each and independent noise, only"
        )
    grid = Grid(ratios)
    first, second = (
        np.array([ratios.mean(step)[i] for step in axis[:, None] * np.eye(2)[i]]) for i, axis in enumerate(grid.axes)
    )
    return Surface(first, second, grid.log_d(), ratios.mean(np.zeros(2)))


class _Evidence(NamedTuple):
    """Result of one method: the largest log D, its step, its slack, and the critical weight."""

    log_d: float
    v: np.ndarray
    slack: float
    critical: float
    curvature: float
    method: str


def _examine_until_centered(
    likelihood: AbstractLikelihood,
    rows: np.ndarray,
    ratios: AbstractDensityRatios,
    weight: float,
    method: str,
    seed: int,
) -> tuple[AbstractDensityRatios, _Evidence]:
    """Examine, and start over from any better constant, as exists for densities with several modes."""
    for _ in range(_RECENTERINGS):
        evidence = _examine(ratios, weight, method, seed)
        if evidence.critical < math.inf:
            return ratios, evidence
        if not isinstance(ratios, GeneralDensityRatios):
            break
        ratios = GeneralDensityRatios(likelihood, rows, ratios.outputs(evidence.v))
    raise RuntimeError(f"no best constant output was found for {likelihood.name} in {_RECENTERINGS} attempts")


def _examine(ratios: AbstractDensityRatios, weight: float, name: str, seed: int) -> _Evidence:
    bend = curvature(ratios, seed)
    if name == "auto":
        wide = "search" if len(ratios.lower) <= _SEARCHED else "covariance"
        name = "grid" if Grid.suits(ratios) else wide
    if name == "grid" and not Grid.suits(ratios):
        raise InputError(
            "method 'grid' needs at most two features that vary, with one decoder output each; use 'search'"
        )
    if name == "covariance" and not bend.largest:
        raise InputError("method 'covariance' needs a log-density with a second derivative; use 'search'")
    make = {"grid": lambda: Grid(ratios), "search": lambda: Search(ratios, bend, seed)}
    method = make.get(name, lambda: Line(ratios, bend))()
    critical, v = critical_weight(ratios, bend, method)
    if critical == math.inf:
        return _Evidence(0.0, v[0], 0.0, critical, bend.largest, name)
    supremum = method(weight, v)
    if supremum.log_d > ROUNDING:  # this search is longer than those of `critical_weight`
        critical = max(critical, float(break_even_weight(ratios.log_ratio(supremum.v[None])[0])))
    return _Evidence(*supremum, critical, bend.largest, name)


def _rows(likelihood: AbstractLikelihood, x: np.ndarray, seed: int) -> np.ndarray:
    """A subsample of affordable size, checked, float64, flat, (n, d)."""
    if x.ndim < 2 or len(x) < 2:
        raise InputError(f"expected x of shape (n, *event) with at least two rows; got shape {x.shape}")
    affordable = _MAX_VALUES[likelihood.affine_in_x] // math.prod(x.shape[1:])
    most = min(_MAX_ROWS, max(affordable, _MIN_ROWS))
    if len(x) > most:
        x = x[np.sort(np.random.default_rng(seed).choice(len(x), most, replace=False))]
    x = np.asarray(x, np.float64)
    if not np.isfinite(x).all():
        raise InputError("x has values that are NaN or infinite; remove or fill them first")
    if likelihood.excludes(x).any():
        raise InputError(f"x has values to which {likelihood.name} gives no density; see its support")
    if (x == x[0]).all():
        raise InputError("all rows of x are the same, so there is nothing to encode; pass rows that differ")
    return x.reshape(len(x), -1)


def _ratios(likelihood: AbstractLikelihood, x: np.ndarray, scale) -> tuple[AbstractDensityRatios, np.ndarray | None]:
    """Density ratios of the rows and, for normals, the standard deviation of each feature, (*event,)."""
    if not (likelihood.is_normal and likelihood.affine_in_x):
        if scale is not None:
            raise InputError(f"scale is for normals whose scale is no decoder output; got {likelihood.name}")
        return GeneralDensityRatios(likelihood, x), None
    event, part = x.shape[1:], likelihood.location_scale
    assert part is not None  # a normal has one
    if likelihood.loadings is not None:
        if scale is not None:
            raise InputError(
                f"scale is for independent noise; this likelihood has {likelihood.n_factors} noise factors"
            )
        return CorrelatedDensityRatios(x, np.broadcast_to(part.std, event), np.asarray(likelihood.loadings)), None
    if scale is None:
        stds = np.broadcast_to(part.std, event)
    elif scale == "collapsed":
        if not part.is_learned:
            raise InputError("scale='collapsed' is for learned scales; this one is fixed")
        stds = part.max_likelihood_scale(x - np.clip(x.mean(axis=0), *likelihood.output_range))
    else:
        if isinstance(scale, str) or not 0 < scale < math.inf:
            raise InputError(f"scale must be a positive number, 'collapsed' or None; got {scale!r}")
        stds = np.full(event, float(scale))
    return NormalDensityRatios(x, stds, likelihood.output_range), stds


def _is_learned(likelihood: AbstractLikelihood, event: tuple[int, ...]) -> bool:
    """Whether the likelihood has trained parameters for rows of this shape."""
    ones = np.ones(event)
    # One of a fitted module has its arrays.
    fitted = any(_is_fixed(leaf) for leaf in jax.tree.leaves(likelihood, is_leaf=_is_fixed))
    prepared = likelihood if fitted else likelihood.prepare(Summary(ones, ones, ones, ones, ones, ones, ones))
    trained = eqx.filter(prepared, eqx.is_inexact_array, is_leaf=_is_fixed)
    return bool(jax.tree.leaves(trained))


def _is_fixed(node: object) -> bool:
    return isinstance(node, paramax.NonTrainable)
