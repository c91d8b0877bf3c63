"""Objectives against quadrature, closed forms and slow formulas."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from elbax.core.likelihoods import Normal
from elbax.core.objectives import (
    CIWAE,
    DIP,
    ELBO,
    GECO,
    IWAE,
    KERNELS,
    MIWAE,
    MMD,
    OBJECTIVES,
    PIWAE,
    Capacity,
    DensityRatio,
    ForwardPass,
    Penalized,
    Renyi,
    TotalCorrelation,
    choose_objective,
)
from elbax.core.objectives.mmd import squared_discrepancy
from elbax.core.serialization import to_bytes
from elbax.core.vae import ModelConfig, VAEModule
from elbax.core.xla import prng
from elbax.errors import TrainingError
from elbax.train.config import TrainConfig
from elbax.train.trainer import train
from elbax.types import Batch, Summary

LOG_WEIGHTS = jnp.array([-3.0, -1.0, -1.5, -7.0, -2.0, -0.5])
HALF = jnp.asarray(0.5)


def small(dim=1, latent_dim=1, hidden=(), sigma=0.5, context_shape=None, **settings):
    """A module for data of mean 0 and unit 1; a linear one where it has no hidden layer."""
    zeros, ones = np.zeros(dim), np.ones(dim)
    summary = Summary(zeros, ones, zeros, ones, zeros, ones, zeros)
    architecture = ModelConfig(
        latent_dim=latent_dim, hidden=hidden, activation="tanh" if hidden else "linear", **settings
    )
    likelihood = Normal(scale="fixed", value=sigma)
    return VAEModule.build(architecture, likelihood, summary, np.random.default_rng(0), context_shape)


# Bounds as functions of log weights


@pytest.mark.parametrize(
    ("objective", "same"),
    [
        (IWAE(6), lambda w: jnp.log(jnp.exp(w).mean())),
        (MIWAE(6, 1), jnp.mean),
        (MIWAE(1, 6), IWAE(6).bound),
        (MIWAE(2, 3), lambda w: (IWAE(3).bound(w[:3]) + IWAE(3).bound(w[3:])) / 2),
        (PIWAE(2, 3), IWAE(6).bound),
        (CIWAE(0.0, 6), IWAE(6).bound),
        (CIWAE(1.0, 6), jnp.mean),
        (Renyi(0.0, 6), IWAE(6).bound),
        (Renyi(1.0, 6), jnp.mean),
        (Renyi(0.9999, 6), jnp.mean),
        (Renyi(2.0, 6), lambda w: -jnp.log(jnp.exp(-w).mean())),
    ],
    ids=lambda given: repr(given) if isinstance(given, eqx.Module) else "",
)
def test_bounds_meet_where_they_should(objective, same):
    np.testing.assert_allclose(objective.bound(LOG_WEIGHTS), same(LOG_WEIGHTS), rtol=2e-3)


# Gradients

X = 1.3
ENCODER, DECODER = slice(0, 4), slice(4, 6)


def biased():
    """A linear module of one latent, with an encoder that is off the posterior."""
    return eqx.tree_at(
        lambda m: (m.encoder.head.weight, m.encoder.head.bias, m.decoder.head.weight, m.decoder.head.bias),
        small(),
        (jnp.array([[0.6, 0.2]]), jnp.array([0.1, -1.5]), jnp.array([[0.8]]), jnp.array([0.2])),
    )


def flat(gradient):
    """Those by the encoder (4), then by the decoder (2)."""
    leaves = [gradient.encoder.head.weight, gradient.encoder.head.bias]
    leaves += [gradient.decoder.head.weight, gradient.decoder.head.bias]
    return jnp.concatenate([leaf.ravel() for leaf in leaves])


def exact_gradient(bound):
    """Gradient of minus the expected bound of two samples, by Gauss-Hermite quadrature of both."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    e = jnp.stack(jnp.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)
    mass = jnp.asarray(np.outer(weights, weights).ravel() / (2 * np.pi), jnp.float32)

    def normal(x, mean, sd):
        return -0.5 * ((x - mean) / sd) ** 2 - jnp.log(sd) - 0.5 * np.log(2 * np.pi)

    def loss(module):
        mean, log_variance = X * module.encoder.head.weight[0] + module.encoder.head.bias
        sd = jnp.exp(0.5 * log_variance)
        z = mean + sd * e
        fitted = z * module.decoder.head.weight[0, 0] + module.decoder.head.bias[0]
        log_weight = normal(X, fitted, jnp.asarray(0.5)) + normal(z, 0.0, jnp.asarray(1.0)) - normal(z, mean, sd)
        return -(mass * jax.vmap(bound)(log_weight)).sum()

    return np.array(jax.jit(lambda m: flat(eqx.filter_grad(loss)(m)))(biased()))


def sampled_gradients(objective, groups=100, rows=200):
    """Gradients of the mean loss of equal rows, (groups, 6)."""

    def loss(module, key):
        return objective(module, Batch(jnp.full((rows, 1), X)), key, HALF).loss.mean()

    keys = jax.random.split(prng.key(0), groups)
    each = jax.jit(lambda m, keys: jax.lax.map(lambda key: flat(eqx.filter_grad(loss)(m, key)), keys))
    return np.asarray(each(biased(), keys))


def assert_unbiased(found, exact):
    error = found.std(axis=0) / np.sqrt(len(found))
    assert np.all(np.abs(found.mean(axis=0) - exact) < 4 * error + 1e-5), (found.mean(axis=0), exact, error)


@pytest.mark.parametrize(
    "objective",
    [
        IWAE(2, "dreg"),
        MIWAE(2, 1, "stl"),
        Renyi(0.3, 2, "dreg"),
        PIWAE(2, 1),
        PIWAE(2, 1, "dreg"),
    ],
    ids=repr,
)
def test_gradients_have_no_bias_and_dreg_less_noise(objective):
    found = sampled_gradients(objective)
    exact = exact_gradient(objective.bound)
    exact[ENCODER] = exact_gradient(objective.encoders_bound)[ENCODER] if objective.split else exact[ENCODER]
    assert_unbiased(found, exact)
    if objective == IWAE(2, "dreg"):
        standard = sampled_gradients(replace(objective, gradient="standard"))
        assert_unbiased(standard, exact)
        assert np.all(found[:, ENCODER].var(axis=0) < 0.8 * standard[:, ENCODER].var(axis=0))


def test_sticking_the_landing_is_biased_for_weighted_samples():
    found, exact = sampled_gradients(IWAE(2, "stl")), exact_gradient(IWAE(2).bound)
    with pytest.raises(AssertionError):
        assert_unbiased(found[:, ENCODER], exact[ENCODER])
    assert_unbiased(found[:, DECODER], exact[DECODER])


# All objectives

SETTINGS = {
    "geco": "geco(target=1)",
    "iwae": "iwae(k=3, gradient=dreg)",
    "miwae": "miwae(m=2, k=2, gradient=stl)",
}
SETTINGS |= {"piwae": "piwae(m=2, k=2)", "ciwae": "ciwae(k=3)", "dip": "dip(kind=2)"}


def every_objective():
    return {name: choose_objective(SETTINGS.get(name, name), {}, "diagonal_normal") for name in sorted(OBJECTIVES)}


def test_pretraining_and_context_mean_the_same_to_every_objective():
    module = small(3, 2, (4,), context_shape=(2,))
    rng = np.random.default_rng(0)
    x, latent, context = (jnp.asarray(rng.normal(size=(8, d)), jnp.float32) for d in (3, 2, 2))
    objectives = every_objective()

    @eqx.filter_jit
    def losses(progress, codes):
        found = {}
        for name, objective in objectives.items():
            auxiliary = objective.auxiliary(module, np.random.default_rng(0))
            given = Batch(x, context=context, target_codes=codes)
            found[name] = objective(module, given, prng.key(0), progress, auxiliary)
        return found

    early, late = losses(jnp.asarray(-0.1), latent), losses(HALF, jnp.full_like(latent, jnp.nan))
    for name in objectives:
        np.testing.assert_allclose(early[name].loss, early["elbo"].loss, rtol=1e-5, err_msg=name)
        assert not np.allclose(late[name].loss, early["elbo"].loss, rtol=1e-2)
        assert np.isfinite(late[name].loss).all() and late[name].loss.shape == (8,)
        np.testing.assert_allclose(late[name].terms.kl, late["elbo"].terms.kl, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", ["iwae", "total_correlation", "geco"])
def test_held_out_rows_have_the_elbos_terms_whatever_the_objective(name):
    module, x = small(3, 2), jnp.asarray(np.random.default_rng(0).normal(size=(20, 3)), jnp.float32)
    keys = jax.random.split(prng.key(0), 20)
    objective = every_objective()[name]
    (bound, terms), wanted = eqx.filter_jit(
        lambda objective: (objective.held_out(module, Batch(x), keys), ELBO.bound(module, Batch(x), keys))
    )(objective)
    np.testing.assert_allclose(terms, wanted, rtol=1e-6)
    if name == "iwae":  # of three samples: above the ELBO, by chance not for every row
        assert bound.mean() > wanted.elbo.mean()
    else:
        np.testing.assert_allclose(bound, wanted.elbo, rtol=1e-6)


# Penalties

N = 40


def codes(z, sd=0.3, **further):
    """ForwardPass with posteriors N(z, sd²), sampled at their means."""
    z = jnp.asarray(z, jnp.float32)
    encoded = jnp.stack([z, jnp.full_like(z, 2 * np.log(sd))], axis=-1)
    zeros = jnp.zeros(len(z))
    given = {"progress": HALF, "key": prng.key(1)} | further
    return ForwardPass(small(3, z.shape[1]), None, encoded, z, zeros, jnp.zeros(z.shape), zeros, **given)


@pytest.fixture(scope="module")
def z():
    rng = np.random.default_rng(0)
    return rng.multivariate_normal([0.5, -0.5], [[2.0, 1.0], [1.0, 1.0]], size=N)


def test_total_correlation_is_that_of_the_mean_posterior(z):
    density = np.exp(-0.5 * ((z[:, None] - z[None]) / 0.3) ** 2) / (0.3 * np.sqrt(2 * np.pi))  # sample, posterior, d
    joint, each = density.prod(axis=2).mean(axis=1), density.mean(axis=1).prod(axis=1)
    np.testing.assert_allclose(eqx.filter_jit(TotalCorrelation(2.0))(codes(z)), 2.0 * np.log(joint / each), rtol=1e-3)


def test_without_weight_a_penalised_elbo_is_the_elbo():
    module, x = small(3, 2), jnp.asarray(np.random.default_rng(0).normal(size=(20, 3)), jnp.float32)
    pair = Penalized(TotalCorrelation(0.0), ELBO()), ELBO()
    found = eqx.filter_jit(lambda pair: [each(module, Batch(x), prng.key(0), HALF).loss for each in pair])(pair)
    np.testing.assert_allclose(*found, rtol=1e-6)


@pytest.mark.parametrize("kind", [1, 2])
def test_dip_looks_at_the_covariance_of_the_codes(z, kind):
    covariance = np.cov(z.T, bias=True) + (0.3**2 * np.eye(2) if kind == 2 else 0)
    wanted = 3.0 * 2 * covariance[0, 1] ** 2 + 7.0 * np.square(np.diag(covariance) - 1).sum()
    np.testing.assert_allclose(DIP(3.0, 7.0, kind)(codes(z)), wanted, rtol=1e-4)


def slow_discrepancy(a, b, kernel):
    n, total = len(a), 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                total += (kernel(a[i], a[j]) + kernel(b[i], b[j])) / (n * (n - 1))
            total -= 2 * kernel(a[i], b[j]) / n**2
    return total


@pytest.mark.parametrize("kernel", KERNELS)
def test_discrepancy_of_samples(z, kernel):
    rng = np.random.default_rng(1)
    other = rng.normal(size=(N, 2))

    def one(p, q):
        distance = np.square(p - q).sum()
        if kernel == "gaussian":
            return np.exp(-distance / 4)
        return sum(4 * s / (4 * s + distance) for s in (0.1, 0.2, 0.5, 1, 2, 5, 10))

    def fast(a, b):
        return squared_discrepancy(jnp.asarray(a), jnp.asarray(b), lambda d: KERNELS[kernel](d, 2))

    assert float(fast(z, other)) == pytest.approx(slow_discrepancy(z, other, one), rel=1e-3)
    # Of one distribution: zero on average, far less than of two.
    alike = jax.vmap(fast)(*jnp.asarray(rng.normal(size=(2, 200, N, 2)), jnp.float32))
    assert abs(float(alike.mean())) < 4 * float(alike.std()) / np.sqrt(200)
    assert float(fast(z, other)) > 20 * abs(float(alike.mean()))


def test_mmd_compares_with_the_prior():
    rng = np.random.default_rng(0)
    near, far = (float(eqx.filter_jit(MMD(1.0))(codes(rng.normal(size=(300, 2)) + shift))) for shift in (0.0, 2.0))
    assert abs(near) < 0.05 and far > 1.0


def test_a_classifier_finds_the_total_correlation():
    rho = 0.9
    rng, penalty = np.random.default_rng(0), DensityRatio(1.0, (16, 16))
    batches = jnp.asarray(rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=(600, 256)), jnp.float32)
    classifier = penalty.auxiliary(small(3, 2), rng)
    optimizer = optax.adam(1e-2)
    params, fixed = eqx.partition(classifier, eqx.is_inexact_array)

    def step(state, given):
        z, key = given

        def loss(params):
            value = penalty(codes(z, key=key, auxiliary=eqx.combine(params, fixed)))
            return value.mean(), value.mean()

        gradient, value = jax.grad(loss, has_aux=True)(state[0])
        updates, opt_state = optimizer.update(gradient, state[1])
        return (optax.apply_updates(state[0], updates), opt_state), value

    keys = jax.random.split(prng.key(0), len(batches))
    _, values = jax.jit(lambda state: jax.lax.scan(step, state, (batches, keys)))((params, optimizer.init(params)))
    assert float(values[-100:].mean()) == pytest.approx(-0.5 * np.log(1 - rho**2), abs=0.08)


# Objectives that watch a mean over the batch


def test_capacity_rises_and_is_kept_on_average(z):
    objective = Capacity(nats=8.0, weight=3.0, over=0.25)
    assert [round(float(objective.at(t)), 4) for t in (0.0, 0.125, 0.25, 1.0)] == [0.0, 4.0, 8.0, 8.0]
    assert float(objective.after_warmup().at(0.0)) == 8.0
    for level in (1.0, 9.0):
        kl = jnp.abs(jnp.asarray(z, jnp.float32)) + level / 2
        loss = objective.loss(codes(z)._replace(kl=kl))
        assert float(loss.mean()) == pytest.approx(3.0 * abs(float(kl.sum(axis=1).mean()) - 8.0), rel=1e-5)


def fitted(objective, **changes):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(200, 2)) @ rng.normal(size=(2, 3))).astype(np.float32)
    plan = TrainConfig(**({"epochs": 30, "batch_size": 50, "learning_rate": 1e-2, "seed": 0} | changes))
    return lambda **options: train(small(3, 2), objective, Batch(x), plan, **options)


def test_gecos_multiplier_rises_while_too_little_is_reconstructed_and_is_carried_on():
    hard, easy = (fitted(GECO(target))() for target in (-9.0, 1e4))
    assert float(GECO(0.0).multiplier(hard.auxiliary)) > 1.5
    assert float(GECO(0.0).multiplier(easy.auxiliary)) < 0.7
    assert hard.history["reconstruction"].iloc[-1] < 0.6 * easy.history["reconstruction"].iloc[-1]
    onwards = fitted(GECO(-9.0), learning_rate=0.0, epochs=1)(optimizer_state=hard.optimizer_state)
    assert float(onwards.auxiliary) == float(hard.auxiliary) != 0.0
    # Another objective has no use for it.
    assert fitted(ELBO(), epochs=1)(optimizer_state=hard.optimizer_state).auxiliary is None


def test_the_state_of_another_optimiser_counts_for_nothing():
    """Adam's and Adamax's states look alike, but hold other things."""
    plan = TrainConfig(optimizer="adamax", epochs=1, batch_size=50, learning_rate=1e-2, seed=0)
    x = Batch(np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32))
    after_adam, after_nothing = (
        train(small(3, 2), ELBO(), x, plan, optimizer_state=carried)
        for carried in (fitted(ELBO(), epochs=3)().optimizer_state, None)
    )
    assert to_bytes(after_adam.module) == to_bytes(after_nothing.module)


def test_a_loss_that_overflows_though_its_terms_do_not_is_called_the_loss():
    far = Batch(np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32))
    plan = TrainConfig(epochs=1, batch_size=50, learning_rate=1e-2, seed=0)
    with pytest.raises(TrainingError, match="the loss stopped being finite"):
        train(small(3, 2), Penalized(DIP(1e38, 1e38), ELBO()), far, plan)


@pytest.mark.parametrize("auxiliary, target, turns", [(4, 1e6, 1), (4, -1e6, 0), (-4, -1e6, 1), (-4, 1e6, 0)])
def test_geco_can_turn_back_at_its_bounds(auxiliary, target, turns):
    loss = lambda auxiliary: GECO(target).loss(codes(jnp.zeros((2, 1)), auxiliary=auxiliary)).mean()  # noqa: E731
    assert bool(jax.grad(loss)(float(auxiliary)) != 0) == bool(turns)


def test_a_cyclic_warmup_settles_in_its_last_cycle():
    cyclic, plain = ELBO(warmup=0.3, shape="cyclic"), ELBO(warmup=0.3)
    for objective in (cyclic, plain):
        warmup_end = float(objective.warmup_end)
        weights = jax.vmap(objective.kl_weight)(jnp.linspace(warmup_end + 1e-4, 0.9999, 50))
        assert float(objective.kl_weight(warmup_end - 0.01)) < 1 and np.allclose(weights, 1)
    assert float(ELBO(shape="cyclic").warmup_end) == 0
