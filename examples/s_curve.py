"""The S-curve: the notebook's nine fits, the doctor's verdict on each, and the cure. ``--quick`` for one, cut short."""

import numpy as np
from _gallery import Page, table
from scipy.stats import spearmanr

import elbax
from elbax import plots
from elbax.doctor import heal
from elbax.runs.config import RunConfig, preset_names, read_preset

EXPERIMENTS = {int(name.rsplit("-", 1)[1]): name for name in preset_names() if name.startswith("s-curve-")}
NETWORKS = {
    29: "1×100 relu, cross-entropy, dropout .2",
    33: "5×40 relu, tanh output, squares, dropout .2",
    36: "2×20 relu, tanh output, squares, 50 epochs",
    37: "the same, 10 latents, 100 epochs",
    38: "2×20 relu, squares, 2 latents",
    39: "2×20 tanh, squares, 2 latents",
    40: "the same, KL off",
    41: "2×20 tanh, squares, KL off, 1 latent",
    42: "2×20 relu, squares, KL off, 1 latent",
}


def errors(vae, x: np.ndarray) -> float:
    """Root mean squared distance of points from their reconstructions."""
    return float(np.sqrt(np.square(vae.reconstruct(x) - x).sum(axis=1).mean()))


def ordered(vae, x: np.ndarray, u: np.ndarray) -> str:
    """Whether one latent follows the curve from end to end."""
    z = vae.transform(x)
    if vae.latent_dim > 1:
        return "–"
    return "yes" if abs(spearmanr(z[:, 0], u)[0]) > 0.99 else "no"


def run(cell: int, x: np.ndarray, quick: bool):
    """The fit as it was, diagnosed and healed; a quick one is short, without dropout, and healed once."""
    settings = RunConfig.of(read_preset(EXPERIMENTS[cell])).estimator_arguments()
    short, rounds = ({"epochs": 50, "dropout": 0.0}, 1) if quick else ({}, 3)

    def fit(changes: dict) -> elbax.VAE:
        return elbax.VAE(**{**settings, "verbose": 0, **changes, **short}).fit(x)

    return heal(fit, lambda vae: vae.diagnose(x), rounds=rounds)


def notebook_figures(page: Page, name: str, vae, x: np.ndarray, u: np.ndarray) -> list[str]:
    """The notebook's own figures of one fit with one latent."""
    low, high = x.min(axis=0) - 0.1, x.max(axis=0) + 0.1
    extent = (low[0], high[0], low[1], high[1])
    samples = vae.sample(300, random_state=0)
    return [
        page.figure(
            f"{name}-embedding",
            plots.curve_embedding(x, vae.transform(x)[:, 0], label="latent mean (unitless)"),
            "The data, colored by their latent mean.",
        ),
        page.figure(
            f"{name}-plane",
            plots.latent_plane_image(vae.transform, extent, X=x),
            "The latent mean of every point of the plane.",
        ),
        page.figure(
            f"{name}-decoded",
            plots.decoded_curve(vae.inverse_transform, X=x),
            "What the latent decodes to as it moves from −1 to 1.",
        ),
        page.figure(
            f"{name}-reconstruction",
            plots.data_and_reconstruction(x, vae.reconstruct(x), samples),
            "Data against reconstruction, and draws from the model.",
        ),
        page.figure(f"{name}-loss", plots.loss_curves(vae.history_), "Loss and its parts by epoch."),
    ]


def main() -> None:
    page = Page("s_curve", __doc__)
    data = elbax.load_data("s-curve")
    few = slice(None, None, 4 if page.quick else 1)
    x, u = np.asarray(data.x)[few], np.asarray(data.labels)[few]
    cells = (29,) if page.quick else tuple(NETWORKS)
    healings = {cell: run(cell, x, page.quick) for cell in cells}
    first = {cell: healing.rounds[0] for cell, healing in healings.items()}
    default = elbax.VAE(1, epochs=50 if page.quick else None, random_state=0, verbose=0).fit(x)
    spread = float(np.sqrt(np.square(x - x.mean(axis=0)).sum(axis=1).mean()))

    rows = []
    for cell, healing in healings.items():
        expected = "the mean, KL 0" if cell < 40 else "a fit, but no prior"
        kl = first[cell].estimator.history_["kl"].iloc[-1]
        rows.append(
            [
                cell,
                NETWORKS[cell],
                expected,
                f"{errors(first[cell].estimator, x):.3f}",
                f"{kl:.3f}" if kl < 1 else f"{kl:.1f}",
                ordered(first[cell].estimator, x, u),
                ", ".join(first[cell].diagnosis.codes),
                f"{errors(healing.best, x):.3f}",
                ordered(healing.best, x, u),
            ]
        )
    header = [
        "cell",
        "fit",
        "to be expected",
        "error",
        "KL",
        "ordered",
        "the doctor says",
        "healed: error",
        "ordered",
    ]
    results = table(header, rows)
    collapsed = [errors(first[cell].estimator, x) for cell in cells if cell < 40]
    flat = page.claim(
        f"the fits that pay for the KL end {min(collapsed):.3f} to {max(collapsed):.3f} from the curve",
        min(collapsed) > 0.45,
    )
    cured = page.claim(
        f"The healed fits end at {max(errors(h.best, x) for h in healings.values()):.3f} or less",
        all(errors(h.best, x) <= 0.02 for h in healings.values()),
    )
    panels = {f"{cell}": each.estimator.reconstruct(x) for cell, each in first.items()}
    nine = page.figure(
        "nine", plots.reconstruction_panels(x, panels), "The notebook's fits, by the number of their cell."
    )
    after = {f"{cell}, healed": healing.best.reconstruct(x) for cell, healing in healings.items()}
    healed = page.figure("healed", plots.reconstruction_panels(x, after), "The same fits, healed.")
    curve = page.figure(
        "curve",
        plots.curve_embedding(x, u, label="position along the curve (unitless)"),
        "The curve: 300 points.",
    )
    told = 29 if page.quick else 39
    story = healings[told]
    steps = table(["round", "changed", "likelihood", "ELBO (nats)", "found"], [list(row) for row in story.rows()])
    before = notebook_figures(page, "29", first[29].estimator, x, u)
    best = notebook_figures(page, "default", default, x, u)
    parted = "\n\n"
    page.write(f"""
# Nine fits that fail, and why

The notebook fits a simple S-shaped curve ten times over and never learns why it fails. Here is every fit,
what had to happen, what the doctor says, and the cure.

{healed}

## The question

{curve}

One number per point is enough to draw this curve, and a network with one hidden layer can bend a line into
it. Yet:

{nine}

{results}

Errors are per point, in data units; giving every point the mean of the data is an error of {spread:.3f}.
KL in nats per point. "Ordered" means that the latent follows the curve from one end to the other.

## The answer

**The noise was fixed, and too high.** Squares as a loss are a normal likelihood with a variance of ½, while
the curve's largest principal variance is {np.linalg.eigvalsh(np.cov(x.T, bias=True))[-1]:.3f}. At that noise
the best possible model, whatever its networks, ignores its latents: {flat}. The doctor proves this for these
data without training anything (see [the certificate](../doctor/certificate.md)). Cross-entropy in cell 29 is
not even a density here, and has the same optimum.

**Switching off the KL is no cure.** Cells 40 to 42 draw the curve, but nothing ties their latents to the
prior, so there is nothing to sample from; and one latent alone folds: neighbors on the curve land far apart.

**Learning the noise is not enough either.** From random weights a fit that learns σ mostly stays at the
collapsed optimum, or folds. elbax first teaches both networks a map that keeps distances along the curve,
then trains the plain bound.

## The cure, step by step

`elbax fit s-curve --preset s-curve-{told} --heal` fits as the notebook did, then follows the doctor:

{steps}

{cured}, in data units.

## The notebook's figures, before and after

Cell 29:

{parted.join(before)}

`VAE(latent_dim=1).fit(X)`, nothing else chosen (error {errors(default, x):.4f}):

{parted.join(best)}
""")


if __name__ == "__main__":
    main()
