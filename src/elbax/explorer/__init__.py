"""The explorer: a page that shows a fitted model's rows on a map, decodes points, and fills rows."""

from elbax.explorer.page import Page
from elbax.explorer.rows import Rows
from elbax.explorer.serve import DEFAULT_PORT, open_server
from elbax.explorer.session import Session
from elbax.explorer.watch import Watch
from elbax.explorer.widget import make_widget

__all__ = ["DEFAULT_PORT", "Page", "Rows", "Session", "Watch", "make_widget", "open_server"]
