"""The plan of a fit: every choice that precedes training, made once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

import equinox as eqx
import numpy as np

from elbax.core.config import from_config, to_config
from elbax.core.custom_networks import describe_network
from elbax.core.likelihoods import LIKELIHOODS, AbstractLikelihood
from elbax.core.log_ratios import LogRatios
from elbax.core.objectives import AbstractObjective, choose_objective
from elbax.core.posteriors import POSTERIORS
from elbax.core.precision import choose_precision
from elbax.core.priors import PRIORS
from elbax.core.table_inputs import TableInputs
from elbax.core.vae import ModelConfig, VAEModule
from elbax.data import Schema, check_distribution, check_likelihood, most_in_memory
from elbax.errors import InputError
from elbax.fit.choices import pick_dropout, pick_hidden, pick_init, pick_likelihood, pick_sees, pick_training
from elbax.fit.noise_factors import choose_factors
from elbax.fit.split import MOST_HELD_OUT, Split
from elbax.train.config import TrainConfig
from elbax.types import Batch, Summary

_LARGEST_SEED = 2**31 - 1
_LEAST_RATE = 0.1  # at which a fit goes on, as a share of the peak
SHORT = 500  # steps, too few to leave the linear start for a gain
CONTINUES = "the model continues"  # reason for a start


@dataclass(frozen=True)
class FitPlan:
    """A fit with every "auto" replaced by the choice made for it.

    Attributes:
        model: the configuration of the module.
        likelihood: p(x|z), without its arrays.
        likelihood_reason: the reason for this likelihood.
        context_shape: shape of one row's encoded context, or None.
        objective: the name of the objective, with settings if any.
        beta: weight of the KL in the ELBO.
        free_bits: nats of KL per latent dimension that cost nothing.
        warmup: fraction of the fit over which the KL's weight rises.
        warmup_shape: shape of that rise.
        init: the start of both networks: "linear", "geodesic", "random", or "auto" for the better of the first two.
        init_reason: the reason for it.
        grows: whether training goes on, up to four times the plan, while the held-out bound rises.
        train: epochs, batch size, learning rate, optimizer, patience and pretraining steps of one restart.
        split: of training and held-out rows.
        seeds: one per restart.
        log_ratios: features that are log-ratios of shares.
        levels: of a table with levels or gaps, the number of levels of each feature, 0 for a number; else empty.
        gaps: whether networks see which cells of a table are there.
        exposure: whether the last number of the context is the exposure of a row.
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
    init_reason: str
    grows: bool
    train: TrainConfig
    split: Split
    seeds: tuple[int, ...]
    log_ratios: tuple[LogRatios, ...] = ()
    levels: tuple[int, ...] = ()
    gaps: bool = False
    exposure: bool = False

    @property
    def inputs(self) -> TableInputs | None:
        """What networks see of a table with levels or gaps; None for rows of numbers."""
        return TableInputs(self.levels, self.gaps) if self.levels else None

    def for_seed(self, seed: int) -> TrainConfig:
        return replace(self.train, seed=seed)

    def build_module(self, summary: Summary, seed: int) -> VAEModule:
        """The untrained module."""
        rng = np.random.default_rng(seed)
        parts = {"log_ratios": self.log_ratios, "inputs": self.inputs, "exposure": self.exposure}
        return VAEModule.build(self.model, self.likelihood, summary, rng, self.context_shape, **parts)

    def build_objective(self) -> AbstractObjective:
        return choose_objective(self.objective, self._weights(), self.model.posterior)

    def describe(self, restart: int = 0) -> dict[str, Any]:
        """The choices of one restart by name, parts as text, for trackers, the report and `elbax info`."""
        model = _values(self.model) | {
            "posterior": part_text(self.model.posterior),
            "prior": part_text(self.model.prior),
            **self._networks(),
        }
        if self.has_custom_network:
            model["network"] = "given"
        if self.inputs is not None:
            model["inputs"] = self.inputs.describe()
        return {
            **model,
            "chosen_likelihood": self.likelihood.name,
            "likelihood_reason": self.likelihood_reason,
            "objective": self.objective,
            **self._weights(),
            "init": self.init,
            "init_reason": self.init_reason,
            **asdict(self.for_seed(self.seeds[restart])),
            "n_init": len(self.seeds),
            "restart": restart,
            "n_rows": self.split.n_trained,
            "n_held_out": self.split.n_held_out,
        }

    @property
    def has_custom_network(self) -> bool:
        """Whether a network is the user's own."""
        return self.model.encoder is not None or self.model.decoder is not None

    def with_networks(self, encoder: Any, decoder: Any) -> Self:
        """The plan with other networks of the user's own."""
        return replace(self, model=replace(self.model, encoder=encoder, decoder=decoder))

    def network_text(self) -> str:
        """Both networks in a few words, such as "mlp, 64–64, relu"."""
        model, given = self.model, self._networks()
        widths = {"encoder": model.hidden, "decoder": model.decoder_hidden}
        text = {side: given[side] or "–".join(map(str, widths[side])) or "linear" for side in widths}
        if self.has_custom_network:
            both = "encoder {encoder}; decoder {decoder}".format(**text)
        else:
            mirrored = model.decoder_hidden == (model.hidden or ())[::-1]
            both = text["encoder"] if mirrored else "{encoder}, decoder {decoder}".format(**text)
        return both if all(given.values()) else f"{model.network}, {both}, {model.activation}"

    def __str__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.describe().items())

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values; InputError if the likelihood is a Python function."""
        model = _values(self.model)
        parts = {name: to_config(model[name]) for name in ("posterior", "prior")}
        return {
            **_values(self),
            "model": {**model, **parts, **self._networks()},
            "likelihood": to_config(self.likelihood),
            "train": asdict(self.train),
            "split": asdict(self.split),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Rebuild a plan; InputError if a part is unknown, KeyError or TypeError if an entry is missing or unknown."""
        model = dict(record["model"])
        model["posterior"] = from_config(POSTERIORS, model["posterior"])
        model["prior"] = from_config(PRIORS, model["prior"])
        values = {
            **record,
            "model": ModelConfig(**_tuples(model)),
            "likelihood": from_config(LIKELIHOODS, record["likelihood"]),
            "train": TrainConfig(**record["train"]),
            "split": Split.from_json(record["split"]),
            "log_ratios": [LogRatios(*group) for group in record["log_ratios"]],
        }
        return cls(**_tuples(values))

    def digest(self) -> bytes:
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).digest()

    def _networks(self) -> dict[str, str | None]:
        return {side: describe_network(getattr(self.model, side)) for side in ("encoder", "decoder")}

    def _weights(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("beta", "free_bits", "warmup", "warmup_shape")}


def resolve(
    parameters: Mapping[str, Any],
    schema: Schema,
    context_schema: Schema | None,
    n_rows: int,
    seed: int,
    *,
    rows: Batch | None = None,
    external_validation: bool = False,
    groups: np.ndarray | None = None,
    previous: FitPlan | None = None,
    last_rate: float | None = None,
    levels: tuple[int, ...] = (),
    gaps: bool = False,
) -> FitPlan:
    """Make the plan of a fit from parameters that `check_parameters` returned; InputError if values have no density.

    The seed decides the held-out rows, of which those of one of the ``groups`` (n,) stay together, and the restarts'
    seeds. The rows ``x`` (n, *event) decide the number of noise factors, where a likelihood leaves it open. A fit that
    continues a ``previous`` one keeps its model configuration and likelihood, and starts at its ``last_rate``; see
    `_go_on`. ``levels`` and ``gaps`` are those of a table; see `FitPlan`.
    """
    fraction = 0.0 if external_validation else parameters["validation_fraction"]
    # Rows that an earlier fit of as many rows has held out are held out again.
    split_seed = seed if previous is None else previous.split.seed
    most = MOST_HELD_OUT if rows is None else most_in_memory(rows.x, MOST_HELD_OUT)
    split = Split.of(n_rows, fraction, split_seed, order=parameters["validation"], groups=groups, most=most)
    split = replace(split, external=external_validation)
    rng = np.random.RandomState(seed)
    split.held_out(rng)  # advances rng: the seeds come from the numbers that follow
    seeds = tuple(rng.randint(_LARGEST_SEED, size=parameters["n_init"]).tolist())
    if previous is None:
        likelihood, reason = pick_likelihood(parameters["likelihood"], schema, rows)
        check_likelihood(schema, likelihood)
        check_distribution(schema, likelihood)
        if parameters["exposure"] is not None and not likelihood.takes_exposure(schema.n_features).any():
            raise _no_counts(parameters["exposure"], schema)
        if rows is not None:
            trained, latent_dim = split.divide(rows)[0], parameters["latent_dim"]
            likelihood, why = choose_factors(likelihood, trained, schema.summary, latent_dim, seed)
            reason = f"{reason}, with {why}" if why else reason
        has_gaps = gaps if rows is None else rows.observed is not None
        init, init_reason = pick_init(parameters, schema, likelihood, levels, has_gaps)
        model = pick_model(parameters, schema, init != "random")
    else:
        model, likelihood, reason = previous.model, previous.likelihood, previous.likelihood_reason
        levels, gaps = previous.levels, previous.gaps
        init, init_reason = "random", CONTINUES
    widths = (*(model.hidden or ()), *(model.decoder_hidden or ()))
    train = pick_training(parameters, widths, init, split.n_trained, seeds[0], model.decoder_sees)
    if init == "auto" and train.n_steps(split.n_trained) < SHORT:
        init, init_reason = "linear", f"maps along the data need at least {SHORT} steps of training"
        train = replace(train, pretraining_steps=0)
    return FitPlan(
        model=model,
        likelihood=likelihood,
        likelihood_reason=reason,
        context_shape=None if context_schema is None else tuple(context_schema.input_shape),
        init=init,
        init_reason=init_reason,
        grows=parameters["epochs"] is None and previous is None and train.patience is not None,
        train=_go_on(train, previous, last_rate),
        split=split,
        seeds=seeds,
        log_ratios=() if schema.removal is None else schema.removal.log_ratios,
        levels=levels,
        gaps=gaps,
        exposure=context_schema is not None and context_schema.exposure is not None,
        **{name: parameters[name] for name in ("objective", "beta", "free_bits", "warmup", "warmup_shape")},
    )


def _no_counts(exposure: str, schema: Schema) -> InputError:
    """The error for an exposure of rows that hold no counts."""
    fractions = np.flatnonzero(~schema.statistics.whole)
    why = f": {schema.describe(int(fractions[0]))} holds fractions" if len(fractions) else ""
    return InputError(
        f"exposure={exposure!r} scales counts, and no column of x is modeled as one{why}; pass the counts as they were "
        "before they were normalized, or likelihood='negative_binomial'"
    )


def resolve_pass(parameters, schema, context_schema, n_rows: int, seed: int, **options) -> FitPlan:
    """Make the plan of one pass over all rows at a constant learning rate, with ``seed``; see `resolve`."""
    parameters = {**parameters, "validation_fraction": 0.0, "n_init": 1, "init": "random"}
    plan = resolve(parameters, schema, context_schema, n_rows, seed, **options)
    train = replace(plan.train, seed=seed, schedule="constant", patience=None, epochs=1, pretraining_steps=0)
    return replace(plan, train=train, seeds=(seed,))


def _go_on(train: TrainConfig, previous: FitPlan | None, last_rate: float | None) -> TrainConfig:
    """Start at the last learning rate, but at least at a tenth of the peak, since schedules end near zero.

    Another learning rate than that of the previous plan is the user's choice, and kept.
    """
    if previous is None or last_rate is None or train.learning_rate != previous.train.learning_rate:
        return train
    return replace(train, rate_factor=float(np.clip(last_rate / train.learning_rate, _LEAST_RATE, 1.0)))


def part_text(part: eqx.Module) -> str:
    """A part as text, such as "mixture(components=10)"."""
    name, *settings = to_config(part).items()
    return name[1] + (f"({', '.join(f'{key}={value}' for key, value in settings)})" if settings else "")


def pick_model(parameters: Mapping[str, Any], schema: Schema, linear_skip: bool) -> ModelConfig:
    """The configuration of the module, with widths and precision that were left open chosen."""
    values = {field.name: parameters[field.name] for field in fields(ModelConfig) if field.name in parameters}
    hidden = pick_hidden(parameters, schema)
    mirrored = hidden[::-1] if parameters["decoder_hidden"] is None else parameters["decoder_hidden"]
    precision = choose_precision(parameters["precision"])
    sees = pick_sees(parameters["decoder_sees"], schema)
    chosen = {
        "hidden": hidden,
        "decoder_sees": sees,
        "dropout": pick_dropout(parameters["dropout"], sees),
        "decoder_hidden": mirrored,
        "precision": precision,
        "linear_skip": linear_skip,
    }
    return ModelConfig(**{**values, **chosen})


def _values(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
