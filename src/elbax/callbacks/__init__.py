"""Callbacks for `VAE.fit`: functions of the `Progress`, called before training and then about twice a second.

`LatentFrames` keeps the latent plane at chosen epochs; `TensorBoard` and `MLflow` write the curves of a fit; the
progress bar is what ``verbose=1`` shows. A callback with a method ``begin(settings)`` is called with the plan of each
restart before it starts, one with ``end(error)`` after it, one with ``pauses(epochs)`` also after those epochs.
"""

from elbax.callbacks.latent_frames import LatentFrames
from elbax.callbacks.mlflow import MLflow
from elbax.callbacks.progress_bar import ProgressBar
from elbax.callbacks.tensorboard import TensorBoard

__all__ = ["LatentFrames", "MLflow", "ProgressBar", "TensorBoard"]
