"""Cross-entropy on gray values is not a density: what it is, and what the missing part costs. ``--quick`` for small."""

import equinox as eqx
import jax
import numpy as np
from _gallery import Page, handwriting, table
from scipy.stats import beta

import elbax
from elbax import evaluate, plots
from elbax.collapse import collapse_certificate
from elbax.core.distributions import ContinuousBernoulli as Density
from elbax.core.likelihoods import ContinuousBernoulli, CrossEntropy
from elbax.types import Batch

DECODED = np.linspace(0.05, 0.95, 10)
CURVE_LIKELIHOODS = ("binary_cross_entropy", "continuous_bernoulli", "normal")


class MeanContinuousBernoulli(ContinuousBernoulli):
    """The continuous Bernoulli whose mean, not parameter, is the sigmoid of the decoder's output."""

    name = "mean_continuous_bernoulli"

    def distribution(self, outputs):
        """The density with this mean."""
        return Density.with_mean(jax.nn.sigmoid(outputs))


def densities(page: Page) -> str:
    """Ten decoded values as three functions of x."""
    x = np.linspace(0.001, 0.999, 400)
    p = DECODED[:, None]
    families = {
        "exp(−cross-entropy): no density": p**x * (1 - p) ** (1 - x),
        "normalized: continuous Bernoulli": np.exp(Density(np.log(p / (1 - p))).log_prob(x)),
        "beta(1 + p, 2 − p): another family": beta.pdf(x, 1 + p, 2 - p),
    }
    labels = ("gray value x (unitless)", "density (per unit of x)", "decoded value p (unitless)")
    named = dict(zip(("xlabel", "ylabel", "value_label"), labels, strict=True))
    figure = plots.line_families(x, families, DECODED, **named, top=3.2)
    return page.figure("densities", figure, "Ten decoded values p, read in three ways.")


def normalizer(page: Page) -> str:
    """The constant that is none, and the mean that is not p."""
    p = np.linspace(0.005, 0.995, 199)
    density = Density(np.log(p / (1 - p)))
    panels = {
        "log C (nats per pixel)": {"log C": density.log_normalizer},
        "gray value (unitless)": {"mean of the density": density.mean, "decoded value": p},
    }
    figure = plots.lines(p, panels, xlabel="decoded value p (unitless)")
    caption = "Left: what cross-entropy leaves out. Right: the mean lies nearer to ½ than the decoded value."
    return page.figure("normalizer", figure, caption)


def read_as(vae: elbax.VAE, likelihood, x: np.ndarray) -> dict:
    """Mean ELBO and KL (nats per image) of a trained network under another likelihood, and its images."""
    module = eqx.tree_at(lambda module: module.likelihood, vae.module_, likelihood)
    terms, means = evaluate.elbo(module, Batch(x)), evaluate.reconstruct(module, Batch(x))
    error = float(np.square(means - x).mean() ** 0.5)
    return {"elbo": float(terms.elbo.mean()), "kl": float(terms.kl.mean()), "error": error, "means": means}


def images(page: Page) -> tuple[str, list[dict]]:
    """One network trained without and with the normalizer, and read as a proper density."""
    data = handwriting(page.quick)
    rows, epochs = (500, 2) if page.quick else (10_000, 40)
    x, test_x = data.x[:rows], data.test_x[: rows // 2]
    without, with_ = (
        elbax.VAE(10, hidden=(256, 256), likelihood=name, epochs=epochs, random_state=0, verbose=0).fit(x)
        for name in ("binary_cross_entropy", "continuous_bernoulli")
    )
    readings = [
        {"trained": "cross-entropy", "read": "p is the parameter"} | read_as(without, ContinuousBernoulli(), test_x),
        {"trained": "cross-entropy", "read": "p is the mean"} | read_as(without, MeanContinuousBernoulli(), test_x),
        {"trained": "continuous Bernoulli", "read": "as trained"} | read_as(with_, ContinuousBernoulli(), test_x),
    ]
    shown = np.concatenate([test_x[:14], *(reading["means"][:14] for reading in readings)])
    caption = (
        "From top to bottom: test images; trained with cross-entropy and read as the parameter, as the mean; "
        "trained as a continuous Bernoulli."
    )
    return page.figure("images", plots.image_grid(shown, columns=14), caption), readings


def curve(page: Page) -> tuple[str, dict[str, np.ndarray]]:
    """The S-curve under three likelihoods: its image, and the error per point of each seed."""
    x = elbax.load_data("s-curve").x
    seeds, epochs = (1, 50) if page.quick else (5, None)
    fits = {
        name: [
            elbax.VAE(1, likelihood=name, epochs=epochs, random_state=seed, verbose=0).fit(x).reconstruct(x)
            for seed in range(seeds)
        ]
        for name in CURVE_LIKELIHOODS
    }
    shown = {name.replace("_", " "): x_hats[0] for name, x_hats in fits.items()}
    errors = {name: np.square(np.stack(x_hats) - x).sum(axis=2).mean(axis=1) ** 0.5 for name, x_hats in fits.items()}
    figure = plots.reconstruction_panels(x, shown)
    return page.figure("curve", figure, "The S-curve and its reconstructions under three likelihoods."), errors


def main() -> None:
    page = Page("likelihood_aside", __doc__)
    densities_figure, normaliser_figure = densities(page), normalizer(page)
    images_figure, readings = images(page)
    curve_figure, errors = curve(page)
    parameter, mean, proper = readings
    middle, end = Density(np.log(DECODED[[4, 0]] / (1 - DECODED[[4, 0]]))).log_normalizer
    areas = np.exp([-end, -middle])
    bias = float(Density(np.log(0.1 / 0.9)).mean)
    kinds = ("trained", "read", "elbo", "kl", "error")
    scores = table(
        ["trained as", "decoded value p read as", "ELBO, nats per image", "of it KL", "error per pixel"],
        [
            [f"{r[k]:,.1f}" if k in ("elbo", "kl") else f"{r[k]:.3f}" if k == "error" else r[k] for k in kinds]
            for r in readings
        ],
    )
    curve_table = table(
        ["likelihood", "error per point, median", "smallest to largest"],
        [[n.replace("_", " "), f"{np.median(e):.4f}", f"{e.min():.4f} to {e.max():.4f}"] for n, e in errors.items()],
    )
    best = page.claim(
        f"reaches {proper['elbo'] - mean['elbo']:,.0f} nats more than the other at its best",
        proper["elbo"] > mean["elbo"],
    )
    spends = page.claim(
        f"{proper['kl'] / parameter['kl']:.0f} times as many nats through the latents",
        proper["kl"] > parameter["kl"],
    )
    smallest = page.claim("Cross-entropy keeps the smallest error per pixel", mean["error"] < proper["error"])
    certificate = collapse_certificate(CrossEntropy(), elbax.load_data("s-curve").x)
    dead = page.claim("collapses every time", errors["binary_cross_entropy"].min() > 0.49)
    wrong = page.claim("it fits badly", errors["continuous_bernoulli"].min() > 10 * errors["normal"].max())
    right = page.claim("fits the curve", errors["normal"].max() < 0.01)
    page.write(f"""
# The likelihood aside

Cross-entropy on gray values is not the density of anything. The part that is missing depends on what
the network says, and leaving it out changes what is learnt.

{densities_figure}

## What the notebook noticed

Cross-entropy, −x log p − (1 − x) log(1 − p), is a likelihood for x that is 0 or 1. The notebook uses it
for gray values in between, sees that this is no Bernoulli, finds that it resembles a beta density, and
wonders whether a constant that it drops matters.

On the left, exp(−cross-entropy) for ten decoded values p. A density holds an area of 1; these hold
between {areas[0]:.2f} and {areas[1]:.2f}. As a function of x each is an exponential from one end to the
other. Divided by its area (middle) it is the **continuous Bernoulli** (Loaiza-Ganem and Cunningham,
arXiv 1907.06845). The beta density that comes to mind (right) swaps base and exponent: it has its peak
at p and says something else altogether.

## The constant is none

{normaliser_figure}

The area depends on p, so its inverse C is no constant: log C is {float(middle):.2f} nats per pixel for
p near ½ and {float(end):.2f} for p = .05. A network that is paid log C as well has a reason to be sure;
without it, it has none. And p is not the mean: a density with p = .1 averages {bias:.2f}, so the
parameter has to go further out than the gray value it stands for.

## What it costs on images

The same network (two layers of 256 units, 10 latents) learns digits once with cross-entropy and once as
a continuous Bernoulli. Both are then scored on test images as proper densities. Log-densities of
continuous values may be positive, and higher is better.

{scores}

{images_figure}

The network trained with the whole density {best}, and sends {spends}. Taking p of the other network for
the parameter makes its images gray (second row), as the right half of the figure above says it must.
Taking p for the mean, kept half a gray level away from black and white, is the fairer reading (third
row).

Now look at the last row: the better density has the worse images. Most pixels of these digits are
exactly black, and a continuous density can be made as high as one likes at a single value, so much of
its score is paid for being sure of black. {smallest}, since cross-entropy is least when p is the mean.
Cross-entropy is a usable *loss* for images. What it cannot do is say how probable an image is, how
much the latents should carry, or which of two models is better.

## Proper is not enough

{curve_figure}

{curve_table}

On the S-curve, cross-entropy {dead}, and it has to. The doctor's certificate, which needs no network,
says:

> {certificate.statement}

The continuous Bernoulli does not collapse, but {wrong}: its spread is fixed by its mean, and it cannot
say that the points lie on a thin line. The normal with a learned scale {right}. A likelihood has to be
a density *and* be able to look like the data. Left to itself, `elbax.VAE` chooses one and says why: a
normal for this curve, and for images of whole gray levels a discretized logistic, which gives
probabilities and so cannot be pushed up without bound.
""")


if __name__ == "__main__":
    main()
