"""The examples of docs/tables.md run, in order."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "tables.md"


def test_the_examples_run():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 4
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {})
