"""A progress bar for terminals."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from elbax.train.trainer import Progress as Report


class ProgressBar:
    """Shows epochs, ELBO, reconstruction, KL (nats per row) and the time left, on standard error.

    For a plain autoencoder it shows the reconstruction only. Nothing is drawn outside a terminal.

    Example:
        >>> import numpy as np
        >>> from elbax import VAE
        >>> x = np.random.default_rng(0).normal(size=(60, 3))
        >>> with ProgressBar(enabled=False) as bar:
        ...     vae = VAE(epochs=2, hidden=(8,), random_state=0, verbose=0).fit(x, callbacks=[bar])
    """

    def __init__(self, enabled: bool = True):
        console = Console(stderr=True)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[terms]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not (enabled and console.is_terminal),
            expand=True,
        )
        self._compiling_shown = False
        self._task = self._bar.add_task("fit", total=None, epoch=0, epochs="?", terms="compiling…")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, report: Report) -> None:
        """Draw the progress, with the validation values if there are any."""
        prefix = "val_" if "val_elbo" in report.latest else ""
        terms = "pretraining…" if report.step < 0 else "first epoch…"
        if not self._compiling_shown:  # before the first step
            terms, self._compiling_shown = "compiling…", True
        if report.latest:
            elbo, reconstruction, kl = (report.latest[prefix + k] for k in ("elbo", "reconstruction", "kl"))
            if report.module.posterior.has_density:
                terms = f"{prefix}ELBO {elbo:.2f}  rec {reconstruction:.2f}  KL {kl:.2f} nats"
            else:
                terms = f"{prefix}rec {reconstruction:.2f} nats"
        self._bar.update(
            self._task,
            completed=max(0, report.step),
            total=report.total_steps,
            epoch=report.epoch,
            epochs=report.epochs,
            terms=terms,
        )
