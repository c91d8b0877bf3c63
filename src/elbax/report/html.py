"""What pages share: templates, and figures inside the page."""

import re
from base64 import b64encode
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from elbax import plots
from elbax.report.static_figure import StaticFigure

_CODE = re.compile("`([^`]+)`")


def render_page(template: str, title: str, **values: Any) -> str:
    """Render a template as one self-contained HTML document that fetches nothing; all texts are escaped."""
    return _environment().get_template(template).render(title=title, **values)


def inline(figure: StaticFigure) -> dict[str, str]:
    """A static figure, with its image as a data URI."""
    data = b64encode(plots.to_png(figure.figure)).decode()
    width, height = (round(96 * inches) for inches in figure.figure.get_size_inches())
    return {
        "title": figure.title,
        "alt": figure.alt,
        "reading": Markup(_CODE.sub(r"<code>\1</code>", str(escape(figure.reading)))),
        "source": f"data:image/png;base64,{data}",
        "width": str(width),
        "height": str(height),
    }


@cache
def _environment() -> Environment:
    loader = PackageLoader("elbax.report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
