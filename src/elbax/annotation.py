"""Results of a model written into AnnData."""

from typing import TYPE_CHECKING, Any

import numpy as np

from elbax.data import is_annotated
from elbax.data.context import ContextColumns
from elbax.errors import InputError

if TYPE_CHECKING:
    from elbax.estimator import VAE


def annotate(
    vae: "VAE", data: Any, *, context: Any = None, key: str = "elbax", scores: bool = True, rates: bool = False
) -> Any:
    """Write latents and scores of the rows of AnnData into it, and return it.

    Posterior means go to ``obsm["X_elbax"]``, estimates of log p(x), nats, to ``obs["elbax_score"]``. With ``rates``
    the means of all columns at the usual exposure, dense and in single precision, go to ``layers["elbax_rate"]``.

    Args:
        vae: the fitted estimator.
        data: the AnnData object, with the columns of the fit.
        context: the context of the rows, or names of columns of ``obs``, for a conditional model.
        key: the word in these names.
        scores: whether to write scores, which take longest.
        rates: whether to write rates.

    Raises:
        InputError: ``data`` is no AnnData, or its rows do not suit the model.
    """
    if not is_annotated(data):
        raise InputError(f"data must be AnnData; got a {type(data).__name__}; use transform and score_samples instead")
    if data.is_view:
        data = data.copy()
    x, context = vae.open_rows(data, context)
    z = vae.transform(x, context=context)
    data.obsm[f"X_{key}"] = np.asarray(z, np.float32)
    if scores and vae.module_.posterior.has_density:
        data.obs[f"{key}_score"] = vae.score_samples(x, context=context)
    if rates:
        data.layers[f"{key}_rate"] = np.asarray(vae.inverse_transform(z, context=_covariates(context)), np.float32)
    return data


def _covariates(context: Any) -> Any:
    """The context without the exposures, so that the usual one counts."""
    if not isinstance(context, ContextColumns):
        return context
    others = tuple(column for column in context.columns if not column.is_exposure)
    return ContextColumns(others) if others else None
