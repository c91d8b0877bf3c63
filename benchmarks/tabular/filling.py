"""Filling: planted models with exact conditional means, and real tables beside other methods."""

from collections.abc import Callable
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

SHARES, PATTERNS = (0.1, 0.3, 0.5), ("MCAR", "MAR")
MOST_ROWS = 2000
DRAWS = 50  # of each gap, for intervals
MIWAE_MASKS = 10


def planted_normal(seed: int, n: int = 3000) -> tuple[np.ndarray, list[tuple[float, np.ndarray, np.ndarray]]]:
    """Rows of a factor model of eight columns, and its weight, mean and covariance."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(3, 8))
    covariance = loadings.T @ loadings + np.diag(rng.uniform(0.2, 1, 8))
    parts = [(1.0, rng.normal(size=8), covariance)]
    return _draw(parts, n, rng), parts


def planted_mixture(seed: int, n: int = 3000) -> tuple[np.ndarray, list[tuple[float, np.ndarray, np.ndarray]]]:
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
    """Six tables; of large ones the first 2,000 training rows."""

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
    """A mixed table as numbers in units of their deviation and one-hot levels, for methods that need numbers."""

    def __init__(self, frame: pd.DataFrame):
        self.frame = frame
        self.numeric = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
        self.mean, self.std = frame[self.numeric].mean(), frame[self.numeric].std().replace(0, 1)
        self.levels = {name: sorted(frame[name].dropna().unique()) for name in frame if name not in self.numeric}

    def encode(self) -> np.ndarray:
        parts = [((self.frame[self.numeric] - self.mean) / self.std).to_numpy(float)]
        for name, levels in self.levels.items():
            column = self.frame[name]
            marks = np.stack([(column == level).to_numpy(float) for level in levels], axis=1)
            parts.append(np.where(column.isna().to_numpy()[:, None], np.nan, marks))
        return np.hstack(parts)

    def decode(self, codes: np.ndarray) -> pd.DataFrame:
        d = len(self.numeric)
        columns = {name: codes[:, j] * self.std[name] + self.mean[name] for j, name in enumerate(self.numeric)}
        for name, levels in self.levels.items():
            columns[name] = np.array(levels, object)[codes[:, d : d + len(levels)].argmax(axis=1)]
            d += len(levels)
        return pd.DataFrame(columns)[list(self.frame)]


def _by_codes(imputer: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def fill(frame: pd.DataFrame) -> pd.DataFrame:
        codes = Codes(frame)
        return codes.decode(imputer.fit_transform(codes.encode()))

    return fill


def _miss_forest(frame: pd.DataFrame) -> pd.DataFrame:
    from missforest import MissForest

    codes = Codes(frame)
    forests = {"n_estimators": 100, "random_state": 0}
    model = MissForest(
        RandomForestClassifier(**forests),
        RandomForestRegressor(**forests),
        categorical=list(codes.levels) or None,
        verbose=0,
    )
    return model.fit_transform(frame.copy())[list(frame)]


def _elbax(frame: pd.DataFrame) -> pd.DataFrame:
    return elbax.VAE(random_state=0, verbose=0).fit(frame).impute(frame)


METHODS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "elbax": _elbax,
    "mean and mode": _by_codes(SimpleImputer()),
    "IterativeImputer": _by_codes(IterativeImputer(random_state=0, max_iter=20)),
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


def coverage(frame: pd.DataFrame, truth: pd.DataFrame, hidden: np.ndarray) -> float:
    """Share of hidden numbers inside the central 95% of their draws."""
    vae = elbax.VAE(random_state=0, verbose=0).fit(frame)
    numeric = [j for j, name in enumerate(frame) if pd.api.types.is_numeric_dtype(frame[name])]
    draws = np.stack([one.iloc[:, numeric].to_numpy(float) for one in vae.impute(frame, DRAWS)])
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    real = truth.iloc[:, numeric].to_numpy(float)
    return float(((low <= real) & (real <= high))[hidden[:, numeric]].mean())


def _hidden(frame: pd.DataFrame, hidden: np.ndarray) -> pd.DataFrame:
    return frame.astype({name: float for name in frame.select_dtypes("number")}).mask(hidden)


def run(methods: list[str], seed: int = 0) -> dict[str, Any]:
    """All parts: planted, real, MIWAE's table, coverage."""
    found: dict[str, Any] = {"planted": {}, "real": {}}
    for name, plant in (("normal", planted_normal), ("mixture", planted_mixture)):
        x, parts = plant(seed)
        truth = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])])
        hidden = hide(truth, 0.3, "MCAR", seed)
        frame = _hidden(truth, hidden)
        scores = {method: errors(truth, METHODS[method](frame), hidden)[0] for method in methods}
        exact = errors(truth, pd.DataFrame(exact_means(x, hidden, parts), columns=truth.columns), hidden)[0]
        found["planted"][name] = {"exact": exact, **scores, "coverage": coverage(frame, truth, hidden)}
        print(name, found["planted"][name], flush=True)
    for name, load in real_tables().items():
        truth = load().reset_index(drop=True)
        for pattern in PATTERNS:
            for share in SHARES:
                hidden = hide(truth, share, pattern, seed)
                frame = _hidden(truth, hidden)
                scores = {method: errors(truth, METHODS[method](frame), hidden) for method in methods}
                found["real"][f"{name}, {pattern}, {share:.0%}"] = scores
                print(name, pattern, share, scores, flush=True)
    found["MIWAE"] = [miwae(mask) for mask in range(MIWAE_MASKS)]
    return found


def miwae(seed: int) -> float:
    """Mean squared error of MIWAE's table: standardized breast cancer, half of the cells hidden (published: .287)."""
    x = load_breast_cancer(as_frame=True).data
    truth = (x - x.mean()) / x.std(ddof=0)
    hidden = np.random.default_rng(seed).random(truth.shape) < 0.5
    filled = elbax.VAE(random_state=seed, verbose=0).fit(truth.mask(hidden)).impute(truth.mask(hidden))
    return float(np.square(filled.to_numpy() - truth.to_numpy())[hidden].mean())
