"""Rules that rows of a table hold to, such as "start <= end", and how new rows hold to them."""

from elbax.data.rules.rule import parse
from elbax.data.rules.rules import Rules, Violation

__all__ = ["Rules", "Violation", "parse"]
