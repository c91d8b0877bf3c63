"""The pages of the documentation: their code runs, in order, and their links lead somewhere.

Blocks of Python run in one namespace, and lines of ``bash`` blocks as commands of elbax in the same folder. What cannot
run in a test, such as an installation, is marked as ``text`` on the page. Pages of the doctor, the zoo, the gallery and
`extending` have tests of their own.
"""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from elbax.cli import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ELSEWHERE = {"extending.md", "zoo.md"}
GENERATED = {DOCS / "reference" / "shell.md"}  # in the site
# Without assertions on how good a fit is, weights start at random and networks are small, which compile in a third of
# the time.
SMALL = {"tables", "synthetic_rows", "conditions", "gaps", "map", "start"}
BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def has_code(page):
    return page.name not in ELSEWHERE and BLOCK.search(page.read_text(encoding="utf-8"))


PAGES = [page for page in [*DOCS.glob("*.md"), *DOCS.glob("guides/*.md")] if has_code(page)]


def commands(block):
    """The commands of a block of bash, one per line, comments left out."""
    return [shlex.split(line, comments=True) for line in block.splitlines() if line.strip()]


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # of AnnData about pandas
@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, make_room):
    monkeypatch.chdir(tmp_path)
    make_room(0.9)
    names: dict = {"__name__": "page"}
    for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if page.stem in SMALL:
            block = block.replace("verbose=0", 'verbose=0, init="random", hidden=(8,)')
            block = re.sub(r"^elbax (fit|synth)", r"elbax \1 --init random --hidden 8", block, flags=re.M)
        if page.stem == "image_files":  # the report of images takes 1.6 GB
            block = block.replace("elbax fit", "elbax fit --no-report")
        if language == "python":
            exec(compile(block, str(page), "exec"), names)
            continue
        for program, *arguments in commands(block):
            assert program == "elbax", f"{page.name} runs {program}; mark it as text"
            make_room()
            ended = CliRunner().invoke(app, arguments)
            assert ended.exit_code == 0, f"{page.name}: {program} {shlex.join(arguments)}\n{ended.output}"


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]), ids=lambda p: str(p.relative_to(ROOT))
)
def test_links_lead_to_files(page):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in LINK.findall(text):
        if not re.match(r"\w+:|#", target):
            path = (page.parent / target.split("#")[0]).resolve()
            assert path.exists() or path in GENERATED, f"{page.name} links to {target}"
