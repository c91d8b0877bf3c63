"""Convolutional VAEs of the digits: Keras's page with its numbers, and kvfrans's 20 latents. ``--quick`` for small."""

import numpy as np
from _gallery import Page, handwriting, table

import elbax
from elbax import plots

# Loss, reconstruction and KL that Keras's page prints for epoch 30, trained on all 70,000 pictures.
PUBLISHED = {"loss": 146.95, "reconstruction": 140.15, "kl": 6.80}
SHOWN = 60


def network(latent_dim: int, **settings) -> elbax.VAE:
    """Half of Keras's channels; Adam with a constant step and cross-entropy, as both pages have them."""
    return elbax.VAE(
        latent_dim,
        network="conv",
        hidden=(16, 32),
        likelihood="binary_cross_entropy",
        learning_rate=1e-3,
        schedule="constant",
        random_state=0,
        verbose=0,
        **settings,
    )


def keras(x: np.ndarray, test_x: np.ndarray | None, epochs: int) -> elbax.VAE:
    """Keras's training: 2 latents, batches of 128, random weights, the last epoch's weights."""
    vae = network(2, epochs=epochs, batch_size=128, init="random", patience=0, validation_fraction=0)
    return vae.fit(x, validation_data=test_x)


def kvfrans(x: np.ndarray, shown: np.ndarray, epochs: int) -> tuple[elbax.VAE, np.ndarray, np.ndarray]:
    """20 latents, batches of 100; reconstructions after the first and after the last epoch."""
    vae = network(20, batch_size=100)
    first = vae.partial_fit(x).reconstruct(shown)
    for _ in range(epochs - 1):
        vae.partial_fit(x)
    return vae, first, vae.reconstruct(shown)


def scores(honest: elbax.VAE, everything: elbax.VAE, rows: int) -> str:
    """Loss, reconstruction and KL, published and measured."""
    honest_end, everything_end = (vae.history_.iloc[-1] for vae in (honest, everything))
    columns = [PUBLISHED, everything_end, honest_end, honest_end.filter(like="val_").rename(lambda n: n[4:])]
    return table(
        [
            "nats per picture",
            "Keras's page",
            f"here, same {rows:,} rows",
            "here, training rows only",
            "its test rows",
        ],
        [[name, *(f"{column[name]:.2f}" for column in columns)] for name in PUBLISHED],
    )


def main() -> None:
    page = Page("convolutional", __doc__)
    data = handwriting(page.quick)
    x, test_x = (pictures[: 300 if page.quick else None] for pictures in (data.x, data.test_x))
    both = np.concatenate([x, test_x])
    epochs, few = (1, 2) if page.quick else (30, 10)
    everything = keras(both, None, epochs)
    loss = everything.history_["loss"].iloc[-1]
    reached = page.claim(
        f"{loss:.2f}, no more than the {PUBLISHED['loss']} of the page", loss <= PUBLISHED["loss"]
    )
    honest = keras(x, test_x, epochs)
    wide, first, last = kvfrans(x[:20_000], test_x[:SHOWN], few)

    sheet = page.figure(
        "sheet",
        plots.decoded_sheet(honest.inverse_transform, x.shape[1:], span=2),
        "15 × 15 points of the latent plane, evenly spaced on [−2, 2], decoded.",
    )
    plane = page.figure(
        "plane",
        plots.latent_scatter(honest.transform(test_x[:5000]), data.test_labels[: len(test_x[:5000])]),
        "Test pictures in the latent plane, coloured by the digit they show.",
    )
    curves = page.figure(
        "losses", plots.loss_curves(honest.history_), "The three curves of the run on training rows only."
    )
    grids = [
        page.figure(name, plots.image_grid(pictures, columns=15), caption)
        for name, pictures, caption in (
            ("inputs", test_x[:SHOWN], "Test pictures."),
            ("first", first, "Their reconstructions after one epoch."),
            ("last", last, f"Their reconstructions after {few} epochs."),
        )
    ]
    gap = honest.history_["val_loss"].iloc[-1] - honest.history_["loss"].iloc[-1]
    error = {
        latents: float(np.square(vae.reconstruct(test_x) - test_x).mean() ** 0.5)
        for latents, vae in ((2, honest), (20, wide))
    }
    sharper = page.claim(
        f"the error per pixel falls from {error[2]:.3f} to {error[20]:.3f}", error[20] < error[2]
    )
    page.write(f"""
# Convolutional VAEs

Keras's example page prints a loss for its convolutional VAE, measured on pictures it was trained on.
Here is that number, reached by half the network, beside one for pictures it has never seen.

{sheet}

## Keras's page

Two latents, {epochs} epochs, batches of 128, Adam with a step of .001, cross-entropy of the grey
values. The page trains on all 70,000 pictures, test pictures included, and prints the averages over the
last epoch. Here the same is done twice: once on the same rows, and once on the {len(x):,} training rows
only, with the other {len(test_x):,} kept for the test.

{scores(honest, everything, len(both))}

On the page's own rows the loss is {reached}. The honest test figure is {abs(gap):.2f} nats
{"above" if gap > 0 else "below"} the training figure of its run: the last column is the one to compare
a model of your own with.

```python
vae = elbax.VAE(latent_dim=2, network="conv", hidden=(16, 32), likelihood="binary_cross_entropy",
                epochs={epochs}, batch_size=128, learning_rate=1e-3, schedule="constant")
vae.fit(X, validation_data=X_test)
```

The network is smaller than Keras's. The encoder has its layers at half the channels: convolutions to 16
and 32 channels, each halving the picture, then 16 units. The decoder is our own: where Keras uses
transposed convolutions, elbax doubles a picture by a convolution to four times the channels whose
outputs are interleaved, which leaves no checkerboard, and 16 units stand before the first small
picture.

{curves}

{plane}

## Twenty latents

kvfrans's post shows grids of pictures and what its convolutional VAE makes of them as it learns, with
20 latents. The same here, {few} epochs over {len(x[:20_000]):,} pictures, shown on test pictures:

{grids[0]}

{grids[1]}

{grids[2]}

Against two latents, {sharper}.
""")


if __name__ == "__main__":
    main()
