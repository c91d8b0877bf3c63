"""Bad input: one clear sentence each, and nothing half-written.

``python tests/test_bad_input.py`` writes docs/bad_inputs.md from the same table.
"""

import errno
import gzip
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import equinox as eqx
import jax
import numpy as np
import numpyro.distributions as dist
import pandas as pd
import pytest
from typer.testing import CliRunner

import elbax
from elbax import VAE, load_data
from elbax.cli import app
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood, Normal, Support
from elbax.core.vae import NETWORKS
from elbax.data.array_files import WRITERS
from elbax.data.readers import READERS
from elbax.errors import InputError, one_of

PAGE = Path(__file__).parents[1] / "docs" / "bad_inputs.md"
ROWS = np.random.default_rng(0).normal(size=(30, 3))
KINDS = ["cat", "dog"] * 15
SMALL = {"hidden": (4,), "epochs": 1, "random_state": 0, "verbose": 0}


class Case(NamedTuple):
    """What is wrong, what a person would have typed, the call itself, and words the message must hold."""

    name: str
    typed: str
    call: Callable[[], object]
    words: str


def fit(x=ROWS, **settings):
    return lambda: VAE(**{**SMALL, **settings}).fit(x)


def conditional(use: Callable[[VAE], object], context=KINDS):
    """Fit with context, then do something."""
    return lambda: use(VAE(**SMALL).fit(ROWS, context=context))


def command(line: str):
    """Run a command line; raise what it says, and check how it says it."""

    def call():
        result = CliRunner().invoke(app, line.split())
        assert result.exit_code == 2, result.output
        message = result.stderr.strip()
        assert message.startswith("elbax: ") and "\n" not in message
        raise InputError(message.removeprefix("elbax: "))

    return call


def changed(column: int, value: float) -> np.ndarray:
    x = ROWS.copy()
    x[4, column] = value
    return x


def file(name: str, content: bytes | str, then: Callable[[], object] | None = None):
    """Write a file in the current folder, then load it (or do something else)."""

    def call():
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return then() if then else load_data(name)

    return call


def model(damage: Callable[[Path], object]):
    """Save a model, damage it, load it."""

    def call():
        fit()().save("model")
        damage(Path("model"))
        return elbax.load("model")

    return call


def of_format(number: int):
    def rewrite(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "format": number}))

    return rewrite


def cut(name: str):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:100])


def failing(function: str, number: int, call: Callable[[], object]):
    """Make an operating-system call fail while something runs."""

    def wrapped():
        error = OSError(number, os.strerror(number))
        with mock.patch(function, side_effect=error):
            return call()

    return wrapped


def npz_of(**arrays) -> Callable[[], object]:
    def call():
        np.savez("data.npz", **arrays)
        return load_data("data.npz")

    return call


def images_of_two_sizes():
    from PIL import Image

    Path("folder").mkdir()
    for i, side in enumerate((4, 5)):
        Image.new("L", (side, side)).save(f"folder/{i}.png")
    return load_data("folder")


def broken_image():
    Path("folder").mkdir()
    Path("folder/a.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    return load_data("folder")


def saved_npy(name: str, size: int) -> bytes:
    np.save(name, ROWS)
    return Path(name).read_bytes()[:size]


def truncated(name: str, size: int):
    def call():
        data = saved_npy("whole.npy", size)
        return file(name, data)()

    return call


def occupied():
    Path("run").mkdir()
    Path("run/notes.txt").write_text("mine")
    return command("fit iris --out run")()


def laplace():
    """A likelihood of somebody else with a scale below zero."""

    class Laplace(AbstractLikelihood):
        name = "laplace"
        scale: float = eqx.field(static=True, default=1.0)
        support = Support()

        def distribution(self, outputs):
            return dist.Laplace(outputs, self.scale)

    with mock.patch.dict(LIKELIHOODS._parts, {"laplace": Laplace}):
        return fit(likelihood="laplace(scale=-1)")()


def pixels(top: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, top + 1, (30, 4, 4), dtype=np.uint8)


FRAME = pd.DataFrame(ROWS, columns=["a", "b", "c"])
BESIDE = pd.DataFrame({"kind": KINDS, "age": ROWS[:, 0]})
CSV = "a,b,kind\n" + "".join(f"{i},{i % 7},{'xy'[i % 2]}\n" for i in range(30))
IDX_HEADER = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (5, 4, 4))

CASES = [
    # Values
    Case("infinity", "VAE().fit(x)", fit(changed(1, np.inf)), "column 1 (row 4)"),
    Case(
        "NaN at transform",
        "vae.transform(x)",
        lambda: fit()().transform(changed(0, np.nan)),
        "NaN or infinite",
    ),
    Case(
        "beyond single precision",
        "VAE().fit(x)",
        fit(changed(1, 1e39)),
        "a value beyond ±3.4e38, the range of single precision, in column 1 (row 4); divide",
    ),
    Case(
        "too small for single precision",
        "VAE().fit(1e-35 * x)",
        fit(1e-35 * ROWS),
        "too little for single precision; multiply it by 9e+34",
    ),
    Case(
        "context beyond single precision",
        "VAE().fit(x, context=c)",
        conditional(lambda vae: None, changed(1, 1e39)),
        "column 1 of context is 1e+39 in row 4, beyond the range of single precision",
    ),
    Case("a negative seed", "VAE(random_state=-1)", fit(random_state=-1), "random_state must be None, an integer"),
    Case(
        "a seed that is text",
        'vae.sample(random_state="a")',
        lambda: fit()().sample(random_state="a"),
        "random_state must be None, an integer from 0",
    ),
    Case(
        "a setting that a distribution refuses",
        'VAE(likelihood="laplace(scale=-1)")',
        laplace,
        "got invalid scale parameter",
    ),
    Case("no rows", "VAE().fit(None)", fit(None), "x is None; pass rows"),
    Case(
        "a share that leaves one row",
        "VAE(validation_fraction=0.999).fit(x)",
        fit(validation_fraction=0.999),
        "leaves 1 of 30 rows to train on",
    ),
    Case("a dict of columns", 'VAE().fit({"a": [1, 2]})', fit({"a": [1, 2]}), "pass a data frame"),
    Case("the name of data", 'VAE().fit("digits")', fit("digits"), "x is of type str"),
    Case("no source", "load_data(None)", lambda: load_data(None), "source must be the name of a data set, or a path"),
    Case(
        "another model than the one that continues",
        "VAE(warm_start=True).fit(x).set_params(latent_dim=3).fit(x)",
        lambda: fit(warm_start=True)().set_params(latent_dim=3).fit(ROWS),
        "latent_dim was 2 when this model was made and is 3 now",
    ),
    Case(
        "another model than that of earlier passes",
        'VAE().partial_fit(x).set_params(likelihood="student_t").partial_fit(x)',
        lambda: VAE(**SMALL).partial_fit(ROWS).set_params(likelihood="student_t").partial_fit(ROWS),
        "likelihood was 'normal' when",
    ),
    Case("no folder", "elbax.load(None)", lambda: elbax.load(None), "path must be the path of a folder; got None"),
    Case(
        "latent points that are text",
        'vae.inverse_transform("a")',
        lambda: fit(init="random")().inverse_transform("a"),
        "latent points must be numbers",
    ),
    Case("a constant column", "VAE().fit(frame)", fit(FRAME.assign(b=1.0)), "--drop b"),
    Case("no rows", "VAE().fit(x)", fit(np.empty((0, 3))), "0"),
    Case("no columns", "VAE().fit(x)", fit(np.empty((5, 0))), "0"),
    Case("one row", "VAE().fit(x)", fit(ROWS[:1]), "at least 2"),
    Case("all columns constant", "VAE().fit(x)", fit(np.ones((9, 2))), "constant"),
    Case("one dimension", "VAE().fit(x)", fit(np.arange(9.0)), "Expected 2D array"),
    Case("five dimensions", "VAE().fit(x)", fit(np.zeros((2, 2, 2, 2, 2))), "pass one letter for each axis"),
    Case("complex numbers", "VAE().fit(x)", fit(ROWS + 1j), "omplex"),
    # Values outside the likelihood's support
    Case(
        "bytes for a Bernoulli",
        'VAE(likelihood="bernoulli").fit(images)',
        fit(pixels(255), likelihood="bernoulli"),
        "DiscretizedLogistic(levels=256)",
    ),
    Case(
        "reals for a continuous Bernoulli",
        'VAE(likelihood="continuous_bernoulli").fit(x)',
        fit(likelihood="continuous_bernoulli"),
        "needs [0, 1]",
    ),
    Case(
        "fractions for counts",
        'VAE(likelihood="poisson").fit(x)',
        fit(abs(ROWS), likelihood="poisson"),
        "fractions",
    ),
    Case(
        "negative counts",
        'VAE(likelihood="negative_binomial").fit(x)',
        fit(np.round(9 * ROWS), likelihood="negative_binomial"),
        "goes down to",
    ),
    Case(
        "too many levels",
        'VAE(likelihood="discretized_logistic").fit(x)',
        fit(pixels(255).astype(int) * 2, likelihood="discretized_logistic"),
        "goes up to",
    ),
    # Shapes that do not match what was fitted
    Case(
        "other columns",
        "vae.transform(x[:, :2])",
        lambda: fit()().transform(ROWS[:, :2]),
        "expecting 3 features",
    ),
    Case(
        "other images",
        "vae.transform(images)",
        lambda: fit(pixels(9))().transform(pixels(9)[:, :3]),
        "shape",
    ),
    Case(
        "windows or images",
        "VAE().fit(windows)",
        lambda: VAE(**SMALL).fit(np.random.default_rng(0).normal(size=(30, 24, 2))),
        "pass axes='yx' for images, or axes='tc' for windows",
    ),
    Case(
        "channels first or last",
        "VAE().fit(images)",
        lambda: VAE(**SMALL).fit(np.random.default_rng(0).normal(size=(30, 4, 4, 4))),
        "pass axes='yxc' (channels last) or axes='cyx' (first)",
    ),
    Case(
        "unknown axes",
        'VAE(axes="hwc").fit(images)',
        lambda: VAE(axes="hwc", **SMALL).fit(pixels(9)),
        "axes must name each axis of a row by one letter",
    ),
    Case(
        "axes of a table",
        'VAE(axes="yxc").fit(x)',
        lambda: VAE(axes="yxc", **SMALL).fit(ROWS),
        "axes='yxc' names 3 axes of each row, but rows of x have shape (3,)",
    ),
    Case(
        "another value in a mask",
        "vae.transform(masks)",
        lambda: fit(pixels(1) * 255)().transform(pixels(1) * 254),
        "none of the values of the training rows, 0, 255",
    ),
    Case("latent points", "vae.inverse_transform(z)", lambda: fit()().inverse_transform(ROWS), "(n, 2)"),
    Case(
        "validation rows",
        "vae.fit(x, validation_data=y)",
        lambda: VAE(**SMALL).fit(ROWS, validation_data=ROWS[:, :2]),
        "validation_data: X has 2 features, but VAE is expecting 3 features",
    ),
    Case(
        "columns of validation rows",
        "vae.fit(df, validation_data=other)",
        lambda: VAE(**SMALL).fit(
            pd.DataFrame(ROWS, columns=["a", "b", "c"]),
            validation_data=pd.DataFrame(ROWS, columns=["b", "a", "c"]),
        ),
        "validation_data: X has its columns in another order",
    ),
    Case(
        "missing columns",
        "vae.transform(df[['a', 'd']])",
        lambda: VAE(**SMALL).fit(FRAME).transform(FRAME[["a", "b"]].set_axis(["a", "d"], axis=1)),
        "X lacks 'b', 'c', and has 'd', which fit had not; pass the columns 'a', 'b', 'c', in this order",
    ),
    # Context
    Case(
        "context forgotten",
        "vae.transform(x)",
        conditional(lambda vae: vae.transform(ROWS)),
        "pass context=…: a label among 'cat', 'dog'",
    ),
    Case(
        "context forgotten in sampling",
        "vae.sample(5)",
        conditional(lambda vae: vae.sample(5)),
        "pass context=…",
    ),
    Case(
        "context for a model without",
        "vae.transform(x, context=c)",
        lambda: fit()().transform(ROWS, context=KINDS),
        "fitted without context",
    ),
    Case(
        "a label never seen",
        'vae.sample(5, context="bird")',
        conditional(lambda vae: vae.sample(5, context="bird")),
        "known: 'cat', 'dog'",
    ),
    Case(
        "too few entries of context",
        "VAE().fit(x, context=c[:9])",
        conditional(lambda vae: None, KINDS[:9]),
        "one entry for each of 30 rows; got 9",
    ),
    Case(
        "a label is missing",
        "VAE().fit(x, context=c)",
        conditional(lambda vae: None, [None, *KINDS[1:]]),
        "no label in row 0",
    ),
    Case(
        "NaN in context",
        "VAE().fit(x, context=c)",
        conditional(lambda vae: None, changed(1, np.nan)),
        "column 1 of context is missing, NaN or infinite in row 4",
    ),
    Case(
        "a column of context is missing",
        'vae.sample(5, context={"kind": "cat"})',
        conditional(lambda vae: vae.sample(5, context={"kind": "cat"}), BESIDE),
        "no column 'age'",
    ),
    Case(
        "an unknown column of context",
        'vae.sample(5, context={"kind": "cat", "agee": 1})',
        conditional(lambda vae: vae.sample(5, context={"kind": "cat", "agee": 1}), BESIDE),
        "did you mean 'age'?",
    ),
    Case(
        "several entries and several samples",
        'vae.sample(5, context=["cat", "dog"])',
        conditional(lambda vae: vae.sample(5, context=["cat", "dog"])),
        "n_samples must be 1",
    ),
    Case(
        "validation rows without context",
        "vae.fit(x, context=c, validation_data=y)",
        lambda: VAE(**SMALL).fit(ROWS, context=KINDS, validation_data=ROWS),
        "a pair (rows, context)",
    ),
    Case(
        "context column",
        "elbax fit rows.csv --context kid",
        file("rows.csv", CSV, command("fit rows.csv --context kid")),
        "did you mean 'kind'?",
    ),
    Case(
        "context of a data set",
        "elbax fit digits --context class",
        command("fit digits --context class"),
        "known: labels",
    ),
    # Settings
    Case("no latents", "VAE(latent_dim=0)", fit(latent_dim=0), "latent_dim must be"),
    Case("half a latent", "VAE(latent_dim=1.5)", fit(latent_dim=1.5), "latent_dim must be"),
    Case("epochs", "VAE(epochs=0)", fit(epochs=0), "epochs must be"),
    Case("batch size", "VAE(batch_size=-1)", fit(batch_size=-1), "batch_size must be"),
    Case("learning rate", "VAE(learning_rate=0)", fit(learning_rate=0), "learning_rate must be"),
    Case("dropout", "VAE(dropout=1)", fit(dropout=1), "dropout must be"),
    Case("beta", "VAE(beta=-1)", fit(beta=-1), "beta must be"),
    Case("NaN for beta", 'VAE(beta=float("nan"))', fit(beta=float("nan")), "beta must be"),
    Case("free bits", "VAE(free_bits=-1)", fit(free_bits=-1), "free_bits must be"),
    Case("warm-up", "VAE(warmup=2)", fit(warmup=2), "warmup must be"),
    Case("weight decay", "VAE(weight_decay=-1)", fit(weight_decay=-1), "weight_decay must be"),
    Case("clipping", "VAE(clip_norm=0)", fit(clip_norm=0), "clip_norm must be"),
    Case("patience", "VAE(patience=-1)", fit(patience=-1), "patience must be"),
    Case(
        "validation share",
        "VAE(validation_fraction=1)",
        fit(validation_fraction=1),
        "validation_fraction must be",
    ),
    Case("which rows to hold out", 'VAE(validation="first")', fit(validation="first"), "unknown validation 'first'"),
    Case("ties", 'VAE(ties="remove")', fit(ties="remove"), "unknown ties 'remove'"),
    Case(
        "log-ratios without shares",
        'VAE(ties="log-ratio").fit(x)',
        fit(ties="log-ratio"),
        "needs columns above 0 that add up to one number",
    ),
    Case(
        "log-ratios of shares of 0",
        'VAE(ties="log-ratio").fit(shares)',
        fit(np.vstack([[0, 0.5, 0.5], np.random.default_rng(0).dirichlet(np.ones(3), 29)]), ties="log-ratio"),
        "is a share that is 0",
    ),
    Case(
        "a negative weight",
        "vae.fit(x, sample_weight=w)",
        lambda: VAE(**SMALL).fit(ROWS, sample_weight=np.where(np.arange(30) == 4, -1, 1)),
        "sample_weight is -1 in row 4",
    ),
    Case(
        "one group",
        "vae.fit(x, validation_groups=['A'] * 30)",
        lambda: VAE(**SMALL).fit(ROWS, validation_groups=["A"] * 30),
        "all rows in one group",
    ),
    Case(
        "a column of weights in images",
        "elbax fit digits --weights w",
        command("fit digits --weights w"),
        "has no columns to take apart",
    ),
    Case("restarts", "VAE(n_init=0)", fit(n_init=0), "n_init must be"),
    Case(
        "checkpoint interval",
        "VAE(checkpoint_seconds=-1)",
        fit(checkpoint_seconds=-1),
        "checkpoint_seconds must be",
    ),
    Case("widths", "VAE(hidden=(8, 0))", fit(hidden=(8, 0)), "hidden must be"),
    Case("widths as text", 'VAE(hidden="8")', fit(hidden="8"), "hidden must be"),
    Case(
        "no callback",
        'VAE().fit(X, callbacks=["loss"])',
        lambda: VAE(**SMALL).fit(ROWS, callbacks=["loss"]),
        "callbacks must be",
    ),
    Case("decoder widths", "VAE(decoder_hidden=64)", fit(decoder_hidden=64), "decoder_hidden must be"),
    Case("conv for a table", 'VAE(network="conv").fit(table)', fit(network="conv"), "conv"),
    Case("samples", "vae.sample(0)", lambda: fit()().sample(0), "n_samples must be"),
    Case(
        "samples of an evaluation",
        "vae.evaluate(x, n_importance=3)",
        lambda: fit()().evaluate(ROWS, n_importance=3),
        "at least 16",
    ),
    Case("few rows to evaluate", "vae.evaluate(x[:9])", lambda: fit()().evaluate(ROWS[:9]), "at least 20 rows"),
    Case(
        "a point has no bound",
        'VAE(posterior="point").fit(x).evaluate(x)',
        lambda: fit(posterior="point")().evaluate(ROWS),
        "posterior='point'",
    ),
    # Names
    Case(
        "a part without a name of its own",
        "elbax.register(MyNormal)",
        lambda: elbax.register(type("MyNormal", (Normal,), {})),
        "the likelihood 'normal' already exists; choose another name",
    ),
    Case("likelihood", 'VAE(likelihood="bernouli")', fit(likelihood="bernouli"), "did you mean 'bernoulli'?"),
    Case("network", 'VAE(network="cnn")', fit(network="cnn"), "unknown network 'cnn'"),
    Case("activation", 'VAE(activation="rellu")', fit(activation="rellu"), "did you mean 'relu'?"),
    Case("schedule", 'VAE(schedule="cosin")', fit(schedule="cosin"), "did you mean 'cosine'?"),
    Case("objective", 'VAE(objective="iwea(k=5)")', fit(objective="iwea(k=5)"), "did you mean 'iwae'?"),
    Case("samples of IWAE", 'VAE(objective="iwae(k=0)")', fit(objective="iwae(k=0)"), "k must be"),
    Case(
        "a weight that IWAE lacks",
        'VAE(objective="iwae", beta=2)',
        fit(objective="iwae", beta=2.0),
        "'iwae' has no beta",
    ),
    Case(
        "kind of gradient",
        'VAE(objective="iwae(gradient=reinforce)")',
        fit(objective="iwae(gradient=reinforce)"),
        "unknown gradient",
    ),
    Case("mix of bounds", 'VAE(objective="ciwae(beta=2)")', fit(objective="ciwae(beta=2)"), "from 0 to 1"),
    Case("target of GECO", 'VAE(objective="geco")', fit(objective="geco"), "needs target"),
    Case("kind of DIP", 'VAE(objective="dip(kind=3)")', fit(objective="dip(kind=3)"), "kind must be 1 or 2"),
    Case("kernel", 'VAE(objective="mmd(kernel=rbf)")', fit(objective="mmd(kernel=rbf)"), "unknown kernel 'rbf'"),
    Case(
        "a joint posterior has no marginals",
        'VAE(objective="total_correlation", posterior="full_normal")',
        fit(objective="total_correlation", posterior="full_normal"),
        "independent dimensions",
    ),
    Case(
        "covariances that are not independent",
        'VAE(objective="dip", posterior="full_normal")',
        fit(objective="dip", posterior="full_normal"),
        "independent dimensions",
    ),
    Case(
        "a gradient that classes lack",
        'VAE(objective="iwae(gradient=dreg)", posterior="categorical(classes=2)", prior="uniform")',
        fit(objective="iwae(gradient=dreg)", posterior="categorical(classes=2)", prior="uniform"),
        "use gradient=standard",
    ),
    Case(
        "weights within",
        'VAE(objective="elbo(beta=2)")',
        fit(objective="elbo(beta=2)"),
        "settings of their own",
    ),
    Case(
        "a point has no weights",
        'VAE(objective="iwae", posterior="point")',
        fit(objective="iwae", posterior="point"),
        "posterior='point' does not have",
    ),
    Case("posterior", 'VAE(posterior="pont")', fit(posterior="pont"), "did you mean 'point'?"),
    Case("prior", 'VAE(prior="mixtur")', fit(prior="mixtur"), "did you mean 'mixture'?"),
    Case(
        "a setting of a prior",
        'VAE(prior="mixture(k=3)")',
        fit(prior="mixture(k=3)"),
        "unknown setting of prior 'mixture': 'k'",
    ),
    Case(
        "no components",
        'VAE(prior="vamp(components=0)")',
        fit(prior="vamp(components=0)"),
        "components must be an integer of at least 1",
    ),
    Case(
        "layers of no width",
        'VAE(posterior="iaf(hidden=())")',
        fit(posterior="iaf(hidden=())"),
        "hidden must be a list of layer widths",
    ),
    Case(
        "a bracket left open",
        'VAE(prior="mixture(components=3")',
        fit(prior="mixture(components=3"),
        "'(' was never closed",
    ),
    Case(
        "a setting to be computed",
        'VAE(optimizer="adam(b1=1/2)")',
        fit(optimizer="adam(b1=1/2)"),
        "'1 / 2' is no number",
    ),
    Case("a number for a prior", "VAE(prior=5)", fit(prior=5), "prior must be a name"),
    Case(
        "kind of flow",
        'VAE(prior="flow(kind=couplin)")',
        fit(prior="flow(kind=couplin)"),
        "did you mean 'coupling'?",
    ),
    Case(
        "latents on a sphere with a normal prior",
        'VAE(posterior="von_mises_fisher")',
        fit(posterior="von_mises_fisher"),
        "needs prior='uniform'",
    ),
    Case(
        "latents anywhere with a uniform prior",
        'VAE(prior="uniform")',
        fit(prior="uniform"),
        "prior 'uniform' is for posteriors with bounds (categorical, quantized, von_mises_fisher)",
    ),
    Case(
        "a sphere of one dimension",
        'VAE(1, posterior="von_mises_fisher", prior="uniform")',
        fit(posterior="von_mises_fisher", prior="uniform", latent_dim=1),
        "latent_dim must be at least 2",
    ),
    Case(
        "groups of classes",
        'VAE(4, posterior="categorical(classes=3)", prior="uniform")',
        fit(posterior="categorical(classes=3)", prior="uniform", latent_dim=4),
        "latent_dim must be a multiple of the 3 classes",
    ),
    Case(
        "codes of two numbers",
        'VAE(3, posterior="quantized(code_dim=2)", prior="uniform")',
        fit(posterior="quantized(code_dim=2)", prior="uniform", latent_dim=3),
        "latent_dim must be a multiple of code_dim=2",
    ),
    Case(
        "stochastic layers",
        'VAE(8, posterior="layers(sizes=(4, 2))")',
        fit(posterior="layers(sizes=(4, 2))", latent_dim=8),
        "latent_dim must be 6",
    ),
    Case(
        "layers that do not meet",
        'VAE(6, posterior="layers(sizes=(4, 2))", prior="layers(sizes=(2, 4))")',
        fit(posterior="layers(sizes=(4, 2))", prior="layers(sizes=(2, 4))", latent_dim=6),
        "posterior and prior must have the same layers",
    ),
    Case(
        "a setting without its name",
        'VAE(objective="iwae(50)")',
        fit(objective="iwae(50)"),
        "as in iwae(k=…)",
    ),
    Case(
        "a posterior that cannot be pretrained",
        'VAE(posterior="iaf", init="geodesic")',
        fit(posterior="iaf", init="geodesic"),
        "init must be 'auto', 'linear' or 'random' with posterior 'iaf'",
    ),
    Case(
        "pseudo-inputs with context",
        'VAE(prior="vamp").fit(x, context=c)',
        lambda: VAE(**SMALL, prior="vamp").fit(ROWS, context=KINDS),
        "prior 'vamp' does not support a context",
    ),
    Case(
        "a prior that has nothing to fit",
        'vae.fit_prior(x, prior="standard_normal")',
        lambda: fit()().fit_prior(ROWS, prior="standard_normal"),
        "cannot be fitted after training",
    ),
    Case("precision", 'VAE(precision="float16")', fit(precision="float16"), "unknown precision"),
    Case("optimizer", 'VAE(optimizer="adm")', fit(optimizer="adm"), "did you mean 'adam'?"),
    Case(
        "setting of an optimizer",
        'VAE(optimizer="adam(epz=1)")',
        fit(optimizer="adam(epz=1)"),
        "did you mean 'eps'?",
    ),
    Case("warm-up shape", 'VAE(warmup_shape="line")', fit(warmup_shape="line"), "did you mean 'linear'?"),
    Case("data set", "elbax fit digit", command("fit digit"), "did you mean 'digits'?"),
    Case(
        "preset",
        "elbax fit mnist --preset notebok",
        command("fit mnist --preset notebok"),
        "did you mean 'notebook'?",
    ),
    # Files
    Case("no such file", 'load_data("rows.csv")', lambda: load_data("rows.csv"), "no file, folder or data set"),
    Case("unknown ending", 'load_data("rows.doc")', file("rows.doc", "1"), "expected .npy"),
    Case("empty file", 'load_data("rows.csv")', file("rows.csv", ""), "is empty"),
    Case("names only", 'load_data("rows.csv")', file("rows.csv", "a,b\n"), "names of columns but no rows"),
    Case("truncated .npy", 'load_data("rows.npy")', truncated("rows.npy", 200), "rows.npy"),
    Case("truncated .npz", 'load_data("rows.npz")', file("rows.npz", b"PK\x03\x04"), "rows.npz"),
    Case("pickled .npz", 'load_data("data.npz")', npz_of(x=np.array([{}, 1], object)), "data.npz"),
    Case(".npz of two arrays", 'load_data("data.npz")', npz_of(a=ROWS, b=ROWS), "name one of them x"),
    Case("ragged .csv", 'load_data("rows.csv")', file("rows.csv", "a,b\n1,2\n3,4,5,6\n"), "rows.csv"),
    Case(
        "two columns of one name",
        'load_data("rows.csv")',
        file("rows.csv", "a,b,b\n1,2,3\n4,5,6\n"),
        "called 'b'",
    ),
    Case("a table in Latin-1", 'load_data("rows.csv")', file("rows.csv", b"a,gr\xf6\xdfe\n1,2\n3,4\n"), "UTF-8"),
    Case(
        "a column to leave out",
        "elbax fit rows.csv --drop aeg",
        file("rows.csv", "age,b\n1,2\n3,4\n", command("fit rows.csv --drop aeg")),
        "did you mean 'age'?",
    ),
    Case(
        "a column to leave out of an array",
        "elbax fit rows.npy --drop age",
        file("rows.npy", b"-", command("fit rows.npy --drop age")),
        "needs a table",
    ),
    Case(
        "label column",
        "elbax fit rows.csv --label kid",
        file("rows.csv", "a,kind\n1,2\n3,4\n", command("fit rows.csv --label kid")),
        "did you mean 'kind'?",
    ),
    Case("truncated IDX", 'load_data("a-ubyte")', file("a-idx3-ubyte", IDX_HEADER + b"12"), "a-idx3-ubyte"),
    Case(
        "truncated gzip",
        'load_data("a-ubyte.gz")',
        file("a-idx3-ubyte.gz", gzip.compress(IDX_HEADER + bytes(range(80)))[:-20]),
        "a-idx3-ubyte.gz",
    ),
    Case("images of two sizes", 'load_data("folder")', images_of_two_sizes, "size"),
    Case("a broken image", 'load_data("folder")', broken_image, "a.png"),
    Case(
        "an empty folder",
        'load_data("folder")',
        lambda: Path("folder").mkdir() or load_data("folder"),
        "folder",
    ),
    # Models
    Case("no model", 'elbax.load("nowhere")', lambda: elbax.load("nowhere"), "not a model folder"),
    Case("a file of a model", 'elbax.load("a.json")', file("a.json", "1", lambda: elbax.load("a.json")), "is a file"),
    Case("newer model", 'elbax.load("model")', model(of_format(99)), "upgrade elbax"),
    Case(
        "older model",
        'elbax.load("model")',
        model(of_format(1)),
        "format 1, which this version no longer reads; fit",
    ),
    Case("damaged config", 'elbax.load("model")', model(cut("config.json")), "config.json"),
    Case("damaged weights", 'elbax.load("model")', model(cut("model.safetensors")), "model.safetensors"),
    Case(
        "missing weights",
        'elbax.load("model")',
        model(lambda f: (f / "model.safetensors").unlink()),
        "model.safetensors",
    ),
    # The disk
    Case(
        "full disk",
        'vae.save("model")',
        failing("os.fsync", errno.ENOSPC, lambda: fit()().save("model")),
        "no space left",
    ),
    Case(
        "full disk while fitting",
        "elbax fit iris",
        failing("os.fsync", errno.ENOSPC, command("fit iris --out run --epochs 1")),
        "no space left",
    ),
    Case(
        "no permission",
        "elbax fit iris",
        failing("pathlib.Path.mkdir", errno.EACCES, command("fit iris --out run")),
        "permission denied",
    ),
    Case("a folder in use", "elbax fit iris --out run", occupied, "exists and is not empty"),
    # Command lines and their files
    Case("no data", "elbax fit", command("fit"), "no data to fit"),
    Case(
        "not TOML",
        "elbax fit --config a.toml",
        file("a.toml", "epochs = = 2", command("fit --config a.toml")),
        "is not TOML",
    ),
    Case(
        "tracker",
        "elbax fit iris --tracker wandb",
        command("fit iris --tracker wandb"),
        "unknown tracker 'wandb'",
    ),
    Case(
        "unknown key",
        "elbax fit --config a.toml",
        file("a.toml", "epoch = 2", command("fit --config a.toml")),
        "did you mean 'epochs'?",
    ),
    Case(
        "wrong type in TOML",
        "elbax fit --config a.toml",
        file("a.toml", 'data = "iris"\nepochs = "2"', command("fit --config a.toml")),
        "epochs must be an integer",
    ),
    Case("no such config", "elbax fit --config a.toml", command("fit --config a.toml"), "a.toml"),
    Case("seed", "elbax fit iris --seed -1", command("fit iris --seed -1"), "seed must be"),
    Case(
        "no test rows",
        "elbax fit iris --validation test",
        command("fit iris --validation test"),
        "brings none",
    ),
    Case("not a run", "elbax info nowhere", command("info nowhere"), "not a run folder"),
    Case(
        "an encoder that is no network",
        "VAE(encoder=3)",
        fit(encoder=3),
        "an Equinox module, or a function",
    ),
    Case(
        "an encoder of the wrong size",
        "VAE(encoder=eqx.nn.MLP(3, 7, 8, 1, key=key))",
        fit(encoder=eqx.nn.MLP(3, 7, 8, 1, key=jax.random.key(0))),
        "must return shape",
    ),
    Case(
        "a decoder without a context",
        "VAE(decoder=eqx.nn.MLP(2, 3, 8, 1, key=key)).fit(x, context=kinds)",
        lambda: VAE(**SMALL, decoder=eqx.nn.MLP(2, 3, 8, 1, key=jax.random.key(0))).fit(ROWS, context=KINDS),
        "takes no context",
    ),
    Case(
        "a module to import that is not there",
        "elbax info run --import parts.py",
        command("info run --import parts.py"),
        "there is no such file",
    ),
    Case(
        "resume with settings",
        "elbax fit --resume run --epochs 9",
        command("fit --resume run --epochs 9"),
        "drop",
    ),
    Case("a word as a number", "elbax fit iris --epochs ten", command("fit iris --epochs ten"), "got 'ten'"),
    Case("a word as a share", "elbax fit iris --beta x", command("fit iris --beta x"), "beta must be a number"),
    Case(
        "unknown ending to write",
        "elbax sample run --out a.doc",
        command("sample run --out a.doc"),
        ".npy, .csv",
    ),
    Case(
        "no folder to write to",
        "elbax sample run --out b/a.npy",
        command("sample run --out b/a.npy"),
        "no folder",
    ),
]


def message_of(case: Case, folder: Path) -> str:
    """What the user reads, when working in an empty folder."""
    with chdir(folder), pytest.raises((InputError, TypeError)) as caught:
        case.call()
    return str(caught.value).replace(os.path.realpath(folder), "…")


def row(case: Case, message: str) -> str:
    *most, last = (reader.names for reader in READERS)
    lists = (*(", ".join(sorted(names)) for names in (LIKELIHOODS, NETWORKS)), f"{', '.join(most)} or {last}")
    for names in (*lists, one_of([*WRITERS, ".png"])):  # lists that grow
        message = message.replace(names, "…")
    cells = (case.name, f"`{case.typed}`", message)
    return " | ".join(cell.replace("|", "\\|") for cell in cells)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_clear_sentence(case, tmp_path):
    message = message_of(case, tmp_path)
    assert case.words in message
    assert "\n" not in message and len(message) < 450
    assert not list(tmp_path.rglob("*.tmp")) and not list(tmp_path.rglob("run/config.toml"))
    assert row(case, message) in PAGE.read_text(), "run python tests/test_bad_input.py"


def test_a_full_disk_leaves_the_earlier_model(tmp_path):
    fit()().save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match="no space left"):
        failing("os.fsync", errno.ENOSPC, lambda: fit(latent_dim=3)().save(tmp_path))()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def write_page() -> None:
    """The table for people: what is wrong, what was typed, what elbax says."""
    lines = [
        "# Bad input and what elbax says",
        "",
        "Written by `python tests/test_bad_input.py`; every row is a test.",
        "",
        "| what is wrong | typed | message |",
        "|---|---|---|",
    ]
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            lines.append(f"| {row(case, message_of(case, Path(folder)))} |")
    PAGE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_page()
