"""Rules that rows must hold to, as users write them."""

import ast
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pandas as pd

from elbax.data.rules.expressions import Expression, Linear, check_syntax
from elbax.data.rules.values import NAMES, TEXT, Table, Values
from elbax.errors import InputError, unknown_name

_OPERATORS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_TOLERANCE = 1e-9  # of sums of floats, relative
_EXAMPLE = '"start <= end", "a + b == total", "combination(city, state)" or "unique(id)"'


@dataclass(frozen=True)
class AbstractRule(ABC):
    """A rule.

    Attributes:
        text: as the user wrote it.
    """

    text: str

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The columns that it is about, in the order of the text."""

    @abstractmethod
    def broken(self, table: Table) -> np.ndarray:
        """Mask of the rows that break it, (n,); a row with a gap in one of its columns does not."""


@dataclass(frozen=True)
class Comparison(AbstractRule):
    """left < right, or <=, == or !=; > and >= are turned round.

    Attributes:
        left: an expression.
        operator: "<", "<=", "==" or "!=".
        right: an expression.
    """

    left: Expression
    operator: str
    right: Expression

    @property
    def columns(self) -> tuple[str, ...]:
        sides = (self.right, self.left) if self._turned else (self.left, self.right)
        return tuple(dict.fromkeys(name for side in sides for name in side.columns))

    @property
    def _turned(self) -> bool:
        return self.left.node.col_offset > self.right.node.col_offset

    def sides(self, table: Table) -> tuple[Values, Values]:
        """Both sides, of one form.

        Raises:
            InputError: they cannot be compared.
        """
        left = self.left.value(table)
        right = self.right.value(table, left.form)
        left = self.left.value(table, right.form)
        if left.form != right.form:
            raise InputError(
                f"rule {self.text!r} compares {NAMES[left.form]} with {NAMES[right.form]}; "
                "convert one of the columns first"
            )
        if left.form == TEXT and self.operator not in ("==", "!="):
            raise InputError(f"rule {self.text!r}: text has no order; use == or !=")
        return left, right

    def broken(self, table: Table) -> np.ndarray:
        left, right = self.sides(table)
        a, b = left.values, right.values
        floats = left.form != TEXT and "f" in (a.dtype.kind, b.dtype.kind)
        near = np.abs(b - a) <= _TOLERANCE * (np.abs(a) + np.abs(b)) if floats else a == b
        plain = len(self.columns) < 3  # no sum that was rounded
        holds = {
            "==": near,
            "!=": a != b,
            "<": a < b if self.operator == "<" else near,
            "<=": (a <= b) | (False if plain else near) if self.operator == "<=" else near,
        }[self.operator]
        return ~np.asarray(holds, bool) & ~left.missing & ~right.missing

    def linear(self, table: Table) -> Linear | None:
        """Right - left as a sum of columns with factors; None if it is no such sum."""
        left, right = self.left.linear(table), self.right.linear(table)
        return None if left is None or right is None else right.plus(left, -1)


@dataclass(frozen=True)
class Combination(AbstractRule):
    """combination(a, b, …): only combinations of values that training rows have."""

    names: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.names

    def broken(self, table: Table) -> np.ndarray:
        _known(self, table)
        return np.zeros(table.rows, bool)  # what training rows have is known to `Rules` alone


@dataclass(frozen=True)
class Unique(AbstractRule):
    """unique(a, …): no two rows have the same values; the first of them breaks nothing."""

    names: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.names

    def broken(self, table: Table) -> np.ndarray:
        _known(self, table)
        columns = [table.columns[name] for name in self.names]
        missing = np.any([column.missing for column in columns], axis=0)
        frame = pd.DataFrame({name: table.columns[name].values for name in self.names})[~missing]
        broken = np.zeros(table.rows, bool)
        broken[~missing] = frame.duplicated().to_numpy()
        return broken


def parse(text: str) -> list[AbstractRule]:
    """Read a rule; "0 <= age <= 120" and "a < b and b < c" are two. Names with other characters stand in backticks.

    Raises:
        InputError: it is no rule.

    Example:
        >>> [rule.columns for rule in parse("0 <= `my age` <= limit")]
        [('my age',), ('my age', 'limit')]
    """
    if not isinstance(text, str):
        raise InputError(f"a rule is text, as in {_EXAMPLE}; got {text!r}")
    source, names = _without_backticks(text)
    try:
        node = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise InputError(f"rule {text!r} cannot be read; write rules as in {_EXAMPLE}") from error
    parts = node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]
    return [rule for part in parts for rule in _rules(part, names, text)]


def _rules(node: ast.expr, names: dict[str, str], text: str) -> list[AbstractRule]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return [_of_call(node.func.id, node.args, names, text)]
    if not isinstance(node, ast.Compare) or any(type(sign) not in _OPERATORS for sign in node.ops):
        raise InputError(f"rule {text!r} is no comparison; write rules as in {_EXAMPLE}")
    sides = [node.left, *node.comparators]
    for side in sides:
        check_syntax(side, text)
    expressions = [Expression(side, names, text) for side in sides]
    pairs = zip(expressions, node.ops, expressions[1:], strict=False)
    rules: list[AbstractRule] = [_comparison(text, left, _OPERATORS[type(sign)], right) for left, sign, right in pairs]
    if not any(rule.columns for rule in rules):
        raise InputError(f"rule {text!r} names no column; write rules as in {_EXAMPLE}")
    return [rule for rule in rules if rule.columns]


def _of_call(function: str, arguments: list[ast.expr], names: dict[str, str], text: str) -> AbstractRule:
    kinds = {"combination": Combination, "unique": Unique}
    if function not in kinds:
        raise unknown_name(f"function in rule {text!r}:", function, kinds)
    if not all(isinstance(argument, ast.Name) for argument in arguments):
        raise InputError(f"rule {text!r}: {function} takes names of columns, as in {_EXAMPLE}")
    columns = tuple(names.get(argument.id, argument.id) for argument in arguments)
    least = 2 if function == "combination" else 1
    if len(set(columns)) < max(least, len(columns)):
        raise InputError(f"rule {text!r}: {function} takes at least {least} different columns, as in {_EXAMPLE}")
    return kinds[function](text, columns)


def _comparison(text: str, left: Expression, operator: str, right: Expression) -> Comparison:
    if operator in (">", ">="):
        left, operator, right = right, _MIRRORED[operator], left
    return Comparison(text, left, operator, right)


def _without_backticks(text: str) -> tuple[str, dict[str, str]]:
    """The text with an identifier in place of each name in backticks, and the names."""
    names: dict[str, str] = {}

    def identifier(match: re.Match) -> str:
        name = f"column_{len(names)}__"
        names[name] = match[1]
        return name

    return re.sub(r"`([^`]+)`", identifier, text), names


def _known(rule: AbstractRule, table: Table) -> None:
    for name in rule.columns:
        if name not in table.columns:
            raise unknown_name(f"column in rule {rule.text!r}:", name, table.columns)
