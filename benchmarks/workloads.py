"""What is measured: one frozen record per case, grouped into the workloads W1 to W13."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

__all__ = ["TARGET", "WORKLOADS", "Case", "Network", "Workload", "quick"]

TARGET = 157.0  # the notebook's last validation loss on MNIST, nats

TRAINERS = ("elbax", "plain", "keras", "torch", "torch.compile", "pythae", "floor")
SERVERS = ("elbax", "plain", "keras", "torch", "floor")


@dataclass(frozen=True)
class Network:
    """A VAE's layers: features, hidden widths (channels where ``kind`` is not "dense") and latents; mirrored.

    ``kind`` is "dense"; "conv", 3x3 convolutions of stride 2 mirrored by sub-pixel ones; or "transposed", the same
    encoder mirrored by transposed convolutions. ``likelihood`` is "bernoulli" (cross-entropy of values in [0, 1]),
    "normal" (a learned scale for each feature) or, in W13, any of elbax's. With ``samples`` above 1 the objective is
    the IWAE bound. ``precision`` is that of the factors in all products.
    """

    features: int
    hidden: tuple[int, ...]
    latent: int
    activation: str = "relu"
    dropout: float = 0.0
    likelihood: str = "bernoulli"
    kind: str = "dense"
    samples: int = 1
    precision: str = "float32"


@dataclass(frozen=True)
class Case:
    """One thing that every peer does and is timed at.

    Attributes:
        task: the function of a peer's module that does it.
        data: name of an array made by `benchmarks.data`; ``rows`` of it are used.
        epochs: passes per repeat; seconds are reported per pass where ``per_epoch``.
        shortened: peers that do a tenth of the passes; their seconds are multiplied by ten, and the table says so.
        tolerance: largest distance in nats between a peer's final loss and the median of all; None compares nothing.
        fresh: whether each repeat is a new process, so that compilation counts.
        clock: "call" times the call; "process" the whole process, from start to exit.
        metric: what is compared: "seconds" or "peak_mib".
        size: what grows in a growth curve, a value for each of its cases.
        environment: variables of the processes; {folder} and {repeat} are filled in.
        discarded: fresh processes that run before any is counted.
        importance: samples of each row where log p(x) is estimated.
    """

    name: str
    title: str
    network: Network
    task: str = "train"
    data: str = "mnist"
    rows: int | None = None
    batch: int = 100
    epochs: int = 1
    rate: float = 1e-3
    per_epoch: bool = True
    peers: tuple[str, ...] = TRAINERS
    shortened: tuple[str, ...] = ()
    tolerance: float | None = None
    fresh: bool = False
    clock: str = "call"
    metric: str = "seconds"
    size: int | None = None
    environment: dict[str, str] = field(default_factory=dict)
    discarded: int = 0
    importance: int = 1000

    @classmethod
    def of(cls, record: dict[str, Any]) -> Self:
        """Read back what `asdict` and JSON made of a case."""
        network = Network(**{**record["network"], "hidden": tuple(record["network"]["hidden"])})
        lists = {name: tuple(record[name]) for name in ("peers", "shortened")}
        return cls(**{**record, **lists, "network": network})

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def for_peer(self, peer: str) -> "Case":
        """The case as this peer does it: fewer passes where it is shortened."""
        return replace(self, epochs=max(1, self.epochs // 10)) if peer in self.shortened else self


@dataclass(frozen=True)
class Workload:
    """Cases that belong together, and how many repeats are worth their time."""

    title: str
    cases: tuple[Case, ...]
    most_repeats: int = 5


NOTEBOOK = Network(784, (256,), 2, dropout=0.2)
DEEP = Network(784, (500, 500), 20, activation="softplus")
CONV = Network(784, (32, 64), 2, kind="conv")
CURVE = Network(2, (64, 64, 64), 1, activation="tanh", likelihood="normal")
IWAE = Network(784, (200, 200), 50, activation="tanh")
DIGITS = Network(64, (256, 256), 2)

EPOCH = Case("epoch", "784-256-2, dropout 0.2, batch 100", NOTEBOOK, epochs=3, tolerance=2.0)


def _iwae(samples: int, batch: int, steps: int) -> Case:
    network = replace(IWAE, samples=samples)
    title = f"k = {samples}, batch {batch}, {steps} steps"
    peers = ("elbax", "plain", "torch", "torch.compile", "floor")
    return Case(f"k{samples}-b{batch}", title, network, rows=steps * batch, batch=batch, peers=peers)


def _serve(name: str, title: str, task: str, rows: int, **changes: Any) -> Case:
    network = replace(NOTEBOOK, dropout=0.0)
    return Case(name, title, network, task, rows=rows, **{"peers": SERVERS, **changes})


def _growth(axis: str, size: int) -> Case:
    rows, features, latent = {
        "rows": (size, 16, 8),
        "features": (10**4, size, 8),
        "latents": (10**4, 64, size),
    }[axis]
    network = Network(features, (64,), latent, likelihood="normal")
    return Case(
        f"{axis}-{size}",
        f"{size:,} {axis}",
        network,
        "grow",
        data=f"normal-{rows}-{features}",
        batch=1000 if axis == "rows" else 100,
        peers=("elbax",),
        size=size,
    )


def _devices(count: int) -> Case:
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={count}"}
    title = f"W1's epoch, {count} device{'s' if count > 1 else ''}"
    return replace(EPOCH, name=f"devices-{count}", title=title, task="parallel", peers=("elbax",), environment=flags)


def _rounded(case: Case) -> Case:
    network = replace(case.network, precision="bfloat16")
    title = "the same, factors in bfloat16"
    return replace(case, name="bfloat16", title=title, network=network, peers=("elbax",))


_WHOLE_CALL = Case(
    "call-1000",
    "1000 steps, whole call with compilation",
    CURVE,
    data="s_curve",
    batch=32,
    epochs=100,
    per_epoch=False,
    peers=("elbax", "plain", "keras", "torch"),
    fresh=True,
    tolerance=2.0,
)
_COLD = Case(
    "cold",
    "`elbax fit digits`, nothing cached",
    DIGITS,
    "command",
    data="digits",
    rows=1618,  # elbax holds out the others
    batch=64,
    epochs=384,
    per_epoch=False,
    peers=("elbax", "plain", "keras", "torch", "pythae"),
    fresh=True,
    clock="process",
    environment={"ELBAX_CACHE": "{folder}/cold-{repeat}"},
)

# Likelihoods and the rows that suit them.
SUITED = {
    "bernoulli": "mnist_binary",
    "binary_cross_entropy": "mnist_all",
    "continuous_bernoulli": "mnist_all",
    "normal": "mnist_all",
    "student_t": "mnist_all",
    "sum_of_squares": "mnist_all",
    "discretized_logistic": "mnist_sixteen",
    "poisson": "mnist_sixteen",
    "negative_binomial": "mnist_sixteen",
    "categorical": "mnist_quarters",
}


def _uses() -> tuple[Case, ...]:
    """What users run, with the test rows scored after each epoch: the preset, and fits of either shape of rows."""
    title = "`elbax fit mnist --preset notebook`"
    preset = Case("preset", title, NOTEBOOK, "preset", "mnist_all", epochs=5, peers=("elbax", "plain"))
    fits = [
        replace(
            preset,
            name=f"{shape}-{likelihood}",
            title=f"`VAE().fit`, {likelihood}, {words}",
            network=replace(NOTEBOOK, likelihood=likelihood),
            task=shape,
            data=data,
        )
        for likelihood, data in SUITED.items()
        for shape, words in (("flat", "rows (784,)"), ("images", "rows (28, 28, 1)"))
    ]
    return preset, *fits


_TEST_SET = Case(
    "test-set",
    "10,000 × 5000",
    IWAE,
    "score",
    rows=10_000,
    fresh=True,
    importance=5000,
    peers=("elbax", "floor"),
)

WORKLOADS = {
    "W1": Workload(
        "The notebook's MNIST epoch",
        (
            EPOCH,
            _rounded(EPOCH),
        ),
    ),
    "W2": Workload(
        "A convolutional VAE: 32 and 64 channels, dense 256, 2 latents; 100 steps of 128 images",
        (
            replace(
                EPOCH,
                name="epoch",
                title="conv, sub-pixel decoder in all",
                network=CONV,
                batch=128,
                epochs=1,
                rows=12_800,
                peers=("elbax", "keras", "torch", "torch.compile", "pythae", "floor"),
                tolerance=8.0,
            ),
            replace(
                EPOCH,
                name="page",
                title="conv, peers with the Keras page's decoder",
                network=replace(CONV, kind="transposed"),
                batch=128,
                epochs=1,
                rows=12_800,
                peers=("elbax", "keras", "torch", "torch.compile"),
                tolerance=8.0,
            ),
        ),
        most_repeats=3,
    ),
    "W3": Workload(
        "The S-curve: 300 rows, 3x64 tanh, learned scale, batch 32",
        (
            _WHOLE_CALL,
            replace(
                _WHOLE_CALL,
                name="steps-30000",
                title="30,000 steps, compiled before",
                peers=("elbax", "plain", "keras", "torch", "torch.compile", "floor"),
                epochs=3000,
                shortened=("keras", "torch", "torch.compile"),
                fresh=False,
                tolerance=None,
            ),
        ),
    ),
    "W4": Workload(
        "784-500-500-20, softplus",
        (Case("epoch", "batch 100", DEEP, epochs=2, tolerance=2.0),),
        most_repeats=3,
    ),
    "W5": Workload(
        "The IWAE bound, 784-200-200-50 tanh",
        (_iwae(5, 20, 500), _iwae(5, 100, 200), _iwae(50, 20, 100), _iwae(50, 100, 20)),
    ),
    "W6": Workload(
        "Inference with the network of W1",
        (
            _serve("encode", "encode 60,000 rows", "encode", 60_000),
            _serve("decode", "decode 60,000 latents", "decode", 60_000),
            _serve(
                "score",
                "log p(x) of 1000 rows, 1000 importance samples",
                "score",
                1000,
                peers=("elbax", "plain", "torch", "floor"),
            ),
            _serve("sample", "draw 100,000 rows", "sample", 100_000),
        ),
    ),
    "W7": Workload(
        "Cold start: a whole process, from nothing to a finished fit",
        (
            _COLD,
            replace(
                _COLD,
                name="warm",
                title="`elbax fit digits`, programs cached",
                peers=("elbax",),
                environment={"ELBAX_CACHE": "{folder}/warm"},
                discarded=1,
            ),
        ),
        most_repeats=3,
    ),
    "W8": Workload(
        "Peak memory of a fresh process, MiB",
        (
            replace(
                EPOCH,
                name="train",
                title="memory of W1's epoch",
                epochs=1,
                metric="peak_mib",
                fresh=True,
                tolerance=None,
            ),
            _serve("encode", "memory of encoding 60,000 rows", "encode", 60_000, metric="peak_mib", fresh=True),
            _serve("decode", "memory of decoding 60,000 latents", "decode", 60_000, metric="peak_mib", fresh=True),
            _serve(
                "score",
                "memory of log p(x), 1000 × 1000 samples",
                "score",
                1000,
                metric="peak_mib",
                fresh=True,
                peers=("elbax", "plain", "torch", "floor"),
            ),
        ),
        most_repeats=1,
    ),
    "W9": Workload(
        "Growth: an epoch against rows, features and latents",
        tuple(_growth("rows", 10**i) for i in range(4, 8))
        + tuple(_growth("features", 10**i) for i in range(1, 5))
        + tuple(_growth("latents", 2**i) for i in range(0, 10, 3)),
        most_repeats=3,
    ),
    "W10": Workload("Data-parallel training", (_devices(1), _devices(2)), most_repeats=3),
    "W11": Workload(
        "Time to quality: a fresh process until 157.00 nats on MNIST's test images",
        (
            Case(
                "157",
                "2 latents, hidden width 256",
                NOTEBOOK,
                "reach",
                data="mnist_all",
                epochs=100,
                per_epoch=False,
                peers=("elbax", "keras"),
                fresh=True,
                clock="process",
            ),
        ),
        most_repeats=2,
    ),
    "W12": Workload(
        "A test set's log p(x): 10,000 images, 5000 importance samples each, 784-200-200-50 tanh",
        (
            _TEST_SET,
            _rounded(_TEST_SET),
        ),
        most_repeats=1,
    ),
    "W13": Workload("What users run: an epoch of MNIST and its validation on 10,000 test rows", _uses()),
}


def quick(workload: Workload) -> Workload:
    """The workload in a tiny size, to see that everything works; its figures mean nothing."""
    kept = [case for case in workload.cases if (case.size or 0) <= 1000]
    return replace(workload, cases=tuple(map(_tiny, kept)), most_repeats=2)


def _tiny(case: Case) -> Case:
    rows = 12_000 if case.task == "reach" else min(case.rows or 1000, 1000)
    return replace(
        case,
        rows=rows,
        epochs=min(case.epochs, 2),
        importance=100,
        tolerance=case.tolerance and 10 * case.tolerance,
    )
