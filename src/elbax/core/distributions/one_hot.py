"""One-hot vectors with gradients."""

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jaxtyping import Array, Float, PRNGKeyArray
from numpyro.distributions import constraints


class OneHot(dist.Distribution):
    """Independent one-hot vectors, concatenated, with Gumbel-softmax gradients.

    Draws are exact, one class of each group; their gradient is that of softmax((logits + Gumbel noise) / temperature)
    (the straight-through estimator of arXiv 1611.01144). Densities are probabilities.

    Args:
        logits: of each class of each group, (groups, classes).
        temperature: of the softmax, positive; lower temperatures have less bias and more noise in the gradient.

    Example:
        >>> OneHot(jnp.array([[0.0, 9.0], [9.0, 0.0]])).center
        Array([0., 1., 1., 0.], dtype=float32)
    """

    support = constraints.real_vector

    def __init__(self, logits: Float[Array, "groups classes"], temperature: float = 1.0):
        self.logits, self.temperature = jax.nn.log_softmax(logits), temperature
        super().__init__((), (logits.size,))

    def sample(self, key: PRNGKeyArray, sample_shape: tuple[int, ...] = ()) -> Array:
        perturbed = self.logits + jax.random.gumbel(key, (*sample_shape, *self.logits.shape))
        relaxed = jax.nn.softmax(perturbed / self.temperature)
        z = _argmax(perturbed) + (relaxed - jax.lax.stop_gradient(relaxed))
        return z.reshape(*sample_shape, -1)

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
        return _argmax(self.logits).ravel()


def _argmax(x: Float[Array, "... classes"]) -> Float[Array, "... classes"]:
    return jax.nn.one_hot(x.argmax(axis=-1), x.shape[-1], dtype=x.dtype)


@dist.kl_divergence.register(OneHot, OneHot)
def _(q: OneHot, p: OneHot) -> Array:
    return (q.mean * (q.logits - p.logits).ravel()).sum()
