"""Distributions over the entries of a codebook."""

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints


class VectorQuantized(dist.Distribution):
    """All mass at the codes nearest to a point: vector quantization (arXiv 1711.00937).

    Gradients pass from a draw to the point as if it had not been rounded. The log probability of the codes is 0, with
    the gradient of ``|sg(point) - code|² + commitment |point - sg(code)|²``: an objective that includes log q(z) moves
    codes towards points and points towards codes.

    Args:
        point: (latent,), groups of code_dim, concatenated.
        codebook: (codes, code_dim).
        commitment: weight of the pull of points towards codes.

    Example:
        >>> VectorQuantized(jnp.array([0.2, 0.9]), jnp.array([[0.0], [1.0]])).mean
        Array([0., 1.], dtype=float32)
    """

    support = constraints.real_vector

    def __init__(
        self,
        point: Float[Array, " latent"],
        codebook: Float[Array, "codes code_dim"],
        commitment: float = 0.25,
    ):
        groups = point.reshape(-1, codebook.shape[1])
        distances = jnp.square(groups[:, None] - codebook).sum(axis=-1)  # (groups, codes)
        self.point, self.code = point, codebook[distances.argmin(axis=1)].ravel()
        self.commitment = commitment
        super().__init__((), point.shape)

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        z = jax.lax.stop_gradient(self.code) + (self.point - jax.lax.stop_gradient(self.point))
        return jnp.broadcast_to(z, (*sample_shape, *self.event_shape))

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        """0, with a gradient, at the codes; minus infinity elsewhere."""
        fixed = jax.lax.stop_gradient
        loss = jnp.square(fixed(self.point) - self.code).sum()
        loss = loss + self.commitment * jnp.square(self.point - fixed(self.code)).sum()
        return jnp.where(jnp.all(value == self.code, axis=-1), loss - fixed(loss), -jnp.inf)

    @property
    def mean(self) -> Array:
        return self.code

    @property
    def variance(self) -> Array:
        return jnp.zeros_like(self.code)


class UniformCodebook(dist.Distribution):
    """A uniform distribution over the codes of each group.

    Args:
        codebook: (codes, code_dim).
        latent_dim: a multiple of code_dim.

    Example:
        >>> round(float(UniformCodebook(jnp.array([[0.0], [1.0]]), 3).log_prob(jnp.ones(3))), 3)
        -2.079
    """

    support = constraints.real_vector

    def __init__(self, codebook: Float[Array, "codes code_dim"], latent_dim: int):
        self.codebook = codebook
        self.n_groups = latent_dim // codebook.shape[1]
        super().__init__((), (latent_dim,))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        index = jax.random.randint(key, (*sample_shape, self.n_groups), 0, len(self.codebook))
        return self.codebook[index].reshape(*sample_shape, -1)

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        return jnp.full(value.shape[:-1], -self.n_groups * jnp.log(len(self.codebook)))
