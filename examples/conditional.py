"""Digits completed from one column of pixels, by a conditional VAE and by a regressor. ``--quick`` for a small run."""

from time import process_time

import numpy as np
from _gallery import Page, handwriting, table

import elbax
from elbax import plots

SAMPLES, SCORED = 6, 2000
BLUE = np.array([0.25, 0.55, 1.0])
TITLES = ("given", "truth", "regressor", *(f"sample {i + 1}" for i in range(SAMPLES)))


def halves(images: np.ndarray, column: int) -> tuple[np.ndarray, np.ndarray]:
    """Binarise images (n, h, w, 1): all pixels but one column's (n, pixels), and that column (n, h)."""
    ink = (images[..., 0] > 0.5).astype(np.uint8)
    return np.delete(ink, column, axis=2).reshape(len(ink), -1), ink[:, :, column]


def whole(rest: np.ndarray, given: np.ndarray, column: int) -> np.ndarray:
    """Put images (n, h, w, 3) together again; the given column is tinted blue."""
    n, height = given.shape
    gray = np.insert(rest.reshape(n, height, -1).astype(float), column, 0.0, axis=2)
    images = np.repeat(gray[..., None], 3, axis=3)
    images[:, :, column] = 0.3 * BLUE + 0.7 * given[..., None] * BLUE
    return images


def network(quick: bool, **settings) -> elbax.VAE:
    """What both models share."""
    layers, epochs = ((64,), 2) if quick else ((512, 512), 15)
    return elbax.VAE(hidden=layers, epochs=epochs, random_state=0, verbose=0, **settings)


def completions(vae: elbax.VAE, regressor: elbax.VAE, rest, given, column: int) -> np.ndarray:
    """One row for each image: what is given, the truth, the regressor's mean, six samples' means."""
    drawn = [vae.sample(context=given, noise=False, random_state=i) for i in range(SAMPLES)]
    mean = regressor.sample(context=given, noise=False, random_state=0)
    columns = [whole(part, given, column) for part in (np.zeros_like(rest), rest, mean, *drawn)]
    return np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:])


def sheet(images: np.ndarray):
    """The completions with a title above each column."""
    figure = plots.image_grid(images, columns=len(TITLES))
    axes = figure.axes[0]
    step = axes.images[0].get_size()[1] / len(TITLES)
    for i, title in enumerate(TITLES):
        axes.text((i + 0.5) * step, -2, title, ha="center", va="bottom", fontsize=7)
    return figure


def spread(model: elbax.VAE, given: np.ndarray) -> float:
    """By how many pixels (the sum of squared differences) two completions of one column differ, on average."""
    one, other = (model.sample(context=given, noise=False, random_state=seed) for seed in (0, 1))
    return float(np.square(one - other).sum(axis=1).mean())


def main() -> None:
    page = Page("conditional", __doc__)
    start = process_time()
    data = handwriting(page.quick)
    column = data.x.shape[2] // 2
    (x, given), (test_x, test_given) = (halves(images, column) for images in (data.x, data.test_x))

    vae = network(page.quick, latent_dim=16).fit(x, context=given)
    regressor = network(page.quick, latent_dim=1, beta=1000.0, init="random").fit(x, context=given)
    seconds = process_time() - start

    terms = {name: m.elbo(test_x, context=test_given).mean() for name, m in (("vae", vae), ("plain", regressor))}
    some = slice(SCORED)
    scores = vae.score_samples(test_x[some], 500, context=test_given[some])
    plain = regressor.score_samples(test_x[some], 1, context=test_given[some])
    gain, error = (scores - plain).mean(), (scores - plain).std() / np.sqrt(len(scores))

    chosen = [np.flatnonzero(data.test_labels == digit)[3] for digit in range(10)]
    images = completions(vae, regressor, test_x[chosen], test_given[chosen], column)
    figure = page.figure(
        "completions",
        sheet(images),
        "Ten test digits: the column that is given (blue), the digit it came from, the regressor's answer, and six "
        "completions by the conditional VAE. Gray is the probability of ink.",
    )
    wins = page.claim(
        f"The conditional VAE gives the true pixels {gain:.1f} ± {error:.1f} nats more than the regressor",
        gain > 3 * error,
    )
    silent = page.claim(f"its latent carries {terms['plain']['kl']:.5f} nats", terms["plain"]["kl"] < 0.01)
    differ = [spread(model, test_given[:500]) for model in (vae, regressor)]
    measured = table(
        ["nats per test image", "regressor", "conditional VAE"],
        [
            ["log p(x given the column), first 2,000" if len(scores) == SCORED else "log p(x given the column)"]
            + [f"{values.mean():.2f}" for values in (plain, scores)],
            ["its lower bound (ELBO), all", *(f"{terms[name]['elbo']:.2f}" for name in ("plain", "vae"))],
            ["what the latents carry (KL), all", *(f"{terms[name]['kl']:.2f}" for name in ("plain", "vae"))],
            ["squared difference of two completions, pixels", *(f"{value:.2f}" for value in differ[::-1])],
        ],
    )
    page.write(f"""
# Digits from one column

One column of pixels does not say which digit it was cut from. A regressor answers with the average of all
that could be; a conditional VAE draws them one at a time.

{figure}

## What is done

This is the example of [Doersch's tutorial](https://arxiv.org/abs/1606.05908). Every image is made black
and white. Its middle column, {given.shape[1]} pixels, is the context; the other {x.shape[1]} pixels are what the model
learns to fill in. `context=` gives the column to the encoder and to the decoder, and the prior of the latents
does not depend on it: whatever the column leaves open has to come from the latents.

```python
vae = elbax.VAE(latent_dim=16, hidden=(512, 512)).fit(x, context=column)
vae.sample(context=test_column)            # one completion of each
vae.score_samples(test_x, context=test_column)  # log p(x | column), nats
```

The regressor is the same decoder trained the same way, with its latent priced out of use:
`VAE(latent_dim=1, beta=1000)`. In the test images {silent}, so the decoder turns a column into one
probability for each pixel, by cross-entropy, as any deterministic network would. Both keep the weights that were
best on a tenth of the {len(x):,} training images; together they took {seconds / 60:.0f} minutes of processor time.

## What comes out

{measured}

{wins}, on {len(scores):,} images that neither has seen. However well the
regressor is trained, given the column its pixels are independent: where a column fits a 3 and a 5 it must
paint both, faintly. That is the blur. The latents say which of the two it is to be, once for all pixels; each sample is
then one shape, most often a digit, and samples of one column differ as the digits behind it do.
""")


if __name__ == "__main__":
    main()
