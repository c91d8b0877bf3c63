"""Every posterior and prior: densities against quadrature, training, and saving."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import optax
import pandas as pd
import pytest
from jax.flatten_util import ravel_pytree
from scipy.stats import kstest, multivariate_normal

import elbax
from elbax import VAE
from elbax.core.distributions import kl_divergence, log_density, moments, sample_with_density
from elbax.core.flows import MaskedAffine
from elbax.core.objectives import ELBO, IWAE, PriorFit, importance_weighted
from elbax.core.priors import Mixture, Partial, StandardNormal
from elbax.core.vae import ModelConfig, VAEModule, split_trainable
from elbax.data import Schema
from elbax.fit.choices import check_parameters
from elbax.fit.outcome import Outcome
from elbax.fit.plan import resolve_pass
from elbax.model_folder import FittedModel
from elbax.types import Batch, Summary

RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(c, 0.3, size=(20, 3)) for c in (-1, 2)]).astype(np.float32)
UNIFORM = {"prior": "uniform"}
LAYERS = "layers(sizes=(1, 1), hidden=(4,))"

# One VAE for each part, with two latents where it can.
PARTS = {
    "mixture": {"prior": "mixture(components=3)"},
    "vamp": {"prior": "vamp(components=5)"},
    "autoregressive flow prior": {"prior": "flow(layers=2, hidden=(8,))"},
    "coupling flow prior": {"prior": "flow(kind=coupling, layers=2, hidden=(8,))"},
    "autoregressive mixture prior": {"prior": "autoregressive(components=3, hidden=(8,))"},
    "mixture of some latents": {"prior": Partial(Mixture(components=3), active=(1,))},
    "full normal": {"posterior": "full_normal"},
    "iaf": {"posterior": "iaf(layers=2, hidden=(8,), context=2)"},
    "flow": {"posterior": "flow(layers=2, hidden=(8,))"},
    "layers": {"posterior": LAYERS, "prior": LAYERS},
    "sphere": {"posterior": "von_mises_fisher", "latent_dim": 3, **UNIFORM},
    "classes": {"posterior": "categorical(classes=3)", "latent_dim": 6, **UNIFORM},
    "codes": {"posterior": "quantized(codes=6, code_dim=2)", "latent_dim": 4, **UNIFORM},
}
# Distributions on the plane, and which part of the module they are.
PLANE = {
    name: "prior" if "prior" in PARTS[name] else "posterior"
    for name in (
        "mixture",
        "vamp",
        "autoregressive flow prior",
        "autoregressive mixture prior",
        "mixture of some latents",
        "full normal",
        "iaf",
        "flow",
    )
} | {"layers": "posterior"}


def estimator(name: str) -> VAE:
    """An estimator that has seen data, with its initial weights."""
    vae = VAE(hidden=(8,), random_state=0, verbose=0, likelihood="normal", **PARTS[name])
    parameters, schema = vae.get_params(), Schema.of(X)
    plan = resolve_pass(check_parameters(parameters), schema, None, len(X), 0)
    outcome = Outcome(0, 0, (None,), None, 1, 1, False, 0.0, None, len(X), 0)
    module, history = plan.build_module(schema.summary, 0), pd.DataFrame({"loss": [1.0]})
    vae._set_model(FittedModel(parameters, schema, None, plan, outcome, 0, None, module, history))
    return vae


def shaken(module: VAEModule) -> VAEModule:
    """The module with weights far from where they start, or flows would be next to the identity."""
    params, fixed = split_trainable(module)
    rng = np.random.default_rng(1)
    params = jax.tree.map(lambda leaf: leaf + 0.2 * rng.normal(size=leaf.shape).astype(np.float32), params)
    return eqx.combine(params, fixed)


def trained(module: VAEModule, steps: int = 150) -> tuple[VAEModule, np.ndarray]:
    """The module after some steps of Adam, and the loss before each."""
    params, fixed = split_trainable(module)
    flat, unravel = ravel_pytree(params)  # one array of weights, which compiles sooner than many
    optimizer = optax.adam(0.01)

    def loss(flat, key):
        return ELBO()(eqx.combine(unravel(flat), fixed), Batch(jnp.asarray(X)), key, jnp.ones(())).loss.mean()

    def step(carry, key):
        flat, state = carry
        value, gradient = jax.value_and_grad(loss)(flat, key)
        updates, state = optimizer.update(gradient, state)
        return (optax.apply_updates(flat, updates), state), value

    def run(flat):
        return jax.lax.scan(step, (flat, optimizer.init(flat)), jax.random.split(jax.random.key(0), steps))

    (flat, _), losses = jax.jit(run)(flat)
    return eqx.combine(unravel(flat), fixed), np.asarray(losses)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_trains_and_is_saved(name, tmp_path):
    vae = estimator(name)
    module, losses = trained(vae.module_)
    assert losses[-20:].mean() < losses[:20].mean() - 1
    vae._set_module(module, vae.plan_)
    vae.save(tmp_path / "model")
    loaded = elbax.load(tmp_path / "model")
    assert jax.tree.structure(loaded.module_) == jax.tree.structure(vae.module_)
    for stored, leaf in zip(jax.tree.leaves(loaded.module_), jax.tree.leaves(module), strict=True):
        np.testing.assert_array_equal(stored, leaf)


GRID = np.linspace(-12, 12, 241)
POINTS = np.stack(np.meshgrid(GRID, GRID, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.float32)
CELL = (GRID[1] - GRID[0]) ** 2


@pytest.mark.parametrize("name", PLANE)
def test_a_density_on_the_plane_is_one(name):
    """It integrates to one, its draws have its moments, and Monte-Carlo KLs are those of quadrature."""
    module, n = shaken(estimator(name).module_), 20_000
    normal = dist.Normal(jnp.array([0.5, -0.4]), jnp.array([0.9, 0.6]))

    @jax.jit
    def measure(points):
        is_prior = PLANE[name] == "prior"
        encoded = module.encode(Batch(jnp.asarray(X[0])))
        distribution = module.prior_distribution() if is_prior else module.posterior.distribution(encoded)
        z, log_prob = sample_with_density(distribution, jax.random.key(0), (n,))
        known = log_density(distribution, z, log_prob)
        q, p = (normal, distribution) if is_prior else (distribution, normal)
        drawn = normal.sample(jax.random.key(1), (n,)) if is_prior else z
        kl = jnp.broadcast_to(kl_divergence(q, p, drawn, None if is_prior else log_prob), (n, 1))
        return (
            log_density(distribution, points),
            log_density(normal, points),
            z,
            known,
            log_density(distribution, z),
            kl,
        )

    log_law, log_normal, z, known, inverted, kl = map(np.asarray, measure(POINTS))
    mass = np.exp(log_law) * CELL
    assert mass.sum() == pytest.approx(1, abs=2e-3)
    np.testing.assert_allclose(known, inverted, atol=2e-3)
    mean = mass @ POINTS
    np.testing.assert_allclose(z.mean(axis=0), mean, atol=5 * z.std() / np.sqrt(n))
    log_q, log_p = (log_normal, log_law) if PLANE[name] == "prior" else (log_law, log_normal)
    exact = (np.exp(log_q) * CELL) @ (log_q - log_p)
    assert kl.mean() == pytest.approx(exact, abs=5 * kl.std() / np.sqrt(n) + 2e-3)


@pytest.mark.parametrize("objective", [ELBO(), IWAE(k=2), PriorFit()], ids=lambda objective: objective.name)
def test_no_objective_inverts_an_autoregressive_posterior(objective, monkeypatch):
    module, key = estimator("iaf").module_, jax.random.key(0)
    inverted = []
    inverse = MaskedAffine.inverse_and_log_det
    monkeypatch.setattr(MaskedAffine, "inverse_and_log_det", lambda *args: [inverted.append(args), inverse(*args)][1])
    batch = Batch(jnp.asarray(X))
    jax.eval_shape(lambda: objective(module, batch, jax.random.fold_in(key, 0), jnp.ones(())))
    jax.eval_shape(lambda: objective.held_out(module, batch, jax.random.split(key, len(X))))
    assert not inverted
    q = module.posterior.distribution(module.encode(Batch(jnp.asarray(X[0]))))
    jax.eval_shape(lambda: q.log_prob(jnp.zeros(2)))
    assert inverted


def test_a_closed_form_kl_leaves_no_density_in_the_program(monkeypatch):
    module, batch = estimator("mixture").module_, Batch(jnp.asarray(X))
    normal = eqx.tree_at(lambda module: module.prior, module, StandardNormal())

    def n_operations(module):
        def loss(key):  # a new function each time: JAX would remember the program of the other one
            return ELBO()(module, batch, key, jnp.ones(())).loss

        return jax.jit(loss).lower(jax.random.key(0)).compile().as_text().count(" = ")

    closed, estimated = n_operations(normal), n_operations(module)
    monkeypatch.setattr("elbax.core.vae.sample_with_density", lambda q, key: (q.sample(key), jnp.zeros(2)))
    assert n_operations(normal) == closed
    assert n_operations(module) < estimated


def test_a_full_normal_is_that_of_scipy():
    outputs = jnp.asarray(RNG.normal(size=(3, 5)), jnp.float32)
    posterior = estimator("full normal").module_.posterior
    z = RNG.normal(size=(4, 3)).astype(np.float32)

    @jax.jit
    def measure(outputs):
        distribution = posterior.distribution(outputs)
        return (
            distribution.log_prob(z),
            moments(distribution).variance,
            kl_divergence(distribution, dist.Normal(jnp.zeros(3), 1.0), z),
        )

    log_prob, variance, kl = measure(outputs)
    outputs = np.asarray(outputs, float)
    lower = np.tril(outputs[:, 2:], -1) + np.diag(np.exp(0.5 * outputs[:, 1]))
    covariance, mean = lower @ lower.T, outputs[:, 0]
    np.testing.assert_allclose(log_prob, multivariate_normal(mean, covariance).logpdf(z), rtol=1e-4)
    np.testing.assert_allclose(variance, np.diag(covariance), rtol=1e-5)
    wanted = 0.5 * (np.trace(covariance) + mean @ mean - 3 - np.linalg.slogdet(covariance)[1])
    np.testing.assert_allclose(kl, [wanted], rtol=1e-5)


def test_the_bound_of_a_linear_vae_with_a_full_normal_is_exact():
    """Its posterior is correlated, so no diagonal normal could be exact."""
    k, d, sigma = 2, 4, 0.5
    weights = np.array([[1.0, 0.9, 0.3, 0.0], [0.8, 1.0, -0.2, 0.4]])
    zeros, ones = np.zeros(d), np.ones(d)
    module = VAEModule.build(
        ModelConfig(latent_dim=k, hidden=(), activation="linear", posterior="full_normal", output_bias=False),
        elbax.core.likelihoods.Normal(scale="fixed", value=sigma),
        Summary(zeros, ones, zeros, ones, zeros, ones, zeros),
        np.random.default_rng(0),
    )
    covariance = np.linalg.inv(np.eye(k) + weights @ weights.T / sigma**2)
    lower = np.linalg.cholesky(covariance)
    head, bias = np.zeros((d, k, 2 + k)), np.zeros((k, 2 + k))
    head[:, :, 0] = weights.T @ covariance / sigma**2
    bias[:, 1], bias[:, 2:] = 2 * np.log(np.diag(lower)), lower
    module = eqx.tree_at(
        lambda m: (m.encoder.head.weight, m.encoder.head.bias, m.decoder.head.weight),
        module,
        tuple(jnp.asarray(leaf, jnp.float32) for leaf in (head.reshape(d, -1), bias.ravel(), weights)),
    )
    x = RNG.normal(size=(10, d)).astype(np.float32)
    exact = multivariate_normal(zeros, weights.T @ weights + sigma**2 * np.eye(d)).logpdf(x)
    keys = jax.random.split(jax.random.key(0), len(x))
    bound = jax.jit(importance_weighted)(module, Batch(jnp.asarray(x)), keys, jnp.asarray(4))
    np.testing.assert_allclose(bound, exact, atol=2e-4)


def test_the_decoder_sees_the_first_layer_only():
    module = shaken(estimator("layers").module_)
    outputs = jax.vmap(module.decode)(jnp.array([[0.3, 0.0], [0.3, 5.0], [0.4, 0.0]]))
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert not np.array_equal(outputs[0], outputs[2])


@pytest.mark.parametrize("prior", ["mixture(components=2)", "autoregressive(components=2)"])
def test_a_second_stage_fits_the_prior_alone(prior, tmp_path):
    vae = VAE(1, hidden=(8,), epochs=400, random_state=0, verbose=0, likelihood="normal", posterior="point").fit(X)
    networks = jax.tree.leaves((vae.module_.encoder, vae.module_.decoder))
    with pytest.raises(elbax.errors.InputError, match="cannot be fitted after training"):
        vae.fit_prior(X, prior="vamp")
    before = vae.sample(300, noise=False, random_state=0)
    vae.fit_prior(X, prior=prior)
    for old, new in zip(networks, jax.tree.leaves((vae.module_.encoder, vae.module_.decoder)), strict=True):
        np.testing.assert_array_equal(old, new)
    z = vae.transform(X)
    fitted = vae.module_.prior_distribution().log_prob(z).mean()
    assert fitted > dist.Normal(z.mean(), z.std()).log_prob(z).mean() + 0.2  # two lumps are no normal
    drawn = vae.sample(300, noise=False, random_state=0)

    def far(rows):  # share of rows that are near neither lump
        return (np.minimum(abs(rows + 1).max(axis=1), abs(rows - 2).max(axis=1)) > 1).mean()

    assert far(drawn) < 0.5 * far(before) + 0.02
    vae.save(tmp_path / "model")
    loaded = elbax.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.sample(300, noise=False, random_state=0), drawn)
    np.testing.assert_array_equal(loaded.score_samples(X[:3]), vae.score_samples(X[:3]))


class SecondOnly(eqx.Module):
    """An encoder that uses the second of three latents."""

    def __call__(self, x):
        return jnp.zeros((3, 2)).at[1].set(jnp.array([x[0], -4.0]))


def test_a_second_stage_leaves_unused_latents_standard_normal():
    vae = VAE(3, encoder=SecondOnly(), hidden=(8,), epochs=2, random_state=0, verbose=0, likelihood="normal").fit(X)
    vae.fit_prior(X, prior="mixture(components=2)")
    assert isinstance(vae.prior_, Partial) and vae.prior_.active == (1,)
    z = np.asarray(vae.module_.prior_distribution().sample(jax.random.key(0), (4000,)))
    assert kstest(z[:, 0], "norm").pvalue > 1e-3 and kstest(z[:, 2], "norm").pvalue > 1e-3
    assert (abs(z[:, 1]) < 0.3).mean() < 0.1  # between the lumps of the standardized rows, at -1 and 1


def test_a_prior_of_some_latents_names_what_it_needs():
    for prior, active in ((UNIFORM["prior"], (0,)), (Mixture(), ()), (Mixture(), (1, 0))):
        with pytest.raises(elbax.errors.InputError, match="partial needs a prior|active must be"):
            Partial(prior, active)
    with pytest.raises(elbax.errors.InputError, match="beyond the 2 latents"):
        VAE(2, prior=Partial(Mixture(), (0, 2)), epochs=1, verbose=0).fit(X)
