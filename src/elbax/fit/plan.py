"""The plan of a fit: every choice that can be made before training, made once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

import equinox as eqx
import numpy as np

from elbax.core.config import from_config, to_config
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood
from elbax.core.objectives import AbstractObjective, choose_objective
from elbax.core.posteriors import POSTERIORS
from elbax.core.priors import PRIORS
from elbax.core.vae import ModelConfig, VAEModule
from elbax.core.xla.matmul import choose_precision
from elbax.data import Schema, check_likelihood
from elbax.fit.choices import pick_hidden, pick_init, pick_likelihood, pick_training
from elbax.fit.split import Split
from elbax.train.config import TrainConfig
from elbax.types import Summary

_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class FitPlan:
    """What a fit does, with every "auto" replaced by what was chosen.

    Attributes:
        model: everything that fixes the shape of the module.
        likelihood: p(x|z), before its arrays appear.
        likelihood_reason: why this one.
        context_shape: shape of one row's encoded context, or None.
        objective: its name, with settings where it has any.
        beta: the ELBO's weight of the KL.
        free_bits: nats each latent dimension may carry at no cost.
        warmup: fraction of the fit over which the KL's weight rises.
        warmup_shape: how it rises.
        init: what both networks are pretrained on: "geodesic", "pca", or "random" for nothing.
        train: epochs, batch size, learning rate, optimizer, patience and pretraining steps of one restart.
        split: which rows are held out.
        seeds: one for each restart.
    """

    model: ModelConfig
    likelihood: AbstractLikelihood
    likelihood_reason: str
    context_shape: tuple[int, ...] | None
    objective: str
    beta: float
    free_bits: float
    warmup: float
    warmup_shape: str
    init: str
    train: TrainConfig
    split: Split
    seeds: tuple[int, ...]

    def for_seed(self, seed: int) -> TrainConfig:
        """The training run of one restart."""
        return replace(self.train, seed=seed)

    def build_module(self, summary: Summary, seed: int) -> VAEModule:
        """The untrained module."""
        rng = np.random.default_rng(seed)
        return VAEModule.build(self.model, self.likelihood, summary, rng, self.context_shape)

    def build_objective(self) -> AbstractObjective:
        """What training minimizes."""
        return choose_objective(self.objective, self._weights(), self.model.posterior)

    def describe(self, restart: int = 0) -> dict[str, Any]:
        """All choices by name, parts as text, for one restart: what trackers, the report and `elbax info` print."""
        model = _values(self.model) | {
            "posterior": part_text(self.model.posterior),
            "prior": part_text(self.model.prior),
        }
        return {
            **model,
            "chosen_likelihood": self.likelihood.name,
            "likelihood_reason": self.likelihood_reason,
            "objective": self.objective,
            **self._weights(),
            "init": self.init,
            **asdict(self.for_seed(self.seeds[restart])),
            "n_init": len(self.seeds),
            "restart": restart,
            "n_rows": self.split.n_trained,
            "n_held_out": self.split.n_held_out,
        }

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values.

        Raises:
            InputError: the likelihood is a Python function.
        """
        model = _values(self.model)
        parts = {name: to_config(model[name]) for name in ("posterior", "prior")}
        return {
            **_values(self),
            "model": {**model, **parts},
            "likelihood": to_config(self.likelihood),
            "train": asdict(self.train),
            "split": asdict(self.split),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Rebuild what `to_json` returned.

        Raises:
            InputError: a part is unknown.
            KeyError, TypeError: an entry is missing or unknown.
        """
        model = dict(record["model"])
        model["posterior"] = from_config(POSTERIORS, model["posterior"], "posterior")
        model["prior"] = from_config(PRIORS, model["prior"], "prior")
        values = {
            **record,
            "model": ModelConfig(**_tuples(model)),
            "likelihood": from_config(LIKELIHOODS, record["likelihood"], "likelihood"),
            "train": TrainConfig(**record["train"]),
            "split": Split(**record["split"]),
        }
        return cls(**_tuples(values))

    def digest(self) -> bytes:
        """32 bytes that two plans share only where they are equal."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).digest()

    def _weights(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("beta", "free_bits", "warmup", "warmup_shape")}


def resolve(
    parameters: Mapping[str, Any],
    schema: Schema,
    context_schema: Schema | None,
    n_rows: int,
    seed: int,
    *,
    given_validation: bool = False,
    earlier: FitPlan | None = None,
) -> FitPlan:
    """Decide everything about a fit.

    Args:
        parameters: the estimator's, from `check_parameters`.
        schema: of the rows.
        context_schema: of their context, or None.
        n_rows: how many rows there are.
        seed: chooses the held-out rows and the seeds of the restarts.
        given_validation: whether there are other rows to validate on.
        earlier: the plan of the model to continue from, which keeps its module and likelihood.

    Raises:
        InputError: values of the data have no density.
    """
    fraction = 0.0 if given_validation else parameters["validation_fraction"]
    split = replace(Split.of(n_rows, fraction, seed), given=given_validation)
    rng = np.random.RandomState(seed)
    split.held_out(rng)  # the seeds come from what follows
    seeds = tuple(rng.randint(_LARGEST_SEED, size=parameters["n_init"]).tolist())
    if earlier is None:
        model = _model_config(parameters, schema)
        likelihood, reason = pick_likelihood(parameters["likelihood"], schema)
        check_likelihood(schema, likelihood)
    else:
        model, likelihood, reason = earlier.model, earlier.likelihood, earlier.likelihood_reason
    # A model that continues is not pretrained again.
    init = pick_init(parameters, schema) if earlier is None else "random"
    widths = (*(model.hidden or ()), *(model.decoder_hidden or ()))
    return FitPlan(
        model=model,
        likelihood=likelihood,
        likelihood_reason=reason,
        context_shape=None if context_schema is None else tuple(context_schema.input_shape),
        init=init,
        train=pick_training(parameters, widths, init, split.n_trained, seeds[0]),
        split=split,
        seeds=seeds,
        **{name: parameters[name] for name in ("objective", "beta", "free_bits", "warmup", "warmup_shape")},
    )


def resolve_pass(parameters, schema, context_schema, n_rows: int, seed: int, *, earlier=None) -> FitPlan:
    """Decide everything about one pass over rows, at a constant learning rate, without held-out rows; see `resolve`.

    Here ``seed`` is that of the pass.
    """
    alone = {**parameters, "validation_fraction": 0.0, "n_init": 1}
    plan = resolve(alone, schema, context_schema, n_rows, seed, earlier=earlier)
    train = replace(plan.train, seed=seed, schedule="constant", patience=None, epochs=1, pretraining_steps=0)
    return replace(plan, train=train, seeds=(seed,))


def part_text(part: eqx.Module) -> str:
    """A part as the text that names it, such as "mixture(components=10)"."""
    name, *settings = to_config(part).items()
    return name[1] + (f"({', '.join(f'{key}={value}' for key, value in settings)})" if settings else "")


def _model_config(parameters: Mapping[str, Any], schema: Schema) -> ModelConfig:
    values = {field.name: parameters[field.name] for field in fields(ModelConfig)}
    hidden = pick_hidden(parameters, schema)
    mirrored = hidden[::-1] if parameters["decoder_hidden"] is None else parameters["decoder_hidden"]
    chosen = {
        "hidden": hidden,
        "decoder_hidden": mirrored,
        "precision": choose_precision(parameters["precision"]),
    }
    return ModelConfig(**{**values, **chosen})


def _values(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
