"""Comparison of fitted models, and of simple ones, on the same held-out rows."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from elbax import plots
from elbax.checks import check_integer
from elbax.data import as_array
from elbax.errors import InputError
from elbax.estimator import VAE
from elbax.evaluate import Estimate, SimpleModels
from elbax.types import Batch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST_ROWS = 5


@dataclass(frozen=True, eq=False)
class Comparison:
    """Log-densities of the same rows under several models, nats, the best model first.

    It renders itself as a table with ``str`` and in notebooks, and `plot` draws it.

    Attributes:
        log_prob: log p(x) of each row, one column per model, (n, models).
        simple: names of the models that are simple ones.
        note: a reservation, or an empty text.
    """

    log_prob: pd.DataFrame
    simple: tuple[str, ...]
    note: str = ""

    @classmethod
    def of(cls, log_prob: Mapping[str, np.ndarray], simple: Sequence[str] = ()) -> Self:
        """Sort models by their mean log-density.

        Example:
            >>> Comparison.of({"a": [-3.0, -3.0], "b": [-1.0, -2.0]}).best
            'b'
        """
        frame = pd.DataFrame({name: np.asarray(values, np.float64) for name, values in log_prob.items()})
        order = frame.mean().sort_values(ascending=False, kind="stable").index
        return cls(frame[order], tuple(simple))

    @property
    def best(self) -> str:
        """The model with the largest mean log-density."""
        return str(self.log_prob.columns[0])

    def difference(self, a: str, b: str) -> Estimate:
        """The mean over rows of log p(x) under ``a`` minus that under ``b``, with its standard error."""
        for name in (a, b):
            if name not in self.log_prob:
                raise InputError(f"expected a model among {', '.join(self.log_prob)}; got {name!r}")
        return Estimate.of(self.log_prob[a] - self.log_prob[b])

    def is_noise(self, a: str, b: str) -> bool:
        """Whether zero lies in the 95% interval of the difference."""
        difference = self.difference(a, b)
        return not abs(difference.mean) > difference.half_width

    @property
    def table(self) -> pd.DataFrame:
        """One row per model: mean log p(x), its error, the difference to the best model, the error of that, nats."""
        means = {name: Estimate.of(self.log_prob[name]) for name in self.log_prob}
        differences = {name: self.difference(name, self.best) for name in self.log_prob}
        rows = {
            name: {
                "log_prob": means[name].mean,
                "error": means[name].error,
                "difference": differences[name].mean,
                "difference_error": differences[name].error,
                "verdict": self._verdict(name),
            }
            for name in self.log_prob
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")

    @property
    def summary(self) -> str:
        """Which differences to the best model are noise, in a sentence, with the reservation if there is one."""
        return f"{self._verdicts}; {self.note}" if self.note else self._verdicts

    @property
    def _verdicts(self) -> str:
        others = list(self.log_prob)[1:]
        if not others:
            return f"{self.best} is the only model; compare it with others, or pass train= for simple ones"
        noise = [name for name in others if self.is_noise(name, self.best)]
        rows = f"on these {len(self.log_prob):,} rows"
        if not noise:
            return f"{self.best} is better than every other model {rows} beyond noise"
        differ = [name for name in others if name not in noise]
        equal = f"{_listed(noise)} cannot be told from {self.best} {rows}: their differences are noise"
        if len(noise) == 1:
            equal = f"{noise[0]} cannot be told from {self.best} {rows}: their difference is noise"
        return f"{equal}; {_listed(differ)} {'is' if len(differ) == 1 else 'are'} worse" if differ else equal

    def plot(self) -> "Figure":
        """Draw the differences to the best model with their 95% intervals."""
        names = list(self.log_prob)
        differences = [self.difference(name, self.best) for name in names]
        means, widths = zip(*((difference.mean, difference.half_width) for difference in differences), strict=True)
        return plots.paired_differences(names, means, widths, simple=self.simple)

    def to_json(self) -> dict[str, Any]:
        """The table as JSON values, with the summary."""
        models = self.table.reset_index().to_dict(orient="records")
        return {
            "n_rows": len(self.log_prob),
            "units": "nats per row; errors are standard errors over rows",
            "models": [model | {"simple": model["model"] in self.simple} for model in models],
            "summary": self.summary,
        }

    def lines(self) -> list[tuple[str, str, str, str]]:
        """Cells of the table: model, log p(x), difference to the best model, verdict."""
        return [
            (
                name,
                Estimate.of(self.log_prob[name]).text(),
                "" if name == self.best else self.difference(name, self.best).text(),
                self._verdict(name),
            )
            for name in self.log_prob
        ]

    def __str__(self) -> str:
        """Headings, one line per model, and the summary; tabs separate cells."""
        return "\n".join([*("\t".join(cells) for cells in (HEADINGS, *self.lines())), self.summary])

    def _repr_html_(self) -> str:
        rows = [f"<tr>{''.join(f'<th>{heading}</th>' for heading in HEADINGS)}</tr>"]
        rows += [f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in line)}</tr>" for line in self.lines()]
        return f"<table>{''.join(rows)}</table><p>{html.escape(self.summary)}</p>"

    def _verdict(self, name: str) -> str:
        if name == self.best:
            return "best"
        return "as good, by these rows" if self.is_noise(name, self.best) else "worse"


HEADINGS = ("model", "log p(x), nats per row", "less than the best", "verdict")


def compare(models, X, *, train=None, context=None, n_importance=100) -> Comparison:
    """Compare fitted models on the same rows, which none of them has been fitted to.

    Each row's log p(x) is an importance-weighted estimate (arXiv 1509.00519), as in `VAE.score_samples`. Differences
    are paired: row by row, so that rows that are hard for all models add no error.

    Args:
        models: fitted estimators by name, or a list of them.
        X: held-out rows, at least five.
        train: the training rows, to which simple models are fitted: independent columns, probabilistic PCA, factor
            analysis with as many latents as the largest model, and a full normal; None leaves them out.
        context: the context of X, for the conditional models among them.
        n_importance: samples per row.

    Raises:
        InputError: there are too few models or rows, or their log-densities do not compare.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(60, 3))
        >>> settings = {"epochs": 2, "hidden": (8,), "random_state": 0, "verbose": 0}
        >>> models = {f"{k} latents": VAE(k, **settings).fit(x[:40]) for k in (1, 2)}
        >>> sorted(compare(models, x[40:]).table.index)
        ['1 latents', '2 latents']
    """
    models = _named(models)
    n_importance = check_integer("n_importance", n_importance)
    check_comparable(models)
    log_prob = {
        name: vae.score_samples(X, n_importance, context=None if vae.context_schema_ is None else context)
        for name, vae in models.items()
    }
    lengths = {len(values) for values in log_prob.values()}
    if lengths != {max(lengths)} or max(lengths) < FEWEST_ROWS:
        raise InputError(f"a comparison needs at least {FEWEST_ROWS} rows; got {min(lengths)}")
    simple = {}
    if train is not None and not any(vae.module_.exposure for vae in models.values()):
        vae = max(models.values(), key=lambda vae: vae.module_.latent_dim)
        rows, train = (vae.schema_.encode(as_array(data)[0]) for data in (X, train))
        module = vae.module_
        scores = SimpleModels.of(
            module.likelihood, vae.schema_.summary, train, Batch(rows), log_ratios=module.log_ratios
        )
        simple = {score.title: score.log_prob for score in scores.log_probs(vae.module_.latent_dim)}
    return Comparison.of(log_prob | simple, tuple(simple))


def _named(models: Any) -> dict[str, VAE]:
    """Models by name; a list gets names from the settings that differ, or numbers."""
    if isinstance(models, VAE):
        models = [models]
    if not isinstance(models, Mapping):
        models = {f"model {i}": model for i, model in enumerate(models, 1)}
    if not models:
        raise InputError("models must have at least one fitted model; got none")
    for name, vae in models.items():
        if not isinstance(vae, VAE):
            raise InputError(f"models must be fitted VAEs; {name!r} is a {type(vae).__name__}")
        check_is_fitted(vae, "module_")
    return {str(name): vae for name, vae in models.items()}


def check_comparable(models: Mapping[str, VAE]) -> None:
    """Refuse models whose scores are not log-densities of the same values with respect to the same measure."""
    for name, vae in models.items():
        if not vae.likelihood_.proper:
            raise InputError(f"{name!r} has a loss, not a density ({vae.likelihood_.name}); leave it out")
        if not vae.module_.posterior.has_density:
            raise InputError(f"{name!r} is a plain autoencoder, which has no log p(x); leave it out")
    for (a, first), (b, second) in pairwise(models.items()):
        if first.event_shape_ != second.event_shape_:
            raise InputError(
                f"{a!r} has rows of shape {first.event_shape_} and {b!r} of {second.event_shape_}; compare models of "
                "the same columns"
            )
        _check_columns(a, first, b, second)


def _check_columns(a: str, first: VAE, b: str, second: VAE) -> None:
    """Refuse two models that have densities of other columns, or a density where the other has a probability."""
    n, other = first.schema_.n_features, second.schema_.n_features
    if n != other:
        raise InputError(
            f"{a!r} has a density of {n} columns and {b!r} of {other}, since tied columns are left out of one; fit "
            "both with the same ties"
        )
    discrete = [[vae.module_.likelihood.has_masses(j) for j in range(n)] for vae in (first, second)]
    for column in np.flatnonzero(np.not_equal(*discrete)):
        kinds = ("a probability", "a density") if discrete[0][column] else ("a density", "a probability")
        raise InputError(
            f"{first.schema_.describe(int(column))} has {kinds[0]} in {a!r} and {kinds[1]} in {b!r}, which do not "
            "compare; fit both with likelihoods of the same kind"
        )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
