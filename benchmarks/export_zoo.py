"""Export every variant of docs/zoo.md, every likelihood and every kind of data.

``python -m benchmarks.export_zoo`` fits each for one epoch to 48 rows, exports it to ONNX, compares encoder, decoder
and score with JAX, and writes ``benchmarks/results/export.md``. ``--only PATTERN`` does some, and leaves the other
rows of the table as they are; ``--missing`` does what the table has not.
"""

import argparse
import gc
import re
import traceback
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
from tests.test_zoo import ROWS, SMALL, few, made

import elbax
from elbax.errors import InputError
from elbax.export import Export

TABLE = Path(__file__).parent / "results" / "export.md"
PROGRAMS = ("encoder", "decoder", "score")
_HEAD = """# What exports to ONNX

Largest error of each program beside JAX, in deviations of the data beyond what rounding explains (relative where there
is no such unit), and for a refusal its sentence. Written by
`python -m benchmarks.export_zoo`; see [export](../../docs/export.md). Rows that are not here have not been
run; `--missing` runs them.
"""
_COLUMNS = f"| | {' | '.join(PROGRAMS)} |\n|---|{'---|' * len(PROGRAMS)}\n"
_LINE = re.compile(r"^\| (?P<name>[^|]+?) \|.*\|$", re.MULTILINE)
_N = 48


def _likelihoods() -> list[dict[str, str]]:
    """Every likelihood, on rows that it allows, with its other scales."""
    data = {
        "bernoulli": "binary",
        "binary_cross_entropy": "shares",
        "sum_of_squares": "numbers",
        "continuous_bernoulli": "shares",
        "discretized_logistic": "bytes",
        "discretized_logistic(scale=network)": "bytes",
        "normal": "numbers",
        "normal(scale=fixed, value=0.5)": "numbers",
        "normal(scale=network)": "numbers",
        "normal(scale=shared)": "numbers",
        "normal(factors=2)": "numbers",
        "normal(scale=network, factors=1)": "numbers",
        "student_t": "numbers",
        "student_t(scale=network)": "numbers",
        "poisson": "counts",
        "negative_binomial": "counts",
        "zero_inflated_negative_binomial": "counts",
        "categorical(levels=3)": "codes",
        "histogram": "table",
        "rounded_normal": "halves",
        "rounded_normal(scale=network)": "halves",
        "log_normal": "positive",
        "log_normal(scale=network)": "positive",
    }
    return [
        {"variant": f"likelihood {name}", "data": kind, "call": f'elbax.VAE(likelihood="{name}")'}
        for name, kind in data.items()
    ]


DATA = [
    {"variant": f"data: {kind}", "data": kind, "call": f"elbax.VAE({settings})"}
    for kind, settings in {
        "numbers": "",
        "counts": "",
        "binary": "",
        "bytes": "",
        "images": "",
        "table": "",
        "gaps": "",
        "people": "",
        "compositions": 'ties="log-ratio"',
        "color images": 'axes="yxc"',
        "channels first": 'axes="cyx"',
        "series": 'axes="tc"',
        "volumes": 'axes="zyx"',
    }.items()
] + [
    {"variant": "context: numbers", "data": "numbers", "call": "elbax.VAE().fit(X, context=y.astype(float))"},
    {"variant": "context: labels", "data": "table", "call": "elbax.VAE().fit(X, context=y)"},
    {"variant": "counts of genes", "data": "counts", "call": 'elbax.VAE(likelihood="negative_binomial")'},
    {"variant": "gaps and a decoder of any columns", "data": "people", "call": 'elbax.VAE(decoder_sees="any")'},
    {"variant": "bfloat16 products", "data": "numbers", "call": 'elbax.VAE(precision="bfloat16")'},
    {"variant": "rules", "data": "in order", "call": 'elbax.VAE(rules=["a <= b"])'},
]
SECTIONS = {"Variants of the zoo": ROWS, "Likelihoods": _likelihoods(), "Data": DATA}


def rows_of(kind: str) -> Any:
    """Rows that two latents explain: those of the zoo's tests, and further kinds."""
    rng = np.random.default_rng(1)
    latent = rng.normal(size=(_N, 2)) @ rng.normal(size=(2, 24)) + 0.1 * rng.normal(size=(_N, 24))
    unit = 1 / (1 + np.exp(-latent))
    few_columns = latent[:, :4]
    further = {
        "shares": lambda: unit[:, :4],
        "codes": lambda: np.digitize(few_columns, [-0.5, 0.5]),
        "halves": lambda: (2 * few_columns).round() / 2,
        "positive": lambda: np.exp(few_columns),
        "compositions": lambda: np.exp(few_columns) / np.exp(few_columns).sum(axis=1, keepdims=True),
        "color images": lambda: unit.reshape(_N, 2, 4, 3),
        "channels first": lambda: unit.reshape(_N, 3, 2, 4),
        "series": lambda: latent.reshape(_N, 12, 2),
        "volumes": lambda: unit.reshape(_N, 2, 3, 4),
        "people": lambda: _people(latent, rng),
        "in order": lambda: pd.DataFrame({"a": latent[:, 0], "b": latent[:, 0] + np.abs(latent[:, 1])}),
    }
    return further[kind]() if kind in further else made(kind)


def _people(latent: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Columns of many kinds, with gaps."""
    frame = pd.DataFrame(
        {
            "age": (40 + 10 * latent[:, 0]).round(),
            "income": np.exp(8 + latent[:, 1]).round(2),
            "city": np.where(latent[:, 2] > 0, "Bonn", np.where(latent[:, 3] > 0, "Köln", "Ulm")),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta((100 * latent[:, 4]).round(), unit="D"),
            "stay": pd.to_timedelta((10 + 3 * latent[:, 5]).round(), unit="h"),
            "visits": rng.poisson(np.exp(latent[:, 6])),
            "spent": np.where(latent[:, 7] > 0, np.exp(latent[:, 8]), 0.0),
        }
    )
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    return frame.assign(member=latent[:, 9] > 0)


def fitted(row: dict[str, str]) -> tuple[elbax.VAE, Any, Any]:
    """The model of a row of the table after one epoch, its data and their context."""
    call, _, arguments = few(row["call"]).partition(".fit")
    x = rows_of(row["data"])
    y = np.arange(len(x)) % 2
    vae = eval(call, {"elbax": elbax})
    vae.set_params(**SMALL | {"epochs": 1} | ({"hidden": ()} if vae.hidden == () else {}))
    names = {"vae": vae, "X": x, "y": y}
    eval(f"vae.fit{arguments or '(X)'}", names)
    given = re.search(r"context=(.+)\)$", arguments)
    return vae, x, eval(given[1], names) if given else None


def exported(row: dict[str, str]) -> Export:
    """An export whose programs have been compared with JAX."""
    vae, x, context = fitted(row)
    return vae._exported(vae._in_numbers(x, context), "onnx", row["variant"])


def line(row: dict[str, str]) -> str:
    """A row of the table: the largest relative error of each program, or why there is none."""
    try:
        export = exported(row)
    except InputError as error:
        return f"| {row['variant']} | {error} |{' |' * (len(PROGRAMS) - 1)}"
    cells = [f"{export.errors[p]:.0e}" if p in export.errors else export.left_out[p] for p in PROGRAMS]
    return f"| {row['variant']} | {' | '.join(cells)} |"


def write(lines: dict[str, str]) -> None:
    """Write the table with the lines that are there."""
    text = _HEAD
    for title, rows in SECTIONS.items():
        text += f"\n## {title}\n\n{_COLUMNS}"
        text += "".join(f"{lines[row['variant']]}\n" for row in rows if row["variant"] in lines)
    TABLE.write_text(text, encoding="utf-8")


def main() -> None:
    """Run, and write the table after every row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="PATTERN", help="rows whose names match")
    parser.add_argument("--missing", action="store_true", help="only rows that the table has not")
    arguments = parser.parse_args()
    text = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    lines = {match["name"]: match[0] for match in _LINE.finditer(text)}
    rows = [row for section in SECTIONS.values() for row in section if re.search(arguments.only, row["variant"])]
    failed = []
    for row in rows:
        if arguments.missing and row["variant"] in lines:
            continue
        try:
            lines[row["variant"]] = line(row)
        except Exception:
            failed.append(row["variant"])
            print(f"{row['variant']}:\n{traceback.format_exc()}", flush=True)
            continue
        finally:
            jax.clear_caches()
            gc.collect()
        print(lines[row["variant"]], flush=True)
        write(lines)
    if failed:
        raise SystemExit(f"neither exported nor refused: {', '.join(failed)}")


if __name__ == "__main__":
    main()
