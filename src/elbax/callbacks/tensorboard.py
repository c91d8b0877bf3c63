"""The curves of a fit for TensorBoard. Nothing leaves the machine."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elbax.callbacks.base import CURVES, check_installed
from elbax.files import make_folder
from elbax.train.trainer import Progress


class TensorBoard:
    """Writes the curves as TensorBoard event files, for ``tensorboard --logdir FOLDER``.

    Training and validation go into two folders, so that TensorBoard draws them in one chart. The folder holds one fit:
    the next fit, or the same fit resumed, replaces its curves.

    Args:
        folder: of the event files; several restarts have subfolders restart-0, restart-1, ….

    Raises:
        MissingExtraError: tensorboardX is not installed.

    Example:
        >>> import tempfile, numpy as np
        >>> from elbax import VAE
        >>> folder = tempfile.mkdtemp()
        >>> fit = VAE(epochs=2, random_state=0, verbose=0).fit
        >>> _ = fit(np.random.default_rng(0).normal(size=(50, 2)), callbacks=[TensorBoard(folder)])
        >>> sorted(path.name for path in Path(folder).iterdir())
        ['training', 'validation']
    """

    def __init__(self, folder: str | os.PathLike[str]):
        check_installed("TensorBoard", "tensorboardX")
        self.folder = Path(folder)
        self._target = self.folder
        self._writers: dict[str, Any] = {}

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Write the settings as a text."""
        self._target = self.folder
        if settings["n_init"] > 1:
            self._target = self.folder / f"restart-{settings['restart']}"
        table = "\n".join(f"| {name} | {value} |" for name, value in settings.items())
        self._writer("training").add_text("settings", f"| setting | value |\n|---|---|\n{table}", 0)

    def __call__(self, progress: Progress) -> None:
        """Write the epochs completed since the last report."""
        for row in progress.finished.to_dict("records"):
            for part, prefix in (("training", ""), ("validation", "val_")):
                for name in CURVES:
                    if prefix + name in row:
                        self._writer(part).add_scalar(name, row[prefix + name], int(row["epoch"]))
        for writer in self._writers.values():
            writer.flush()

    def end(self, error: BaseException | None) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _writer(self, part: str):
        from tensorboardX import SummaryWriter

        if part not in self._writers:
            folder = make_folder(self._target / part)
            # The purge drops what an earlier fit, or this one before an interruption, wrote.
            self._writers[part] = SummaryWriter(str(folder), purge_step=0)
        return self._writers[part]
