"""Paths through a latent space, and how that space comes about while a model trains. ``--quick`` for few rows."""

import numpy as np
from _gallery import Page, handwriting, table
from sklearn.neighbors import KNeighborsClassifier

import elbax
from elbax import evaluate, plots
from elbax.callbacks import LatentFrames
from elbax.data import Dataset

N_LATENTS = 16
N_STEPS = 11
N_PER_LEG = 8
PAIRS = ((3, 8), (4, 9), (1, 7))


def plane_over_time(data: Dataset, epochs: int, init: str) -> LatentFrames:
    """Where a model with two latents puts test images, while it trains on 10,000 others."""
    frames = LatentFrames(data.test_x[:1000])
    vae = elbax.VAE(2, init=init, epochs=epochs, batch_size=100, patience=0, random_state=0, verbose=0)
    vae.fit(data.x[:10_000], callbacks=[frames])
    return frames


def agreement(z: np.ndarray, labels: np.ndarray) -> float:
    """Share of points whose ten nearest neighbors mostly show the same digit."""
    neighbors = KNeighborsClassifier(10).fit(z, labels).kneighbors(return_distance=False)
    votes = np.stack([(labels[neighbors] == digit).sum(axis=1) for digit in range(10)], axis=1)
    return float((votes.argmax(axis=1) == labels).mean())


def typical(z: np.ndarray, labels: np.ndarray, digit: int) -> int:
    """The row of this digit that lies nearest to the middle of its kind."""
    rows = np.flatnonzero(labels == digit)
    return int(rows[np.linalg.norm(z[rows] - z[rows].mean(axis=0), axis=1).argmin()])


def between(vae, x: np.ndarray, ends: list[tuple[int, int]]) -> np.ndarray:
    """Paths between pairs of rows, each below a cross-fade of the two images."""
    strips = []
    for a, b in ends:
        t = np.linspace(0, 1, N_STEPS).reshape(-1, *[1] * (x.ndim - 1))
        strips += [(1 - t) * x[a] + t * x[b], vae.interpolate(x[a], x[b], N_STEPS)]
    return np.concatenate(strips)


def middles(vae, x: np.ndarray, z: np.ndarray, labels: np.ndarray, n: int) -> dict[str, np.ndarray]:
    """Half-way between n pairs of different digits: distances from the origin, and log-densities in nats."""
    rng = np.random.default_rng(0)
    pairs = rng.integers(len(x), size=(4 * n, 2))
    a, b = pairs[labels[pairs[:, 0]] != labels[pairs[:, 1]]][:n].T
    straight, arc = (
        np.stack([evaluate.interpolate(z[i], z[j], 3, kind)[1] for i, j in zip(a, b, strict=True)])
        for kind in ("linear", "spherical")
    )
    faded = np.round((x[a].astype(np.float32) + x[b]) / 2)
    return {
        "ends": np.linalg.norm(z[a], axis=1),
        "straight": np.linalg.norm(straight, axis=1),
        "arc": np.linalg.norm(arc, axis=1),
        "faded": vae.score_samples(faded, 20),
        "decoded": vae.score_samples(np.round(vae.inverse_transform(straight)), 20),
    }


def time_part(page: Page, data: Dataset) -> str:
    """The latent plane over training time, from a random start and from the default one."""
    epochs, labels = 5 if page.quick else 60, data.test_labels[:1000]
    cold, warm = (plane_over_time(data, epochs, init) for init in ("random", "auto"))
    moving = page.animation(
        "plane",
        plots.latent_animation(cold.z, cold.epochs, labels),
        "The same 1,000 test images while the model trains from a random start, colored by digit.",
        frames_per_second=5,
        hold_seconds=2,
    )
    stills = [
        page.figure(name, plots.latent_frames(run.z, run.epochs, labels, shown=3), caption)
        for name, run, caption in (
            ("cold", cold, "From a random start: before training, half-way through the frames, at the end."),
            (
                "warm",
                warm,
                "From the start that is elbax's default: a linear map, or one along the data.",
            ),
        )
    ]
    marks = [epoch for epoch in (0, 1, 3, 10, 30, 60) if epoch in cold.epochs and epoch in warm.epochs]
    rows = [
        [name, *(f"{100 * agreement(run.z[run.epochs.index(epoch)], labels):.0f}%" for epoch in marks)]
        for name, run in (("random start", cold), ("default start", warm))
    ]
    start = agreement(warm.z[0], labels) > agreement(cold.z[0], labels)
    claim = page.claim("The default start begins with an order that a random start has to find first.", start)
    return f"""
{moving}

## The plane over training time

A model with two latents learns from 10,000 images. `LatentFrames` keeps where 1,000 other images lie at chosen
epochs, and training is not changed by it in a single bit:

```python
frames = elbax.callbacks.LatentFrames(test_x[:1000])
elbax.VAE(2, init="random").fit(x, callbacks=[frames])
moving = plots.latent_animation(frames.z, frames.epochs, labels)
plots.save_animation(moving, "plane.gif", frames_per_second=5, hold_seconds=2)
```

At first all images lie in one heap, because a network with random weights says much the same of each. Then the heap
bursts: telling images apart is worth more than it costs. Most of the order is there after a few epochs; the rest of
the time goes into borders.

{stills[0]}

{stills[1]}

{claim} The table says how often the ten nearest neighbors of an image mostly show the same digit.

{table(["after epoch", *map(str, marks)], rows)}
"""


def paths_part(page: Page, data: Dataset) -> str:
    """Interpolation, straight or along a sphere, and a loop through ten digits."""
    vae = elbax.VAE(N_LATENTS, epochs=3 if page.quick else 20, random_state=0, verbose=0).fit(data.x)
    x, labels, shades = data.test_x, data.test_labels, (0.0, float(data.x.max()))
    z = vae.transform(x)
    rows = [typical(z, labels, digit) for digit in range(10)]
    pairs = [(rows[a], rows[b]) for a, b in PAIRS]
    marks = [end for strip in range(2 * len(pairs)) for end in (strip * N_STEPS, (strip + 1) * N_STEPS - 1)]
    strips = page.figure(
        "between",
        plots.film_strip(between(vae, x, pairs), columns=N_STEPS, marked=marks, value_range=shades),
        "Three pairs: a cross-fade of the two images, and below it the path between their latent points.",
    )
    m = middles(vae, x, z, labels, 50 if page.quick else 500)
    loop = vae.morph(x[rows], N_PER_LEG)
    looped = page.animation(
        "loop", plots.image_animation(loop, value_range=shades), "0 to 9 and back to 0, without end."
    )
    legs = page.figure(
        "legs",
        plots.film_strip(loop, columns=2 * N_PER_LEG, marked=range(0, len(loop), N_PER_LEG), value_range=shades),
        "The same loop, two legs a row; the framed images are the ten stops.",
    )
    better = page.claim(
        "the model itself finds the image half-way along a path far more likely than the half-way cross-fade",
        m["decoded"].mean() > m["faded"].mean() + 50,
    )
    shorter = page.claim(
        "A straight line between two points passes nearer to the origin than draws from the prior lie",
        m["straight"].mean() < 0.85 * m["ends"].mean() < m["arc"].mean(),
    )
    return f"""
## Between two images

A model with {N_LATENTS} latents. `vae.interpolate(a, b, {N_STEPS})` encodes two images, walks in a straight line from
one latent point to the other, and decodes what lies on the way:

{strips}

A cross-fade shows two ghosts. On the path there is one shape at a time, which turns into the other. Over
{len(m["ends"])} pairs of different digits, {better}: {m["decoded"].mean():.0f} against {m["faded"].mean():.0f} nats on
average. (It is the judge of its own work here, so take this for a check and not for a proof.)

{shorter}: the ends lie {m["ends"].mean():.1f} away from it on average, the middle {m["straight"].mean():.1f}.
`kind="spherical"` turns about the origin instead, and its middle lies {m["arc"].mean():.1f} away. With few latents both
look alike; with hundreds, straight middles are places where the decoder was hardly ever trained.

## A loop

`vae.morph(X, {N_PER_LEG})` goes through several images in turn and back to the first. Here they are the ten test
images nearest to the middle of their kind.

{looped}

{legs}
"""


def main() -> None:
    page = Page("latent_paths", __doc__)
    data = handwriting(page.quick, levels=True)
    page.write(
        "# Paths through latent space\n\n"
        "Points that lie between two images are images too. A latent space can be walked through, straight, along "
        f"an arc or in a loop, and it can be watched while it forms.\n\n{time_part(page, data)}{paths_part(page, data)}"
    )


if __name__ == "__main__":
    main()
