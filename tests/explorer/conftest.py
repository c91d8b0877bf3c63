"""Small models of each form of rows, and pages of them."""

import numpy as np
import pandas as pd
import pytest

import elbax
from elbax.explorer import Page, Rows, Session

SETTINGS = {"hidden": (8,), "random_state": 0, "verbose": 0, "epochs": 4, "init": "random"}


def people(n: int = 160) -> pd.DataFrame:
    """A table of labels, numbers, dates and gaps; incomes of M are higher."""
    rng = np.random.default_rng(0)
    sex = rng.choice(["F", "M"], n)
    frame = pd.DataFrame(
        {"sex": sex, "age": rng.integers(18, 80, n), "income": rng.gamma(9, 100, n) + 900 * (sex == "M")}
    )
    frame["joined"] = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, n), "D")
    frame["city"] = rng.choice(["Oslo", "Rome", "Lima"], n)
    for name in ("age", "city"):
        frame.loc[rng.choice(n, 12, replace=False), name] = None
    return frame


def make_table() -> Session:
    """A mixed table with gaps, three latents."""
    frame = people()
    vae = elbax.VAE(latent_dim=3, decoder_sees="before", **SETTINGS).fit(frame)
    return Session(vae, Rows.of(frame, pd.Series(frame["sex"], name="sex")), title="people")


def make_images() -> Session:
    """Squares of two sizes, 6 × 6."""
    rng = np.random.default_rng(0)
    size, x = rng.integers(0, 2, 90), rng.uniform(0, 0.2, (90, 6, 6))
    x[:, 2:4, 2:4] += 0.7
    x[size == 1, 1:5, 1:5] = 0.9
    vae = elbax.VAE(likelihood="normal", **SETTINGS).fit(x.astype(np.float32))
    return Session(vae, Rows.of(x.astype(np.float32), size), title="squares")


def make_series() -> Session:
    """Waves of two series."""
    rng = np.random.default_rng(0)
    t = np.linspace(0, 6, 12)
    phase = rng.uniform(0, 6, 70)[:, None]
    x = np.stack([np.sin(t + phase), np.cos(t + phase)], axis=-1) + rng.normal(0, 0.1, (70, 12, 2))
    vae = elbax.VAE(axes="tc", likelihood="normal", **SETTINGS).fit(x)
    return Session(vae, Rows.of(x), title="waves")


def make_conditional() -> Session:
    """Numbers whose mean is a label's and a dose's."""
    rng = np.random.default_rng(0)
    context = pd.DataFrame({"kind": rng.choice(["low", "high"], 120), "dose": rng.normal(size=120)})
    x = rng.normal(size=(120, 3)) + 5 * (context["kind"] == "high").to_numpy()[:, None] + context[["dose"]].to_numpy()
    vae = elbax.VAE(latent_dim=1, likelihood="normal", **SETTINGS).fit(x, context=context)
    return Session(vae, Rows.of(x, context=context), title="doses")


MAKERS = {"table": make_table, "images": make_images, "series": make_series, "conditional": make_conditional}


@pytest.fixture(scope="package")
def sessions():
    """A function that makes the session of a name once."""
    made: dict[str, Session] = {}

    def session(name: str) -> Session:
        if name not in made:
            made[name] = MAKERS[name]()
        return made[name]

    return session


@pytest.fixture
def table(sessions) -> Session:
    return sessions("table")


@pytest.fixture
def page(table) -> Page:
    return Page(table)
