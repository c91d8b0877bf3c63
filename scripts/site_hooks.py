"""Hooks of the documentation site: folders in the navigation, pages made of other files, links to files outside."""

import re
from pathlib import Path

import typer
from mkdocs.structure.files import File
from typer.cli import get_docs_for_click

from elbax.cli import app

_LINK = re.compile(r"\[([^\]]+)\]\(([^)#:\s]+)(#[^)\s]*)?\)")


def on_config(config):
    """Replace each folder of the navigation, such as `doctor/`, by its pages: README first, then by name."""
    config["nav"] = [_expanded(entry, Path(config["docs_dir"])) for entry in config["nav"]]
    return config


def _expanded(entry, docs: Path):
    if isinstance(entry, str):
        return entry
    [(title, value)] = entry.items()
    if isinstance(value, list):
        return {title: [_expanded(inner, docs) for inner in value]}
    if not value.endswith("/"):
        return entry
    pages = sorted(docs.joinpath(value).glob("*.md"), key=lambda page: (page.name != "README.md", page.name))
    return {title: [str(page.relative_to(docs)) for page in pages]}


def on_files(files, config):
    """Add the changelog, whose links start at the root of the repository, and the help of the commands."""
    text = Path(config["docs_dir"]).with_name("CHANGELOG.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "changes.md", content=text.replace("](docs/", "](")))
    command = typer.main.get_command(app)
    shell = get_docs_for_click(obj=command, ctx=typer.Context(command), name="elbax", title="Commands and options")
    files.append(File.generated(config, "reference/shell.md", content=shell))
    return files


def on_page_markdown(markdown, page, config, files):
    """Replace links to files of the repository outside the pages by their paths: offline there is nothing to open."""
    docs = Path(config["docs_dir"])
    folder = docs.parent if page.file.src_uri == "changes.md" else (docs / page.file.src_uri).parent

    def replaced(match: re.Match) -> str:
        target = (folder / match[2]).resolve()
        if target.is_relative_to(docs) or not target.exists():  # the site's own check tells of what is missing
            return match[0]
        path = target.relative_to(docs.parent)
        return f"`{path}`" if path.name in match[1] else f"{match[1]} (`{path}`)"

    return _LINK.sub(replaced, markdown)


def on_post_page(output, page, config):
    """Take the script that searches pages opened from disk from the site itself; the theme would fetch it."""
    return _own_search(output, "../" * page.url.count("/"))


def on_post_template(output, template_name, config):
    """Likewise on the page that says that there is no such page."""
    return _own_search(output, "")


def _own_search(html: str, root: str) -> str:
    return html.replace("https://unpkg.com/iframe-worker/shim", f"{root}assets/iframe-worker.js")
