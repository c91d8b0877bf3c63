"""What the progress line says."""

from types import SimpleNamespace

import pandas as pd
import pytest

from elbax.callbacks import ProgressBar
from elbax.core.posteriors import DiagonalNormal, Point
from elbax.train.trainer import Progress


@pytest.mark.parametrize(
    ("posterior", "shown"),
    [(DiagonalNormal(), "ELBO -1.00  rec 1.00  KL 0.00 nats"), (Point(), "rec 1.00 nats")],
)
def test_a_plain_autoencoder_has_no_elbo(posterior, shown):
    bar = ProgressBar()
    latest = {"elbo": -1.0, "reconstruction": 1.0, "kl": 0.0}
    bar(Progress(9, 10, 1, 2, latest, pd.DataFrame(), SimpleNamespace(posterior=posterior)))
    assert bar._bar.tasks[0].fields["terms"] == shown
