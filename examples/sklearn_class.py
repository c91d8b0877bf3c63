"""jmetzen's scikit-learn-like class on his own network: partial_fit, transform, generate, reconstruct. ``--quick``."""

import numpy as np
from _gallery import Page, handwriting, table

import elbax
from elbax import plots

PUBLISHED = {20: 95.2, 2: 139.0}  # his train cost after 75 epochs, read from his printed log


def trained(latent_dim: int, x: np.ndarray, epochs: int) -> elbax.VAE:
    """His network, with elbax's own start and schedule."""
    vae = elbax.VAE(
        latent_dim,
        hidden=(500, 500),
        activation="softplus",
        likelihood="binary_cross_entropy",
        batch_size=100,
        learning_rate=1e-3,
        epochs=epochs,
        patience=0,
        validation_fraction=0.0,
        random_state=0,
        verbose=0,
    )
    return vae.fit(x)


def scores(page: Page, vaes: dict[int, elbax.VAE], test_x: np.ndarray) -> str:
    """Costs measured beside those published, nats per image."""
    rows = []
    for latent_dim, vae in vaes.items():
        train, test = vae.history_["loss"].iloc[-1], -vae.elbo(test_x)["elbo"].mean()
        active = int(vae.active_units(test_x).active.sum())
        rows.append([latent_dim, f"{PUBLISHED[latent_dim]:g}", f"{train:.2f}", f"{test:.2f}", active])
    return table(["latents", "his train cost", "train cost here", "test cost here", "active latents"], rows)


def figures(page: Page, vaes: dict[int, elbax.VAE], data) -> dict[str, str]:
    """His three figures, and what each of twenty latents carries."""
    plane, wide = vaes[2], vaes[20]
    some, shape = data.test_x[:20], data.test_x.shape[1:]
    units = wide.active_units(data.test_x)
    drawn = {
        "pairs": (
            plots.reconstructions(some, wide.reconstruct(some), columns=10),
            "Test images and what 20 latents make of them.",
        ),
        "plane": (
            plots.latent_scatter(plane.transform(data.test_x[:5000]), data.test_labels[:5000]),
            "Test images in the plane of the 2-latent model.",
        ),
        "sheet": (
            plots.decoded_sheet(plane.inverse_transform, shape, 20, span=3),
            "20 × 20 points of that plane, evenly spaced on [−3, 3].",
        ),
        "latents": (plots.kl_per_unit(units.kl, units.active), "What each of the 20 latents carries."),
        "new": (
            plots.image_grid(wide.sample(40, noise=False, random_state=0), columns=10),
            "New images of the 20-latent model.",
        ),
    }
    return {name: page.figure(name, figure, caption) for name, (figure, caption) in drawn.items()}


def main() -> None:
    page = Page("sklearn_class", __doc__)
    epochs = 2 if page.quick else 75
    data = handwriting(page.quick)
    vaes = {latent_dim: trained(latent_dim, data.x, epochs) for latent_dim in PUBLISHED}
    measured, shown = scores(page, vaes, data.test_x), figures(page, vaes, data)
    cost = vaes[20].history_["loss"].iloc[-1]
    reached = page.claim(f"{cost:.2f} is no more than his {PUBLISHED[20]}", cost <= PUBLISHED[20])
    page.write(f"""
# A VAE that behaves like scikit-learn

jmetzen's tutorial wrapped a VAE in a class with `partial_fit`, `transform`, `generate` and
`reconstruct`. Here is the same with elbax's estimator, on his network and beside his numbers.

{shown["sheet"]}

## The class

| his | elbax | |
| --- | --- | --- |
| `partial_fit(batch)` | `vae.partial_fit(X)` | one pass over the rows given, as many or few as you like |
| `transform(X)` | `vae.transform(X)` | where rows lie in the latent space |
| `generate(z_mu)` | `vae.inverse_transform(Z)` | the images at latent points |
| `generate()` | `vae.sample(n)` | new images |
| `reconstruct(X)` | `vae.reconstruct(X)` | rows through the latents and back; any number of them, one included |

```python
settings = {{"hidden": (500, 500), "activation": "softplus", "likelihood": "binary_cross_entropy"}}
steps = {{"batch_size": 100, "learning_rate": 1e-3, "epochs": {epochs}, "patience": 0}}
vae = elbax.VAE(latent_dim=20, **settings, **steps).fit(X)
```

## His network, his numbers

Two layers of 500 softplus units on each side, batches of 100, Adam with a step of .001, {epochs}
epochs, cross-entropy of the gray values. His step was constant; this one shrinks to nothing by the end, and both
networks start from a map of the data, as elbax has it. His cost is the loss (cross-entropy plus KL, nats per
image) averaged over the last epoch, so that is what stands here too. He trained on 55,000 of the images;
here it is all {len(data.x):,}, and the {len(data.test_x):,} test images were never trained on.

{measured}

With 20 latents the cost of {reached}.

{shown["pairs"]}

{shown["latents"]}

A latent that is not used would be gray: it stays at the prior, costs nothing and does no harm.

## Two latents to look at, twenty to work with

{shown["plane"]}

The plane can be drawn, so his figures use it: the scatter above, and the sheet at the top. Its images
are blurred where digits meet, and each costs more nats. With 20 latents the reconstructions are sharp.
New images drawn from the prior are less tidy, since nothing in training asked every point of a
twenty-dimensional space to be a digit:

{shown["new"]}
""")


if __name__ == "__main__":
    main()
