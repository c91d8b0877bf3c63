"""Linear Gaussian models with exact densities and posteriors."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

_BLOCK = 2**22  # numbers of a block of rows


@dataclass(frozen=True, eq=False)
class LinearGaussian:
    """x = mean + loadings z + scale ε, with z and ε standard normal: independent columns, pPCA and factor analysis.

    Nothing of size (d, d) is built, save where there are as many latents. Arrays are float64, in the data's own units.

    Attributes:
        name: the model in words, such as "factor analysis".
        mean: (d,).
        loadings: (d, r). Their columns are orthogonal in units of the noise, largest first, so that the latents of a
            row are independent given the row. Columns without use are zero.
        scale: standard deviations of the noise, positive, (d,).
    """

    name: str
    mean: np.ndarray
    loadings: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, name: str, mean: np.ndarray, loadings: np.ndarray, scale: np.ndarray) -> Self:
        """The model with its loadings rotated, which changes no density."""
        scaled = loadings / scale[:, None]
        power, rotation = np.linalg.eigh(scaled.T @ scaled)
        rotated = loadings @ rotation[:, ::-1]
        rotated[:, power[::-1] <= 1e-12 * max(power.max(initial=0.0), 1e-12)] = 0.0  # rounding of dependent columns
        if rotated.size:
            largest = np.take_along_axis(rotated, np.abs(rotated).argmax(axis=0)[None], axis=0)[0]
            rotated = rotated * np.where(largest < 0, -1.0, 1.0)
        return cls(name, mean, rotated, scale)

    @property
    def rank(self) -> int:
        """The number of latents in use."""
        return int(self.loadings.any(axis=0).sum())

    @property
    def _power(self) -> np.ndarray:
        """The diagonal of loadingsᵀ noise⁻¹ loadings, (r,): signal to noise of each latent."""
        return np.square(self.loadings / self.scale[:, None]).sum(axis=0)

    def with_less_noise(self, scale: np.ndarray, n_latents: int) -> Self:
        """The same density with noise of smaller standard deviations (d,), and at least d latents for the rest."""
        scaled = self.loadings / scale[:, None]
        values, vectors = np.linalg.eigh(scaled @ scaled.T + np.diag(np.square(self.scale / scale) - 1))
        loadings = scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
        return type(self).of(self.name, self.mean, np.pad(loadings, ((0, 0), (0, n_latents - len(values)))), scale)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Log-density of each row of x (n, d), nats, (n,)."""
        x = np.asarray(x)
        rows = max(1, _BLOCK // max(x.shape[1], 1))
        return np.concatenate([self._log_prob(x[start : start + rows]) for start in range(0, len(x), rows)])

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        used = self.loadings.any(axis=0)
        scaled, power = self.loadings[:, used] / self.scale[:, None], self._power[used]
        residual = (np.asarray(x, np.float64) - self.mean) / self.scale
        coordinates = residual @ scaled / power  # by least squares
        # The part off the plane of the loadings, and the part in it: more exact than a difference of two squares.
        off = np.square(residual - coordinates @ scaled.T).sum(axis=1)
        within = (np.square(coordinates) * (power / (1 + power))).sum(axis=1)
        log_determinant = 2 * np.log(self.scale).sum() + np.log1p(power).sum()
        return -0.5 * (off + within + log_determinant + len(self.mean) * math.log(2 * math.pi))

    def posterior(self) -> tuple[np.ndarray, np.ndarray]:
        """The exact posterior of the latents, independent normals: gain A (r, d) and standard deviations τ (r,).

        The posterior mean of a row x is ``A (x - mean)``.
        """
        variance = 1 / (1 + self._power)
        return variance[:, None] * (self.loadings / np.square(self.scale)[:, None]).T, np.sqrt(variance)
