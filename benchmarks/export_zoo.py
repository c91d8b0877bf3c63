"""Export every variant of docs/zoo.md, and write the table of docs/export.md.

``python -m benchmarks.export_zoo`` fits each variant for one epoch to 48 rows, exports it to ONNX, and compares
encoder, decoder and score with JAX. ``--only PATTERN`` does some, and leaves the other rows of the table as they are.
"""

import argparse
import re
from pathlib import Path
from typing import Any

from tests.test_zoo import ROWS, SMALL, few, made

import elbax
from elbax.errors import InputError
from elbax.export import Export

PAGE = Path(__file__).parents[1] / "docs" / "export.md"
_HEAD = "| variant | encoder | decoder | score |\n|---|---|---|---|\n"
_LINE = re.compile(r"^\| (?P<variant>[^|]+?) \|.*\|$", re.MULTILINE)


def fitted(row: dict[str, str]) -> tuple[elbax.VAE, Any, Any]:
    """A variant of the zoo after one epoch, its rows and their context."""
    call, _, arguments = few(row["call"]).partition(".fit")
    x = made(row["data"])
    y = (x.reshape(len(x), -1)[:, 0] > 0).astype(int)
    vae = eval(call, {"elbax": elbax})
    vae.set_params(**SMALL | {"epochs": 1} | ({"hidden": ()} if vae.hidden == () else {}))
    eval(f"vae.fit{arguments or '(X)'}", {"vae": vae, "X": x, "y": y})
    return vae, x, y if "context" in arguments else None


def exported(row: dict[str, str]) -> Export:
    """A variant's export; its programs have been compared with JAX."""
    vae, x, context = fitted(row)
    return vae._exported(vae._in_numbers(x, context), "onnx", row["variant"])


def line(row: dict[str, str]) -> str:
    """A row of the table: the largest relative error of each program, or why there is none."""
    try:
        export = exported(row)
    except InputError as error:
        return f"| {row['variant']} | {error} | | |"
    cells = [
        f"{export.errors[name]:.0e}" if name in export.errors else export.left_out[name]
        for name in ("encoder", "decoder", "score")
    ]
    return f"| {row['variant']} | {' | '.join(cells)} |"


def main() -> None:
    """Run, and write the table after every variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="PATTERN", help="variants whose names match")
    pattern = parser.parse_args().only
    for row in ROWS:
        if re.search(pattern, row["variant"]):
            text = PAGE.read_text(encoding="utf-8")
            before, _, after = text.partition(_HEAD)
            lines = {match["variant"]: match[0] for match in _LINE.finditer(after)}
            lines[row["variant"]] = line(row)
            print(lines[row["variant"]], flush=True)
            table = "".join(f"{lines[own['variant']]}\n" for own in ROWS if own["variant"] in lines)
            rest = after[max((match.end() + 1 for match in _LINE.finditer(after)), default=0) :]
            PAGE.write_text(before + _HEAD + table + rest, encoding="utf-8")


if __name__ == "__main__":
    main()
