"""Groups of one-hot vectors, drawn so that gradients pass."""

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints


class OneHot(dist.Distribution):
    """Independent one-hot vectors laid end to end, with the gradients of their Gumbel-softmax relaxation.

    Draws are exact, one class of each group; a derivative passes through softmax((logits + gumbel noise) /
    temperature) instead (the straight-through estimator of arXiv 1611.01144). Densities are probabilities.

    Args:
        logits: one for each class of each group, (groups, classes).
        temperature: of the relaxation, positive; the lower, the less biased and the noisier the gradient.

    Example:
        >>> OneHot(jnp.array([[0.0, 9.0], [9.0, 0.0]])).center
        Array([0., 1., 1., 0.], dtype=float32)
    """

    support = constraints.real_vector

    def __init__(self, logits: Float[Array, "groups classes"], temperature: float = 1.0):
        self.logits, self.temperature = jax.nn.log_softmax(logits), temperature
        super().__init__((), (logits.size,))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        """Draw one class of each group."""
        perturbed = self.logits + jax.random.gumbel(key, (*sample_shape, *self.logits.shape))
        relaxed = jax.nn.softmax(perturbed / self.temperature)
        chosen = _largest(perturbed) + (relaxed - jax.lax.stop_gradient(relaxed))
        return chosen.reshape(*sample_shape, -1)

    def log_prob(self, value: Float[Array, "*draws latent"]) -> Float[Array, "*draws"]:
        return (value * self.logits.ravel()).sum(axis=-1)

    @property
    def mean(self) -> Array:
        return jnp.exp(self.logits).ravel()

    @property
    def variance(self) -> Array:
        return self.mean * (1.0 - self.mean)

    @property
    def center(self) -> Array:
        return _largest(self.logits).ravel()


def _largest(x: Float[Array, "... classes"]) -> Float[Array, "... classes"]:
    return jax.nn.one_hot(x.argmax(axis=-1), x.shape[-1], dtype=x.dtype)


@dist.kl_divergence.register(OneHot, OneHot)
def _(q: OneHot, p: OneHot) -> Array:
    return (q.mean * (q.logits - p.logits).ravel()).sum()
