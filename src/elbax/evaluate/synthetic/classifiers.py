"""Two classifiers of coded rows, and areas under ROC curves with their errors."""

from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

from elbax.evaluate.estimate import Estimate

_MOST_LEVELS = 255  # that scikit-learn's trees take as categories
_RARE = 5  # rows; levels of fewer are one for logistic regression


def boosted_trees(x: np.ndarray, categorical: np.ndarray, seed: int, *, regression: bool = False) -> Any:
    """scikit-learn's histogram gradient boosting for rows x (n, d); a category of too many levels is a number."""
    few = np.array([marked and _highest(x[:, j]) < _MOST_LEVELS for j, marked in enumerate(categorical)], bool)
    maker = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    return maker(categorical_features=few, random_state=seed)


def logistic_regression(n: int, categorical: np.ndarray) -> Any:
    """Logistic regression for n rows on numbers, their normal scores, marks of gaps, and one-hot levels."""
    scores = QuantileTransformer(n_quantiles=min(200, n), output_distribution="normal", random_state=0)
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    numbers = make_pipeline(fill, make_union(scores, "passthrough"), StandardScaler())
    levels = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=_RARE)
    parts = [(numbers, np.flatnonzero(~categorical)), (levels, np.flatnonzero(categorical))]
    columns = make_column_transformer(*[part for part in parts if len(part[1])])
    return make_pipeline(columns, LogisticRegression(max_iter=300))


def auc(positive: np.ndarray, negative: np.ndarray) -> Estimate:
    """The area under the ROC curve of two samples of scores, with its error (DeLong et al. 1988).

    Example:
        >>> auc(np.array([2.0, 3.0]), np.array([0.0, 1.0])).mean
        1.0
    """
    ranks = rankdata(np.concatenate([positive, negative]))
    above = (ranks[: len(positive)] - rankdata(positive)) / len(negative)
    below = 1 - (ranks[len(positive) :] - rankdata(negative)) / len(positive)
    variance = sum(values.var(ddof=1) / len(values) for values in (above, below) if len(values) > 1)
    return Estimate(float(above.mean()), float(np.sqrt(variance)), len(ranks))


def _highest(values: np.ndarray) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
