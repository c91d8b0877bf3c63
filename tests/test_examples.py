"""The gallery: every script runs, and every page shows what it promises."""

import importlib.util
import os
import re
import runpy
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES, GALLERY = ROOT / "examples", ROOT / "docs" / "gallery"
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py") if not path.stem.startswith("_"))
WITHOUT_PAGE = ("digits", "search_on_ray")
PAGES = sorted(path for path in GALLERY.glob("*.md") if path.name != "README.md")
# First bytes of each kind of image, and how heavy one may be.
KINDS = {".png": (b"\x89PNG", 200_000), ".gif": (b"GIF89a", 500_000)}


def run(script: str, *arguments: str | Path) -> str:
    """Run a script as a reader would, on a machine that has no MNIST; returns what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "ELBAX_DATA"}
    command = [sys.executable, "-W", "error", EXAMPLES / f"{script}.py", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_here(monkeypatch, script: str, *arguments: str) -> None:
    """The same in this process, which has imported and compiled much already."""
    monkeypatch.delenv("ELBAX_DATA", raising=False)
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setattr(sys, "argv", [script, *arguments])
    runpy.run_path(str(EXAMPLES / f"{script}.py"), run_name="__main__")


def check_page(page: Path) -> None:
    """A page has figures, all of them there, and no number that could not be computed."""
    text = page.read_text(encoding="utf-8")
    images = re.findall(r"!\[[^\]]+\]\((images/[^)]+)\)", text)
    assert images
    for image in images:
        data = (page.parent / image).read_bytes()
        begins, heaviest = KINDS[Path(image).suffix]
        assert data.startswith(begins) and len(data) < heaviest, image
    assert not re.search(r"\bnan\b|[{}]", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    assert f"]({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", [script for script in SCRIPTS if script not in WITHOUT_PAGE])
def test_a_quick_run_makes_its_page(script, monkeypatch, tmp_path):
    run_here(monkeypatch, script, "--quick", "--out", str(tmp_path))
    check_page(tmp_path / f"{script}.md")


def test_the_readmes_image_is_drawn(monkeypatch, tmp_path):
    run_here(monkeypatch, "digits", "--quick", str(tmp_path / "digits.png"))
    assert (tmp_path / "digits.png").read_bytes().startswith(b"\x89PNG")


def test_a_search_runs_on_ray_and_leaves_no_process_behind():
    pytest.importorskip("ray", reason='Ray is not installed: pip install "elbax[ray]"')
    before = ray_processes()
    printed = run("search_on_ray", "--quick")
    fits, workers, searching = map(int, re.search(r"(\d+) fits by (\d+) processes, (\d+) by", printed).groups())
    assert fits == 4 and 1 <= workers <= 2 and searching == 0
    assert printed.count("log p(x)") == 2 and "best: {'latent_dim'" in printed
    deadline = time.monotonic() + 20  # they are told to stop, and take a moment
    while (left := ray_processes() - before) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def ray_processes() -> set[str]:
    """Processes of Ray clusters on this machine, where it lists processes as files."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            command = (process / "cmdline").read_bytes()
            if b"/ray/" in command or command.startswith(b"ray::"):
                found.add(process.name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_in_the_docs_are_whole(page):
    check_page(page)
    assert page.stem in SCRIPTS


def test_a_full_run_refuses_to_say_what_it_did_not_show(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["example", "--out", str(tmp_path)])
    spec = importlib.util.spec_from_file_location("_gallery", EXAMPLES / "_gallery.py")
    gallery = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gallery)
    page = gallery.Page("example", "An example.")
    assert page.claim("one is one", 1 == 1) == "one is one"
    with pytest.raises(AssertionError, match="one is two"):
        page.claim("one is two", 1 == 2)
