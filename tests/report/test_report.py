"""The report: sections that suit the data, numbers that agree with the model, nothing fetched, escapes."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA

from elbax import VAE
from elbax.core.likelihoods import LIKELIHOODS
from elbax.data import Schema, as_array, choose_likelihood
from elbax.doctor import Diagnosis, Finding
from elbax.errors import InputError
from elbax.evaluate import ActiveUnits
from elbax.fit.choices import check_parameters
from elbax.fit.outcome import Outcome
from elbax.fit.plan import resolve
from elbax.report import Estimate, collect, render, write

PLANE = "The decoded latent plane"
TRAVERSALS = "The effect of each latent"
COLUMNS = "Columns, real and sampled"
PICTURES = ["Inputs and reconstructions", "Samples from the prior"]


class Reader(HTMLParser):
    """Collect what a browser would fetch, the headings, the alternative texts and the visible text."""

    def __init__(self, page: str):
        super().__init__()
        self.fetched, self.headings, self.alts, self.tags, self.text, self._stack = [], [], [], set(), "", []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self._stack.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        self.alts += [value for name, value in attrs if name == "alt"]

    def handle_endtag(self, tag):
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, data):
        if "script" in self._stack or "style" in self._stack:
            return
        self.text += data
        if self._stack and self._stack[-1] == "h2":
            self.headings.append(data.strip())


class Linear(VAE):
    """Principal components behind the estimator's surface: sections are tested without compiling anything."""

    def fit(self, X, y=None):
        x, columns = as_array(X)
        x = x[..., None] if x.ndim == 3 else x
        self.schema_, self.context_schema_ = Schema.of(x, columns), None
        self.likelihood_, self.likelihood_reason_ = choose_likelihood(self.schema_)
        self.plan_ = resolve(check_parameters(self.get_params()), self.schema_, None, len(x), 0)
        self.outcome_ = Outcome(0, 0, (-2.0,), None, 2, 2, False, 1.0, None, len(x), 0)
        self.event_shape_, self.n_features_in_ = x.shape[1:], x[0].size
        self.pca_ = PCA(self.latent_dim, whiten=True, random_state=0).fit(x.reshape(len(x), -1))
        posterior = SimpleNamespace(has_density=True, bounded=False)
        self.module_ = SimpleNamespace(posterior=posterior, latent_dim=self.latent_dim)
        self.n_parameters_, self.seed_ = self.pca_.components_.size, 0
        steps = {"epoch": [1, 2], "seconds": [0.5, 1.0]}
        self.history_ = pd.DataFrame(steps | {name: [2.0, 1.0] for name in ("loss", "reconstruction", "kl")})
        return self

    def transform(self, X, *, context=None):
        x = np.asarray(X)
        return self.pca_.transform(x.reshape(len(x), -1))

    def inverse_transform(self, Z, *, context=None):
        return self.pca_.inverse_transform(Z).reshape(-1, *self.event_shape_)

    def reconstruct(self, X, *, context=None):
        return self.inverse_transform(self.transform(X))

    def sample(self, n_samples=1, *, context=None, noise=True, random_state=None):
        z = np.random.default_rng(random_state).normal(size=(n_samples, self.latent_dim))
        return self.inverse_transform(z)

    def elbo(self, X, *, context=None):
        kl = 0.5 * (self.transform(X) ** 2).sum(axis=1)
        return pd.DataFrame({"reconstruction": np.ones(len(kl)), "kl": kl, "elbo": -1 - kl})

    measure_elbo = elbo

    def score_samples(self, X, n_importance=100, *, context=None):
        return self.elbo(X)["elbo"].to_numpy()

    def active_units(self, X, *, context=None):
        z = self.transform(X)
        return ActiveUnits(z.var(axis=0), (0.5 * z**2).mean(axis=0), np.full(z.shape[1], 0.01))

    def diagnose(self, X, *, context=None, validation_data=None, probes=True):
        return Diagnosis((Finding("undertrained", 1.5, 0.25, "gained <1.5> nats", "train on"),), VAE(), -1.0)


def fitted(x, latent_dim):
    return Linear(latent_dim).fit(x)


@pytest.fixture(scope="module")
def digits():
    images = load_digits().images[:200]
    return images / images.max(), load_digits().target[:200]


@pytest.fixture(scope="module")
def image_report(digits):
    x, labels = digits
    vae = VAE(2, hidden=(16,), epochs=3, random_state=0, verbose=0).fit(x)
    return vae, collect(vae, x, labels, validation=x[:50], title="Digits <script>alert(1)</script> & more")


def test_images_with_two_latents(image_report):
    _, content = image_report
    page = Reader(render(content))
    assert page.headings[-4:] == ["KL of each latent", PLANE, *PICTURES]
    first = ["How good the fit is", "What the doctor says", "What was fitted", "Losses by epoch"]
    assert page.headings[:4] == first
    assert "Latent means of 200 rows" in page.headings
    assert len(page.alts) == 5 and all(page.alts)


@pytest.mark.parametrize("latent_dim", [1, 14])
def test_images_with_other_numbers_of_latents(digits, latent_dim):
    x, labels = digits
    page = render(collect(fitted(x, latent_dim), x, labels))
    assert TRAVERSALS in Reader(page).headings and PLANE not in Reader(page).headings
    assert "gained &lt;1.5&gt; nats" in page  # what the doctor says, escaped
    assert page.count("<select") == (0 if latent_dim == 1 else 2)
    assert page.count("<option") == (0 if latent_dim == 1 else 24)


def test_the_name_of_the_labels_is_shown(digits):
    x, labels = digits
    page = render(collect(fitted(x, 2), x, pd.Series(labels, name="digit & more")))
    assert '"labelName": "digit \\u0026 more"' in page and "colored by digit &amp; more" in page


def test_a_validation_that_was_trained_on_is_called_that(digits):
    x, _ = digits
    vae = fitted(x, 2)
    assert "no longer held out" not in render(collect(vae, x[50:], validation=x[:50]))
    vae.outcome_ = replace(vae.outcome_, best_epoch=0, gain=(-1.0, 0.5), n_held_out=50)
    assert "validation rows are no longer held out" in render(collect(vae, x[50:], validation=x[:50]))
    assert "no longer held out" not in render(collect(vae, x))


def test_every_channel_has_its_number():
    x = np.random.default_rng(0).normal(size=(40, 6, 6, 25)).astype(np.float32)
    (channels,) = (figure for figure in collect(fitted(x, 3), x).figures if figure.title == "Channels of one image")
    written = [tick.get_text() for tick in channels.figure.axes[0].get_xticklabels()]
    assert written == ["0", "2", "4", "7", "9", "11", "13", "15", "17", "20", "22", "24"]
    assert channels.reading.startswith("12 of 25 channels")


def test_table_with_names():
    iris = load_iris(as_frame=True)
    content = collect(fitted(iris.data, 2), iris.data, iris.target_names[iris.target], data_name="Iris")
    headings = Reader(render(content)).headings
    assert COLUMNS in headings and not set(PICTURES) & set(headings)
    axes = content.figures[-1].figure.axes
    assert [panel.get_xlabel() for panel in axes if panel.get_visible()] == list(iris.data.columns)
    assert content.facts["Data"]["Name"] == "Iris"


def test_a_full_evaluation_is_a_section(digits, evaluation):
    x, _ = digits
    page = render(collect(fitted(x, 2), x, evaluation=("test", evaluation)))
    reader = Reader(page)
    assert "Full evaluation on test rows" in reader.headings
    assert "−4.00 ± 0.20" in reader.text and "has not converged" in reader.text
    assert "&lt;constant&gt; model" in page and "<constant>" not in page
    assert [alt for alt in reader.alts if "curve that rises" in alt or "least rate" in alt] == reader.alts[:2]


@pytest.mark.parametrize("named", [False, True])
def test_two_columns_are_drawn_in_the_plane(s_curve, named):
    x = pd.DataFrame(s_curve, columns=["east (km)", "north (km)"]) if named else s_curve
    content = collect(fitted(x, 1), x, s_curve[:, 0])
    titles = [figure.title for figure in content.figures]
    assert titles == [
        "KL of each latent",
        "Data, reconstructions and samples",
        "The curve that the latent traces",
        "The first latent over the whole plane",
        COLUMNS,
    ]
    assert content.figures[1].figure.axes[0].get_xlabel() == ("east (km)" if named else "x₁ (data units)")
    assert "log p(x) is a density" in Reader(render(content)).text


def test_nothing_is_fetched(image_report):
    page = render(image_report[1])
    assert all(source.startswith("data:image/png;base64,") for source in Reader(page).fetched)
    own = re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.DOTALL)  # the first is plotly.js
    assert len(own) < len(page) / 2
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttpRequest", own)
    assert "default-src 'none'" in page


def test_text_is_escaped(image_report, digits):
    vae, content = image_report
    page = render(content)
    assert "<script>alert" not in page
    assert "Digits <script>alert(1)</script> & more" in unescape(page)
    labels = np.where(digits[1] > 4, "</script><img src=x onerror=alert(1)>", "b")
    hostile = render(collect(vae, digits[0], labels))
    assert "<img src=x" not in hostile and "</script><img" not in hostile


def test_numbers_agree_with_the_model(image_report, digits):
    vae, content = image_report
    terms = vae.measure_elbo(digits[0])
    measured = content.metrics["training"]
    assert measured["elbo"].mean == pytest.approx(terms["elbo"].mean(), rel=1e-5)
    assert measured["elbo"].mean == pytest.approx(-(measured["kl"].mean + measured["reconstruction"].mean), rel=1e-5)
    assert measured["log_likelihood"].mean == pytest.approx(vae.score(digits[0]), rel=1e-5)
    assert content.metrics["validation"]["kl"].rows == 50
    assert content.bits is None
    text = Reader(render(content)).text
    assert f"{measured['elbo'].mean:.1f}".replace("-", "−") in text


def test_discrete_data_have_bits_per_dimension():
    x = (load_digits().data[:100] > 7).astype(np.float32)
    content = collect(fitted(x, 2), x)
    expected = -content.metrics["training"]["elbo"].mean / (64 * np.log(2))
    assert content.bits == {"training": pytest.approx(expected)}
    assert f"{expected:.4f} bits" in Reader(render(content)).text


def test_labels_must_match(image_report, digits):
    with pytest.raises(InputError, match="labels must have one entry per row of x, 200; got 3"):
        collect(image_report[0], digits[0], [1, 2, 3])


def test_one_row_has_no_standard_error():
    assert np.isnan(Estimate.of([2.0]).error)


def test_write_is_whole(image_report, tmp_path):
    path = tmp_path / "report.html"
    write(image_report[1], path)
    assert path.read_text(encoding="utf-8").endswith("</html>\n") or path.read_text().endswith("</html>")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_an_unnormalised_likelihood_is_called_that(digits):
    x, _ = digits
    vae = fitted(x, 2)
    vae.likelihood_ = LIKELIHOODS["binary_cross_entropy"]()
    content = collect(vae, x)
    assert content.bits is None
    assert "not normalized" in Reader(render(content)).text
