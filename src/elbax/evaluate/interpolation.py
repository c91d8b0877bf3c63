"""Interpolation of latent points, along one leg or a path of many."""

import numpy as np
from numpy.typing import ArrayLike

from elbax.checks import check_integer
from elbax.errors import InputError, unknown_name

_KINDS = ("linear", "spherical")


def interpolate(start: ArrayLike, end: ArrayLike, n: int = 11, kind: str = "linear") -> np.ndarray:
    """Interpolate n points from ``start`` to ``end``, both included, (n, latent).

    A spherical path is sin((1-t)w)/sin(w) start + sin(tw)/sin(w) end with w the angle between the two. It keeps the
    distance from the origin that is typical of a normal prior (arXiv 1609.04468), unlike a straight line.

    Args:
        start: latent point, (latent,).
        end: latent point, (latent,).
        n: how many points, at least 2.
        kind: "linear" or "spherical".

    Raises:
        InputError: the points have wrong shapes or values, or are opposite, so that a spherical path is not unique.

    Example:
        >>> interpolate([0.0, 1.0], [1.0, 0.0], 3).tolist()
        [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
        >>> interpolate([0.0, 1.0], [1.0, 0.0], 3, "spherical").round(3).tolist()
        [[0.0, 1.0], [0.707, 0.707], [1.0, 0.0]]
    """
    start, end = (np.asarray(point, np.float64) for point in (start, end))
    if start.ndim != 1 or start.shape != end.shape:
        raise InputError(
            f"start and end must be latent points of one shape (latent,); got {start.shape} and {end.shape}"
        )
    if not np.isfinite([start, end]).all():
        raise InputError("start and end must be finite; got NaN or infinity")
    check_integer("n", n, 2)
    if kind not in _KINDS:
        raise unknown_name("kind of path", kind, _KINDS)
    t = np.linspace(0.0, 1.0, n)[:, None]  # (n, 1)
    angle = _angle(start, end) if kind == "spherical" else 0.0
    if np.pi - angle < 1e-6:
        raise InputError(
            "start and end lie opposite each other about the origin, so there is no shortest spherical path; "
            "use kind='linear'"
        )
    if angle < 1e-6:
        return (1 - t) * start + t * end
    path = (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)
    path[0], path[-1] = start, end
    return path


def morph(points: ArrayLike, n_per_leg: int = 10, *, closed: bool = True, kind: str = "linear") -> np.ndarray:
    """Interpolate through k latent points in turn.

    A closed path returns to the first point and stops one step before it, so that it can be played in a loop:
    (k * n_per_leg, latent). An open one ends on the last point: ((k - 1) * n_per_leg + 1, latent).

    Args:
        points: latent points, (k, latent), at least two.
        n_per_leg: steps from one point to the next.
        closed: whether to return to the first point.
        kind: "linear" or "spherical"; see `interpolate`.

    Raises:
        InputError: there are fewer than two points, or `interpolate` raises.

    Example:
        >>> morph([[0.0], [1.0], [3.0]], 2).ravel().tolist()
        [0.0, 0.5, 1.0, 2.0, 3.0, 1.5]
        >>> morph([[0.0], [1.0], [3.0]], 2, closed=False).ravel().tolist()
        [0.0, 0.5, 1.0, 2.0, 3.0]
    """
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or len(points) < 2:
        raise InputError(f"points must be at least two latent points, (k, latent); got shape {points.shape}")
    check_integer("n_per_leg", n_per_leg, 1)
    ends = np.roll(points, -1, axis=0)
    legs = [interpolate(a, b, n_per_leg + 1, kind)[:-1] for a, b in zip(points, ends, strict=True)]
    return np.concatenate(legs if closed else [*legs[:-1], points[-1:]])


def _angle(start: np.ndarray, end: np.ndarray) -> float:
    """The angle between two points at the origin; 0 if one of them is the origin."""
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) == 0.0:
        return 0.0
    a, b = start / lengths[0], end / lengths[1]
    # Unlike the arc cosine, accurate for nearly equal and nearly opposite directions.
    return float(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b)))
