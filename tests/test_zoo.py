"""docs/zoo.md: every variant on the page is built as it is written there, trains, and gets better."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import elbax
from elbax.core.likelihoods import LIKELIHOODS, Normal
from elbax.core.objectives import OBJECTIVES
from elbax.core.priors import PRIORS, Flow, StandardNormal
from elbax.errors import InputError

PAGE = (Path(__file__).parents[1] / "docs" / "zoo.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (?P<variant>.+?) \| (?P<paper>.+?) \| (?P<data>\w+) \| `(?P<call>elbax\.VAE\(.*\))` \|$",
    re.MULTILINE,
)
ROWS = [found.groupdict() for found in ROW.finditer(PAGE)]
N = 48
# As little as shows that a loss falls: the page's widths and numbers of samples are for real data.
SMALL = {"hidden": (8,), "epochs": 12, "batch_size": 16, "learning_rate": 1e-2, "init": "random"}
SMALL |= {"schedule": "constant", "validation_fraction": 0.0, "random_state": 0, "verbose": 0}


def made(kind):
    """Rows that two latents explain."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(N, 2)) @ rng.normal(size=(2, 4)) + 0.1 * rng.normal(size=(N, 4))
    unit = 1 / (1 + np.exp(-latent))
    table = pd.DataFrame({"real": latent[:, 0], "visits": rng.poisson(np.exp(latent[:, 3]))})
    table["amount"] = np.where(latent[:, 1] > 0, np.exp(latent[:, 1]), 0.0)
    table["kind"] = np.where(latent[:, 2] > 0, "a", "b")
    gap = rng.random(latent.shape) < 0.1
    return {
        "numbers": latent,
        "images": unit.reshape(N, 2, 2).repeat(4, axis=1).repeat(4, axis=2),
        "bytes": (255 * unit).astype(np.uint8).reshape(N, 2, 2),
        "binary": (latent > 0).astype(float),
        "counts": rng.poisson(np.exp(latent)).astype(float),
        "table": table.mask(gap),
        "gaps": pd.DataFrame(latent, columns=list("abcd")).mask(gap),
    }[kind]


def few(call):
    """The call with fewer samples, components and latents than on the page."""
    call = re.sub(r"\b(k=)(50|20)\b|\b(components=)100\b", lambda m: (m[1] or m[3]) + "5", call)
    return call.replace("(100, 50)", "(4, 2)").replace("latent_dim=150", "latent_dim=6").replace("(320,)", "(8,)")


def test_the_page_shows_thirty_variants_of_at_most_five_lines():
    assert len(ROWS) >= 30 and len({row["variant"] for row in ROWS}) == len(ROWS)
    assert len(ROWS) == PAGE.count("| `elbax.VAE(")
    for row in ROWS:
        assert re.search(r"arXiv \d{4}\.\d{5}|arXiv \d{4}\.\d{4}|\b(19|20)\d\d\b", row["paper"]), row


@pytest.mark.parametrize("row", ROWS, ids=[row["variant"] for row in ROWS])
def test_a_variant_trains_and_gets_better(row):
    call, _, arguments = few(row["call"]).partition(".fit")
    x = made(row["data"])
    y = np.arange(N) % 2
    vae = eval(call, {"elbax": elbax})
    linear = vae.hidden == ()
    vae.set_params(**SMALL | ({"hidden": ()} if linear else {}))
    history = eval(f"vae.fit{arguments or '(X)'}", {"vae": vae, "X": x, "y": y}).history_
    loss = what_falls(vae, history)
    assert loss.iloc[-3:].mean() < loss.iloc[0]
    if isinstance(x, pd.DataFrame):
        assert not vae.impute(x).isna().any(axis=None)
        assert set(vae.sample(200).get("kind", "a")) <= {"a", "b"}


def what_falls(vae, history):
    """What is smaller the better a variant is trained."""
    if vae.objective.startswith("capacity"):  # the KL divergence is brought to the capacity, whatever the ELBO loses
        nats = float(re.search(r"nats=(\d+)", vae.objective)[1])
        return (history["kl"] - nats).abs()
    # What a warm-up, a multiplier or a classifier makes of the loss is not the same at the beginning and at the end.
    moving = vae.warmup > 0 or re.match("geco|density_ratio", vae.objective)
    return -history["elbo"] if moving else history["loss"]


def test_classes_of_ones_own_are_parts_once_they_are_registered(tmp_path):
    class Wide(StandardNormal):
        name = "wide"

    class Harsh(Normal):
        name = "harsh"

    vae = elbax.VAE(prior=Wide(), likelihood=Harsh(), **SMALL)
    with pytest.raises(
        InputError,
        match="unknown prior Wide: a class of your own must first be registered.*elbax.register\\(Wide\\)",
    ):
        vae.fit(made("numbers"))
    with pytest.raises(InputError, match="unknown posterior Flow: a class"):  # a prior has that name too
        elbax.VAE(posterior=Flow(), **SMALL).fit(made("numbers"))
    elbax.register(Wide)
    try:
        with pytest.raises(InputError, match="unknown likelihood Harsh: a class of your own"):
            vae.fit(made("numbers"))
        elbax.register(Harsh)
        vae.fit(made("numbers")).save(tmp_path / "model")
        loaded = elbax.load(tmp_path / "model")
        assert isinstance(loaded.module_.prior, Wide) and isinstance(loaded.module_.likelihood, Harsh)
        np.testing.assert_array_equal(loaded.transform(made("numbers")), vae.transform(made("numbers")))
    finally:
        del PRIORS["wide"]
        LIKELIHOODS.pop("harsh", None)


def test_the_page_adds_one_more():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(code[code.index("class ") :].strip().splitlines()) <= 13
    names: dict = {}
    exec(code, names)
    try:
        # Both lower the same loss; the penalty pulls codes towards zero.
        spread = [
            np.abs(vae.set_params(**SMALL | {"epochs": 60}).fit_transform(made("numbers"))).mean()
            for vae in (elbax.VAE(beta=0.5), names["vae"])
        ]
    finally:
        del OBJECTIVES["sparse"]
    assert spread[1] < 0.8 * spread[0]
