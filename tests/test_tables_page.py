"""The examples of docs/tables.md run, in order."""

import re
from pathlib import Path

# As on the page, but from random weights and with small networks, which compile in a third of the time.
SMALL = ("verbose=0", 'verbose=0, init="random", hidden=(8,)')
PAGE = Path(__file__).parents[1] / "docs" / "tables.md"


def test_the_examples_run():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 4
    code = "\n".join(blocks)
    assert SMALL[0] in code
    exec(compile(code.replace(*SMALL), str(PAGE), "exec"), {})
