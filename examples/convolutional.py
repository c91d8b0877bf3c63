"""Convolutional VAEs of the digits: Keras's page with its numbers, and kvfrans's 20 latents. ``--quick`` for small."""

import numpy as np
from _gallery import Page, handwriting, table

import elbax
from elbax import plots

# Loss, reconstruction and KL that Keras's page prints for epoch 30, trained on all 70,000 images.
PUBLISHED = {"loss": 146.95, "reconstruction": 140.15, "kl": 6.80}
SHOWN = 60


def network(latent_dim: int, **settings) -> elbax.VAE:
    """Half of Keras's channels; cross-entropy of gray values, as both pages have it."""
    return elbax.VAE(
        latent_dim,
        network="conv",
        hidden=(16, 32),
        likelihood="binary_cross_entropy",
        random_state=0,
        verbose=0,
        **settings,
    )


def kvfrans(x: np.ndarray, shown: np.ndarray, epochs: int) -> tuple[elbax.VAE, np.ndarray, np.ndarray]:
    """20 latents, batches of 100; reconstructions after the first and after the last epoch."""
    vae = network(20, batch_size=100)
    first = vae.partial_fit(x).reconstruct(shown)
    for _ in range(epochs - 1):
        vae.partial_fit(x)
    return vae, first, vae.reconstruct(shown)


def scores(vae: elbax.VAE) -> str:
    """Loss, reconstruction and KL, published and measured."""
    end = vae.history_.iloc[-1]
    columns = [PUBLISHED, end, end.filter(like="val_").rename(lambda name: name[4:])]
    return table(
        ["nats per image", "Keras's page, all images", "here, training images", "here, test images"],
        [[name, *(f"{column[name]:.2f}" for column in columns)] for name in PUBLISHED],
    )


def main() -> None:
    page = Page("convolutional", __doc__)
    data = handwriting(page.quick)
    x, test_x = (images[: 300 if page.quick else None] for images in (data.x, data.test_x))
    epochs, few = (1, 2) if page.quick else (30, 10)
    plane = network(2, epochs=epochs, batch_size=128, patience=0).fit(x, validation_data=test_x)
    end = plane.history_.iloc[-1]
    reached = page.claim(
        f"{end['loss']:.2f}, below the {PUBLISHED['loss']} of the page", end["loss"] <= PUBLISHED["loss"]
    )
    wide, first, last = kvfrans(x[:20_000], test_x[:SHOWN], few)

    sheet = page.figure(
        "sheet",
        plots.decoded_sheet(plane.inverse_transform, x.shape[1:], span=2),
        "15 × 15 points of the latent plane, evenly spaced on [−2, 2], decoded.",
    )
    scatter = page.figure(
        "plane",
        plots.latent_scatter(plane.transform(test_x[:5000]), data.test_labels[: len(test_x[:5000])]),
        "Test images in the latent plane, colored by the digit they show.",
    )
    curves = page.figure("losses", plots.loss_curves(plane.history_), "Loss, reconstruction and KL by epoch.")
    grids = [
        page.figure(name, plots.image_grid(images, columns=15), caption)
        for name, images, caption in (
            ("inputs", test_x[:SHOWN], "Test images."),
            ("first", first, "Their reconstructions after one epoch."),
            ("last", last, f"Their reconstructions after {few} epochs."),
        )
    ]
    gap = end["val_loss"] - end["loss"]
    error = {
        latents: float(np.square(vae.reconstruct(test_x) - test_x).mean() ** 0.5)
        for latents, vae in ((2, plane), (20, wide))
    }
    sharper = page.claim(f"the error per pixel falls from {error[2]:.3f} to {error[20]:.3f}", error[20] < error[2])
    page.write(f"""
# Convolutional VAEs

Keras's example page prints a loss for its convolutional VAE, measured on images it was trained on.
Here is that number, reached with half the channels, beside one for images the model has never seen.

{sheet}

## Keras's page

Two latents, {epochs} epochs, batches of 128, Adam with a step of .001, cross-entropy of the gray values. The page
trains on all 70,000 images, test images included, and prints the averages over the last epoch. Here the
{len(x):,} training images are trained on, and the other {len(test_x):,} are kept for the test.

{scores(plane)}

On the images it was trained on the loss is {reached}. The test figure is {abs(gap):.2f} nats
{"above" if gap > 0 else "below"} it: that one is to be compared with a model of your own.

```python
vae = elbax.VAE(latent_dim=2, network="conv", hidden=(16, 32), likelihood="binary_cross_entropy",
                epochs={epochs}, batch_size=128, patience=0)
vae.fit(X, validation_data=X_test)
```

The encoder halves the image twice, by convolutions to 16 and 32 channels, and ends in a dense layer of 256 units.
The decoder is its mirror: where Keras uses transposed convolutions, elbax doubles an image by a convolution to
four times the channels whose outputs are interleaved, which leaves no checkerboard. Two things are elbax's own
defaults: both networks start from a map of the data, and the step shrinks to nothing by the end.

{curves}

{scatter}

## Twenty latents

kvfrans's post shows grids of images and what its convolutional VAE makes of them as it learns, with
20 latents. The same here, {few} epochs over {len(x[:20_000]):,} images, shown on test images:

{grids[0]}

{grids[1]}

{grids[2]}

Against two latents, {sharper}.
""")


if __name__ == "__main__":
    main()
