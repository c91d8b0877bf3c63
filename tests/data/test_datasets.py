import os
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets

from elbax.data import dataset_names, datasets, describe, load
from elbax.errors import InputError

FETCHED = ("mnist", "adult")
ROOT = os.environ.get("ELBAX_DATA")


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No ELBAX_DATA, an empty cache, and ``answers`` in place of OpenML."""
    monkeypatch.delenv("ELBAX_DATA", raising=False)
    monkeypatch.setattr(datasets, "_mnist_cache", lambda: tmp_path / "cache" / "mnist.npz")
    answers = []

    def fetch(**options):
        answer = answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    return answers


@pytest.mark.parametrize("name", [name for name in dataset_names() if name not in FETCHED])
def test_local_data_sets_match_their_descriptions_and_repeat(name):
    data = load(name)
    assert data.x.shape == describe(name).shape
    assert len(data.labels) == len(data.x)
    assert (data.columns is not None) == (describe(name).kind == "table")
    np.testing.assert_array_equal(data.x, load(name).x)


def test_s_curve_follows_its_equation():
    data = load("s-curve")
    t = 3 * np.pi * (data.labels - 0.5)
    np.testing.assert_allclose(data.x[:, 0], (1 + np.sin(t)) / 2)
    np.testing.assert_allclose(data.x[:, 1], (np.sign(t) * (np.cos(t) - 1) + 2) / 4)


def test_unknown_name_suggests_a_near_one():
    with pytest.raises(InputError, match="unknown data set 'iriss'; did you mean 'iris'"):
        describe("iriss")


@pytest.mark.parametrize("name", FETCHED)
def test_no_network_says_what_to_do(offline, name):
    offline.append(URLError("no route"))
    with pytest.raises(InputError, match=f"{name} is not on this machine.*no route.*ELBAX_DATA.*`digits`"):
        load(name)


def fake_mnist(monkeypatch):
    pixels = np.arange(3 * 784).reshape(3, 784) % 251
    monkeypatch.setattr(datasets, "_MNIST_TRAIN", 2)
    monkeypatch.setattr(datasets, "_genuine", lambda x: np.array_equal(x, pixels.astype(np.uint8)))
    return SimpleNamespace(data=pixels, target=np.array(["5", "0", "4"], object))


def test_mnist_is_fetched_once_and_kept(offline, monkeypatch):
    offline.append(fake_mnist(monkeypatch))
    first, second = load("mnist"), load("mnist")  # a second fetch would pop from an empty list
    assert first.x.shape == (2, 28, 28, 1)
    assert first.x.dtype == np.uint8
    assert first.labels.tolist() == [5, 0]
    assert first.test_labels.tolist() == [4]
    np.testing.assert_array_equal(first.test_x, second.test_x)


def test_a_damaged_cache_is_fetched_again(offline, monkeypatch):
    answer = fake_mnist(monkeypatch)
    offline += [answer, answer]
    load("mnist")
    datasets._mnist_cache().write_bytes(b"PK damaged")
    assert load("mnist").x.shape == (2, 28, 28, 1)
    assert not offline


def test_a_download_that_is_not_mnist_is_refused(offline, monkeypatch):
    offline.append(SimpleNamespace(data=np.zeros((3, 784)), target=np.zeros(3)))
    with pytest.raises(InputError, match="SHA-256 differs"):
        load("mnist")
    assert not datasets._mnist_cache().exists()


def test_adult_keeps_numeric_columns(offline):
    frame = pd.DataFrame({"age": [39, 50], "job": ["a", "b"]})
    offline.append(SimpleNamespace(data=frame, target=pd.Series([">50K", "<=50K"])))
    data = load("adult")
    assert data.columns == ("age",)
    assert data.labels.tolist() == [">50K", "<=50K"]


@pytest.mark.skipif(not (ROOT and Path(ROOT, "mnist").is_dir()), reason="ELBAX_DATA holds no mnist folder")
def test_real_mnist_has_the_published_bytes():
    data = load("mnist")
    assert data.x.shape == describe("mnist").shape
    assert data.test_x.shape == (10_000, 28, 28, 1)
    assert datasets._genuine(np.concatenate([data.x, data.test_x]))


@pytest.mark.skipif(not (ROOT and Path(ROOT, "adult").is_dir()), reason="ELBAX_DATA holds no adult folder")
def test_real_adult():
    data = load("adult")
    assert data.x.shape == describe("adult").shape
    assert set(data.labels) == {"<=50K", ">50K"}
