"""Every code has a page, and what the pages show is what one gets.

``python tests/doctor/test_pages.py`` writes the table of codes in docs/doctor/README.md.
"""

import contextlib
import io
import re
from pathlib import Path

import pytest

from elbax.doctor import CODES
from elbax.doctor import rules as rules_module

PAGES = Path(__file__).parents[2] / "docs" / "doctor"


def blocks(code):
    """The example of a page and the output it shows."""
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.S)
    (output,) = re.findall(r"```text\n(.*?)```", text, re.S)
    return example, output


def with_table(text):
    """The text with its table of codes as the rules have it."""
    lines = "".join(f"| [{code}]({code}.md) | {meaning} |\n" for code, meaning in CODES.items())
    return re.sub(r"(?<=\|---\|---\|\n)(\|.*\n)+", lambda _: lines, text)


def run(example):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "example", "exec"), {})
    return printed.getvalue()


def words(output):
    """What was said, without the numbers, which differ from machine to machine."""
    return re.sub(r"[-\d.,e]*\d", "#", output.splitlines()[0])


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page_that_is_linked(code):
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {code}\n")
    for part in ("How it is measured", "Example", "What to do", "Source"):
        assert f"## {part}\n" in text


def test_every_page_has_a_code_and_the_table_lists_them_in_order():
    pages = {page.stem for page in PAGES.glob("*.md")} - {"README", "certificate"}
    assert pages == set(CODES)
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    assert text == with_table(text), "run python tests/doctor/test_pages.py"


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_a_page_shows_its_code(code):
    example, output = blocks(code)
    assert re.search(rf"^{code}: ", output, re.M)
    assert words(run(example)) == words(output)


def test_links_between_pages_lead_somewhere():
    for page in PAGES.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_sources_of_findings_are_on_the_pages():
    """A paper that a finding cites is explained where its code is."""
    rules = "".join(path.read_text(encoding="utf-8") for path in Path(rules_module.__file__).parent.glob("*.py"))
    papers = set(re.findall(r"arXiv (\d{4}\.\d{5})", rules))
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    assert papers and all(paper in pages for paper in papers)


if __name__ == "__main__":
    readme = PAGES / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")
