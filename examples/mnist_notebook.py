"""The notebook's MNIST part: its network, its training run, its three figures. ``--quick`` for a small run."""

from _gallery import Page, handwriting, table

import elbax
from elbax import plots

PUBLISHED = (160.67, 157.00)  # the notebook's stored loss and val_loss after epoch 50


def main() -> None:
    page = Page("mnist_notebook", __doc__)
    epochs = 2 if page.quick else 50
    data = handwriting(page.quick)
    shape = data.x.shape[1:]
    x, test_x = (images.reshape(len(images), -1) for images in (data.x, data.test_x))

    vae, encoder, decoder = elbax.make_vae(x.shape[1], random_state=0)
    history = vae.fit(x, epochs=epochs, batch_size=100, validation_data=(test_x, test_x)).history

    curves = page.figure("losses", plots.loss_curves(history), "Loss by epoch, in nats per image.")
    plane = page.figure(
        "plane",
        plots.latent_scatter(encoder.predict(test_x), data.test_labels, reverse_y=True),
        "The test images where the encoder puts them, colored by the digit they show.",
    )
    sheet = page.figure(
        "sheet",
        plots.decoded_sheet(decoder.predict, shape, reverse_y=True),
        "What the decoder makes of a 15 × 15 grid of latent points; z₂ grows downwards, as above.",
    )
    loss, val_loss = history["loss"][-1], history["val_loss"][-1]
    measured = table(
        ["nats per image", "the notebook, 2017", "here"],
        [
            [f"loss, epoch {epochs}", f"{PUBLISHED[0]:.2f}", f"{loss:.2f}"],
            [f"val_loss, epoch {epochs}", f"{PUBLISHED[1]:.2f}", f"{val_loss:.2f}"],
        ],
    )
    lower = page.claim("The validation loss lies below the training loss", val_loss < loss)
    page.write(f"""
# The notebook's digits

A plain network squeezes handwritten digits through two numbers each, and learns without being told that
there are ten kinds of them.

{sheet}

## What is done

`elbax.make_vae({x.shape[1]})` builds the notebook's network: one layer of 256 units on each side, two
latents, a fifth of the units switched off at random while training (dropout). It is trained for
{epochs} passes over {len(x):,} images, 100 at a time, and validated on {len(test_x):,} others.

```python
vae, encoder, decoder = elbax.make_vae({x.shape[1]})
history = vae.fit(x, epochs={epochs}, batch_size=100, validation_data=(test_x, test_x)).history
```

{measured}

The loss is cross-entropy of the gray values plus what the two latents cost (the KL), summed over the
image. Cross-entropy of gray values is not a density: [the likelihood aside](likelihood_aside.md) says
what that changes.

{curves}

{lower}, and that is no mistake: dropout disturbs the network while it trains, and is off while it is
validated.

## The latent plane

{plane}

Each dot is a test image. The encoder never saw a label; the colors only show afterwards that
images of one digit lie together. The sheet at the top is the same plane read the other way: from a
point, the image that belongs there. Its points are placed so that each stands for the same share of
the prior.
""")


if __name__ == "__main__":
    main()
