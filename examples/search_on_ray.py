"""Search settings with scikit-learn while a Ray cluster does the fits. Needs ``pip install "elbax[ray]"``.

Each fit is one task, so a search spreads over as many machines as the cluster has. Without an address, a local cluster
of two processes is started and stopped. ``--quick`` fits for two epochs only.
"""

import argparse
import os

import joblib
import ray
from ray.util.joblib import register_ray
from sklearn.model_selection import GridSearchCV

import elbax


def search(quick: bool) -> GridSearchCV:
    """The search, as for any estimator, by the mean log p(x) of held-out rows, nats."""
    x = elbax.load_data("digits").x[: 300 if quick else None]
    vae = elbax.VAE(epochs=2 if quick else 60, random_state=0, verbose=0)
    settings = {"latent_dim": [2, 8]} if quick else {"latent_dim": [2, 4, 8, 16], "dropout": [0.0, 0.2]}
    scoring = {"log_p": elbax.VAE.score, "process": which_process}
    return GridSearchCV(vae, settings, scoring=scoring, refit="log_p", cv=2 if quick else 3).fit(x)


def which_process(vae, x, y=None) -> int:
    """Not a score: it shows where a fit was done."""
    return os.getpid()


def show(found: GridSearchCV) -> None:
    """Print who did the fits, and how good each setting is."""
    results = found.cv_results_
    by = [int(process) for fold in range(found.n_splits_) for process in results[f"split{fold}_test_process"]]
    print(f"{len(by)} fits by {len(set(by))} processes, {by.count(os.getpid())} by this one")
    for settings, score in zip(results["params"], results["mean_test_log_p"], strict=True):
        print(f"log p(x) {score:9.2f} nats  {settings}")
    print(f"best: {found.best_params_}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", help="of a running Ray cluster; by default a local one is started")
    parser.add_argument("--quick", action="store_true", help="two epochs, to see that it runs")
    options = parser.parse_args()
    new = {} if options.address else {"num_cpus": 2, "include_dashboard": False}
    ray.init(options.address or "local", log_to_driver=False, **new)
    try:
        register_ray()
        with joblib.parallel_backend("ray"):
            found = search(options.quick)
    finally:
        ray.shutdown()
    show(found)


if __name__ == "__main__":
    main()
