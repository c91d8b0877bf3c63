"""Callbacks for `VAE.fit`: functions of the `Progress`, called before training and then about twice a second.

`LatentFrames` records the latent plane; `TensorBoard` and `MLflow` write the curves of a fit; ``verbose=1`` shows the
progress bar. Optional methods: ``begin(settings)`` is called before each restart with its plan, ``end(error)`` after
it; ``pauses(epochs)`` takes the planned number of epochs and returns epochs after which to call as well.
"""

from elbax.callbacks.latent_frames import LatentFrames
from elbax.callbacks.mlflow import MLflow
from elbax.callbacks.progress_bar import ProgressBar
from elbax.callbacks.tensorboard import TensorBoard

__all__ = ["LatentFrames", "MLflow", "ProgressBar", "TensorBoard"]
