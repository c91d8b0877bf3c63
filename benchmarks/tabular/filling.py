"""Filling: planted models with exact conditional means, and real tables beside other methods."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

import elbax
from benchmarks.tabular.tables import TABLES

CASES = (("MCAR", 0.1), ("MCAR", 0.3), ("MCAR", 0.5), ("MAR", 0.3))  # pattern and share of gaps
MOST_ROWS = 1000  # of a real table
PLANTED_ROWS = 1000
DRAWS = 50  # of each gap, for intervals
DEFAULTS = {"random_state": 0, "verbose": 0}
MIWAE_MASKS = 10
MIWAE = {"latent_dim": 10, "hidden": (128, 128), "likelihood": "student_t"}  # as in arXiv 1812.02633


def planted_normal(seed: int, n: int = PLANTED_ROWS) -> tuple[np.ndarray, list[tuple[float, np.ndarray, np.ndarray]]]:
    """Rows of a factor model of eight columns, and its weight, mean and covariance."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(3, 8))
    covariance = loadings.T @ loadings + np.diag(rng.uniform(0.2, 1, 8))
    parts = [(1.0, rng.normal(size=8), covariance)]
    return _draw(parts, n, rng), parts


def planted_mixture(seed: int, n: int = PLANTED_ROWS) -> tuple[np.ndarray, list[tuple[float, np.ndarray, np.ndarray]]]:
    """Rows of a mixture of three normals in five columns, and its parts."""
    rng = np.random.default_rng(seed)
    parts = []
    for weight in (0.5, 0.3, 0.2):
        loadings = rng.normal(size=(2, 5))
        parts.append((weight, rng.normal(0, 3, 5), loadings.T @ loadings + 0.3 * np.eye(5)))
    return _draw(parts, n, rng), parts


def _draw(parts: list, n: int, rng: np.random.Generator) -> np.ndarray:
    which = rng.choice(len(parts), n, p=[weight for weight, _, _ in parts])
    draws = np.stack([rng.multivariate_normal(mean, covariance, n) for _, mean, covariance in parts])
    return draws[which, np.arange(n)]


def exact_means(x: np.ndarray, hidden: np.ndarray, parts: list) -> np.ndarray:
    """X with each hidden cell at its exact mean given the others, by Bayes' rule over the parts."""
    filled = x.copy()
    for i, gaps in enumerate(hidden):
        if not gaps.any():
            continue
        there, logs, means = ~gaps, [], []
        for weight, mean, covariance in parts:
            inner = covariance[np.ix_(there, there)]
            there_x = x[i, there] - mean[there]
            solved = np.linalg.solve(inner, there_x) if there.any() else there_x
            means.append(mean[gaps] + covariance[np.ix_(gaps, there)] @ solved)
            logs.append(np.log(weight) + (multivariate_normal.logpdf(there_x, cov=inner) if there.any() else 0))
        weights = np.exp(np.array(logs) - np.max(logs))
        filled[i, gaps] = weights @ np.array(means) / weights.sum()
    return filled


def hide(frame: pd.DataFrame, share: float, pattern: str, seed: int) -> np.ndarray:
    """Cells to hide, (n, d), besides those that are gaps: at random, or the more the higher the first column is."""
    rng, (n, d) = np.random.default_rng(seed), frame.shape
    if pattern == "MCAR":
        return (rng.random((n, d)) < share) & frame.notna().to_numpy()
    first = frame.iloc[:, 0]
    rank = (pd.Series(pd.factorize(first, sort=True)[0]).rank(method="average") / n).to_numpy()
    chance = np.clip(2 * share * rank, 0, 0.95)
    hidden = rng.random((n, d)) < chance[:, None]
    hidden[:, 0] = False  # what the gaps depend on is seen
    return hidden & frame.notna().to_numpy()


def real_tables() -> dict[str, Callable[[], pd.DataFrame]]:
    """Six tables; of large ones the first 1,000 training rows."""

    def bundled(load: Callable) -> Callable[[], pd.DataFrame]:
        return lambda: load(as_frame=True).data

    def ours(name: str) -> Callable[[], pd.DataFrame]:
        return lambda: TABLES[name].split()[0][:MOST_ROWS]

    return {
        "breast cancer": bundled(load_breast_cancer),
        "wine": bundled(load_wine),
        "diabetes": bundled(load_diabetes),
        "penguins": ours("penguins"),
        "randhie": ours("randhie"),
        "adult": ours("adult"),
    }


class Codes:
    """A mixed table as numbers in units of their deviation and one-hot levels, for methods that need numbers.

    Without the last level of each label where ``all_levels`` is false: methods that predict one column from the others
    would else find the sum of levels, and leave gaps, in which all are missing at once, as they first filled them.
    """

    def __init__(self, frame: pd.DataFrame, *, all_levels: bool = True):
        self.frame, self.all_levels = frame, all_levels
        self.numeric = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
        self.mean, self.std = frame[self.numeric].mean(), frame[self.numeric].std().replace(0, 1)
        self.levels = {name: sorted(frame[name].dropna().unique()) for name in frame if name not in self.numeric}

    def encode(self) -> np.ndarray:
        parts = [((self.frame[self.numeric] - self.mean) / self.std).to_numpy(float)]
        for name, levels in self.levels.items():
            column = self.frame[name]
            kept = levels if self.all_levels else levels[:-1]
            marks = np.stack([(column == level).to_numpy(float) for level in kept], axis=1)
            parts.append(np.where(column.isna().to_numpy()[:, None], np.nan, marks))
        return np.hstack(parts)

    def decode(self, codes: np.ndarray) -> pd.DataFrame:
        d = len(self.numeric)
        columns = {name: codes[:, j] * self.std[name] + self.mean[name] for j, name in enumerate(self.numeric)}
        for name, levels in self.levels.items():
            width = len(levels) if self.all_levels else len(levels) - 1
            marks = codes[:, d : d + width]
            if not self.all_levels:
                marks = np.column_stack([marks, 1 - marks.sum(axis=1)])
            columns[name] = np.array(levels, object)[marks.argmax(axis=1)]
            d += width
        return pd.DataFrame(columns)[list(self.frame)]


def _by_codes(imputer: Any, *, all_levels: bool = True) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def fill(frame: pd.DataFrame) -> pd.DataFrame:
        codes = Codes(frame, all_levels=all_levels)
        return codes.decode(imputer.fit_transform(codes.encode()))

    return fill


def _miss_forest(frame: pd.DataFrame) -> pd.DataFrame:
    """PyPI's MissForest, with the forests of the paper; it takes labels as numbers."""
    from missforest import MissForest

    levels, numbers = Codes(frame).levels, frame.copy()
    for name, own in levels.items():
        numbers[name] = pd.Categorical(frame[name], own).codes
        numbers[name] = numbers[name].where(numbers[name] >= 0).astype(float)
    forests = {"n_estimators": 100, "random_state": 0}
    model = MissForest(
        RandomForestClassifier(**forests), RandomForestRegressor(**forests), list(levels) or None, verbose=0
    )
    filled = model.fit_transform(numbers)[list(frame)]
    return filled.assign(**{name: np.array(own, object)[filled[name].astype(int)] for name, own in levels.items()})


def _elbax(frame: pd.DataFrame, **settings: Any) -> pd.DataFrame:
    """All numbers by means, as the other methods do: errors are squares."""
    return elbax.VAE(**{**DEFAULTS, **settings}).fit(frame).impute(frame, statistic="mean")


METHODS: dict[str, Callable[..., pd.DataFrame]] = {
    "elbax": _elbax,
    "mean and mode": _by_codes(SimpleImputer()),
    "IterativeImputer": _by_codes(IterativeImputer(random_state=0, max_iter=20), all_levels=False),
    "20 neighbors": _by_codes(KNNImputer(n_neighbors=20)),
    "MissForest": _miss_forest,
}


def errors(truth: pd.DataFrame, filled: pd.DataFrame, hidden: np.ndarray) -> tuple[float, float]:
    """Standardized RMSE of hidden numbers and error rate of hidden labels; NaN without any."""
    squares, wrong = [], []
    for j, name in enumerate(truth):
        rows = hidden[:, j]
        real, made = truth[name][rows], pd.Series(np.asarray(filled[name]))[rows]
        if pd.api.types.is_numeric_dtype(truth[name]):
            squares.append(((made.astype(float).to_numpy() - real.to_numpy(float)) / (truth[name].std() or 1)) ** 2)
        else:
            wrong.append(made.astype(str).to_numpy() != real.astype(str).to_numpy())
    parts = [np.concatenate(part) if part else np.array([np.nan]) for part in (squares, wrong)]
    return float(np.sqrt(parts[0].mean())), float(parts[1].mean())


def coverage(vae: elbax.VAE, frame: pd.DataFrame, truth: pd.DataFrame, hidden: np.ndarray) -> float:
    """Share of hidden numbers inside the central 95% of their draws."""
    numeric = [j for j, name in enumerate(frame) if pd.api.types.is_numeric_dtype(frame[name])]
    draws = np.stack([one.iloc[:, numeric].to_numpy(float) for one in vae.impute(frame, DRAWS)])
    # Positions p (n + 1) among n draws: the central 95% of few draws are 95% of their law.
    low, high = np.quantile(draws, [0.025, 0.975], axis=0, method="weibull")
    real = truth.iloc[:, numeric].to_numpy(float)
    return float(((low <= real) & (real <= high))[hidden[:, numeric]].mean())


def _hidden(frame: pd.DataFrame, hidden: np.ndarray) -> pd.DataFrame:
    return frame.astype({name: float for name in frame.select_dtypes("number")}).mask(hidden)


def planted(name: str, settings: dict[str, Any], seed: int) -> dict[str, float]:
    """Errors of elbax beside those of the exact conditional means, and the coverage of its intervals."""
    x, parts = (planted_normal if name == "normal" else planted_mixture)(seed)
    truth = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])])
    hidden = hide(truth, 0.3, "MCAR", seed)
    frame = _hidden(truth, hidden)
    exact = pd.DataFrame(exact_means(x, hidden, parts), columns=truth.columns)
    vae = elbax.VAE(**{**DEFAULTS, **settings}).fit(frame)
    found = {"exact": errors(truth, exact, hidden)[0], "elbax": errors(truth, vae.impute(frame), hidden)[0]}
    return found | {"coverage": coverage(vae, frame, truth, hidden)}


def measure(name: str, pattern: str, share: float, fill: Callable[..., pd.DataFrame], seed: int) -> dict[str, float]:
    """Errors of one method on one real table, and its seconds."""
    truth = real_tables()[name]().reset_index(drop=True)
    hidden = hide(truth, share, pattern, seed)
    start = time.perf_counter()
    number, label = errors(truth, fill(_hidden(truth, hidden)), hidden)
    return {"number": number, "label": label, "seconds": time.perf_counter() - start}


def miwae(mask: int, settings: dict[str, Any]) -> float:
    """Mean squared error of MIWAE's table: standardized breast cancer, half of the cells hidden (published: .287)."""
    x = load_breast_cancer(as_frame=True).data
    truth = (x - x.mean()) / x.std(ddof=0)
    hidden = np.random.default_rng(mask).random(truth.shape) < 0.5
    frame = truth.mask(hidden)
    filled = elbax.VAE(**{**DEFAULTS, **MIWAE, **settings}).fit(frame).impute(frame)
    return float(np.square(filled.to_numpy() - truth.to_numpy())[hidden].mean())


def run(
    methods: Sequence[str],
    settings: dict[str, Any],
    record: dict[str, Any],
    save: Callable[[], None],
    only: Sequence[str],
) -> None:
    """Add what the record lacks: planted models, real tables, MIWAE's table; only the tables named, if any."""
    for name in ("normal", "mixture"):
        if wanted(name, only) and name not in record.setdefault("planted", {}):
            record["planted"][name] = planted(name, settings, 0)
            save()
    for name in (name for name in real_tables() if wanted(name, only)):
        for case in CASES:
            scores = record.setdefault("real", {}).setdefault(f"{name}, {case[0]}, {case[1]:.0%}", {})
            for method in (method for method in methods if method not in scores):
                fill = partial(_elbax, **settings) if method == "elbax" else METHODS[method]
                scores[method] = measure(name, *case, fill, 0)
                print(name, *case, method, scores[method], flush=True)
                save()
    masks = record.setdefault("MIWAE", [])
    while wanted("MIWAE", only) and len(masks) < MIWAE_MASKS:
        masks.append(miwae(len(masks), settings))
        save()


def wanted(name: str, only: Sequence[str]) -> bool:
    """Whether a part is to be measured: all are, unless some are named."""
    return not only or name in only
