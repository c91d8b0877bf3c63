"""Linear starts of likelihoods without exact densities."""

import numpy as np
import pytest

from elbax import VAE


@pytest.mark.parametrize("kind", ["binary", "counts"])
def test_few_rows_without_structure_start_as_independent_columns(kind):
    rng, n, d = np.random.default_rng(0), 40, 30
    rates = rng.uniform(0.2, 0.8, d)
    draw = (lambda n: rng.random((n, d)) < rates) if kind == "binary" else (lambda n: rng.poisson(9 * rates, (n, d)))
    likelihood = "bernoulli" if kind == "binary" else "poisson"
    x, new = draw(n).astype(int), draw(1000).astype(int)
    vae = VAE(2, hidden=(8,), epochs=2, likelihood=likelihood, random_state=0, verbose=0).fit(x)
    # A linear model of two latents loses more than a nat a row here: it fits the noise of 40 rows.
    constant = vae.likelihood_.constant_log_probs(vae.schema_.summary.flat, new.astype(np.float32))
    assert vae.score(new) > constant.mean() - 0.1
    assert vae.outcome_.kept_start


def test_few_rows_with_structure_keep_their_latent():
    rng = np.random.default_rng(5)
    z = rng.normal(size=(60, 1))
    x = (rng.random((60, 12)) < 1 / (1 + np.exp(-2.5 * z))).astype(int)
    vae = VAE(1, hidden=(8,), epochs=2, random_state=0, verbose=0).fit(x)
    assert abs(np.corrcoef(vae.transform(x)[:, 0], z[:, 0])[0, 1]) > 0.8
