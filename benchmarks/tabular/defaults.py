"""The evidence for the defaults of tables: maps, held-out nats, synthetic rows and filling under several settings.

Each fit is to some rows of a table, and measured on others:

- −log p: nats a row, 64 importance samples.
- KL: nats that the latents carry.
- map: how well the ten nearest rows on the map predict a column, as a share of what there is to predict (accuracy of
  labels, variance of numbers); mean over columns.
- trees: AUC of boosted trees that tell sampled rows from unseen real ones; 0.5 is best.
- filling: of a third of the cells, counted as the map is.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

import elbax
from benchmarks.tabular.filling import hide
from benchmarks.tabular.quality import without_new_levels
from benchmarks.tabular.tables import TABLES
from elbax.evaluate.synthetic.coded_tables import CodedTables
from elbax.evaluate.synthetic.detection import detect

ROWS, TEST_ROWS = 1000, 400
LATENTS = (2,)
SETTINGS: dict[str, dict[str, Any]] = {name: {"decoder_sees": name} for name in ("any", "none", "before")}
SAMPLES, NEIGHBORS, HIDDEN = 64, 10, 0.33


def measure(name: str, latents: int, settings: dict[str, Any], seed: int) -> dict[str, float]:
    """One fit and its measures."""
    frame = TABLES[name].frame().sample(frac=1, random_state=0).reset_index(drop=True)
    n_test = min(TEST_ROWS, len(frame) // 4)
    train = frame[n_test : n_test + ROWS].reset_index(drop=True)
    test = without_new_levels(train, frame[:n_test]).reset_index(drop=True)
    start, gaps = time.process_time(), {"missing": "informative"} if train.isna().any(axis=None) else {}
    vae = elbax.VAE(latents, random_state=seed, verbose=0, **gaps, **settings).fit(train)
    seconds = time.process_time() - start
    hidden = hide(test, HIDDEN, "MCAR", seed)
    filled = vae.impute(test.astype({column: float for column in test.select_dtypes("number")}).mask(hidden))
    found = {
        "-log p": float(-vae.score_samples(test, SAMPLES).mean()),
        "KL": float(vae.elbo(test)["kl"].mean()),
        "active": int(vae.active_units(test).active.sum()),
        "map": neighbors_skill(vae.transform(train), train, vae.transform(test), test),
        "filling": skill(train, test, filled, hidden),
        "epochs": vae.outcome_.epochs,
        "processor seconds": seconds,
    }
    rows = vae.fit_prior(train, prior="autoregressive").sample(len(train))
    trees = detect(CodedTables.of(train, test, rows), ROWS, seed)[0].unseen
    return found | {"trees": trees.mean, "trees, error": trees.error}


def neighbors_skill(z: np.ndarray, train: pd.DataFrame, z_test: np.ndarray, test: pd.DataFrame) -> float:
    """`skill` of the mean or the most frequent label of the nearest training rows on the map."""
    nearest = NearestNeighbors(n_neighbors=NEIGHBORS).fit(z).kneighbors(z_test, return_distance=False)
    columns = {}
    for name in train:
        column = train[name]
        if is_number(column):
            columns[name] = np.nanmean(column.fillna(column.mean()).to_numpy(float)[nearest], axis=1)
        else:
            codes, labels = pd.factorize(column)
            counts = np.stack([(codes[nearest] == code).sum(axis=1) for code in range(len(labels))], axis=1)
            columns[name] = np.asarray(labels)[counts.argmax(axis=1)]
    return skill(train, test, pd.DataFrame(columns), test.notna().to_numpy())


def is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def skill(train: pd.DataFrame, test: pd.DataFrame, guess: pd.DataFrame, cells: np.ndarray) -> float:
    """1 less the errors in some cells over those of the mean or the most frequent label, mean over columns."""
    scores = []
    for j, name in enumerate(test):
        rows = cells[:, j]
        if pd.api.types.is_datetime64_any_dtype(test[name]) or train[name].nunique() < 2 or not rows.any():
            continue
        real, made = test[name][rows], pd.Series(np.asarray(guess[name]))[rows]
        if is_number(test[name]):
            real, made = real.to_numpy(float), made.to_numpy(float)
            errors, usual = np.square(made - real), np.square(train[name].mean() - real)
        else:
            real, usual = real.astype(str), real.astype(str) != str(train[name].mode().iloc[0])
            errors = made.astype(str).to_numpy() != real.to_numpy()
        if usual.sum() > 0:
            scores.append(1 - errors.mean() / usual.mean())
    return float(np.mean(scores))


def run(record: dict[str, Any], save: Callable[[], None], only: Sequence[str] = (), seed: int = 0) -> None:
    """All fits that the record lacks, or those of some tables."""
    fits = record.setdefault("fits", {})
    for setting, settings in SETTINGS.items():
        for latents in LATENTS:
            for name in only or TABLES:
                found = fits.setdefault(f"{name}, {latents} latents", {})
                if setting not in found:
                    found[setting] = measure(name, latents, settings, seed)
                    save()
                    print(name, latents, setting, found[setting], flush=True)


def as_markdown(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """A line for each fit."""
    columns = ("-log p", "KL", "map", "trees", "filling", "epochs", "processor seconds")
    lines = ["# Defaults of tables", "", str(__doc__).strip(), "", f"| | | {' | '.join(columns)} |"]
    lines.append("|---" * (len(columns) + 2) + "|")
    for key, settings in results.items():
        for setting, found in settings.items():
            lines.append(f"| {key} | {setting} | {' | '.join(f'{found[column]:.4g}' for column in columns)} |")
    return "\n".join(lines) + "\n"
