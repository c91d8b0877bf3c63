"""Settings that have no effect on a fit, in one sentence each."""

from collections.abc import Iterator, Mapping
from typing import Any

from elbax.fit.parameters import PARAMETERS
from elbax.fit.plan import FitPlan
from elbax.fit.split import FEWEST_TO_SPLIT


def unused_settings(parameters: Mapping[str, Any], plan: FitPlan) -> list[str]:
    """Describe the settings that were changed although they do nothing in this fit.

    Args:
        parameters: as `check_parameters` returned them.
        plan: the plan made of them.
    """
    return [*_of_rows(parameters, plan), *_of_loss(parameters, plan), *_of_networks(parameters), *_of_run(parameters)]


def _of_rows(parameters: Mapping[str, Any], plan: FitPlan) -> Iterator[str]:
    split, fraction, patience = plan.split, parameters["validation_fraction"], parameters["patience"]
    if split.external and _changed(parameters, "validation_fraction"):
        yield f"validation_fraction={fraction:g} has no effect beside validation_data"
    elif not split.external and split.n_held_out == 0:
        if fraction > 0 and split.n_rows >= FEWEST_TO_SPLIT:
            yield (
                f"validation_fraction={fraction:g} of {split.n_rows} rows is less than one row, so the fit is not "
                f"validated; hold out at least {1 / split.n_rows:.2g}"
            )
        if patience:
            yield (
                f"patience={patience} has no effect, since no rows are held out; raise validation_fraction or pass "
                "validation_data"
            )
    if (parameters["batch_size"] or 0) > split.n_trained:
        yield (
            f"batch_size={parameters['batch_size']} is more than the {split.n_trained} rows to train on, so every step "
            "takes all of them"
        )


def _of_loss(parameters: Mapping[str, Any], plan: FitPlan) -> Iterator[str]:
    weights = [name for name in ("beta", "free_bits", "warmup") if _changed(parameters, name)]
    if weights and not plan.model.posterior.has_density:
        yield f"{_named(parameters, weights)}, since posterior {plan.model.posterior.name!r} has no KL"
    if _changed(parameters, "warmup_shape") and parameters["warmup"] == 0:
        yield f"{_named(parameters, ['warmup_shape'])} without warmup"


def _of_networks(parameters: Mapping[str, Any]) -> Iterator[str]:
    encoder, decoder = (parameters[side] is not None for side in ("encoder", "decoder"))
    layers = ("dropout", "layer_norm")
    unused = ["decoder_hidden"] if decoder else []
    if encoder and (decoder or parameters["decoder_hidden"] is not None):
        unused.append("hidden")
    unused += ["network", *layers] if encoder and decoder else []
    if unused := [name for name in unused if _changed(parameters, name)]:
        yield f"{_named(parameters, unused)} on networks of your own"
    linear = parameters["hidden"] == () and parameters["decoder_hidden"] in (None, ()) and not (encoder or decoder)
    if linear and (unused := [name for name in (*layers, "activation") if _changed(parameters, name)]):
        yield f"{_named(parameters, unused)} without hidden layers"


def _of_run(parameters: Mapping[str, Any]) -> Iterator[str]:
    if parameters["checkpoint_dir"] is None and _changed(parameters, "checkpoint_seconds"):
        yield f"{_named(parameters, ['checkpoint_seconds'])} without checkpoint_dir"


def _changed(parameters: Mapping[str, Any], name: str) -> bool:
    return parameters[name] != PARAMETERS[name].default


def _named(parameters: Mapping[str, Any], names: list[str]) -> str:
    """The settings as they were given, and that they have no effect."""
    listed = ", ".join(f"{name}={parameters[name]!r}" for name in names)
    return f"{listed} {'has' if len(names) == 1 else 'have'} no effect"
