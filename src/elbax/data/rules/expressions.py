"""Expressions of rules: names of columns, numbers, dates and arithmetic, read without running any code."""

import ast
from typing import NamedTuple

import numpy as np

from elbax.data.rules.values import MOMENT, NAMES, NUMBER, SPAN, TEXT, Table, Values, literal
from elbax.errors import InputError, unknown_name

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
# The form of the result of arithmetic with two forms.
_FORMS = {
    "+": {(NUMBER, NUMBER): NUMBER, (MOMENT, SPAN): MOMENT, (SPAN, MOMENT): MOMENT, (SPAN, SPAN): SPAN},
    "-": {(NUMBER, NUMBER): NUMBER, (MOMENT, SPAN): MOMENT, (MOMENT, MOMENT): SPAN, (SPAN, SPAN): SPAN},
    "*": {(NUMBER, NUMBER): NUMBER, (SPAN, NUMBER): SPAN, (NUMBER, SPAN): SPAN},
    "/": {(NUMBER, NUMBER): NUMBER, (SPAN, NUMBER): SPAN, (SPAN, SPAN): NUMBER},
}


class Linear(NamedTuple):
    """Σ coefficients · columns + constant."""

    coefficients: dict[str, float]
    constant: float

    def plus(self, other: "Linear", sign: float) -> "Linear":
        names = [*self.coefficients, *(name for name in other.coefficients if name not in self.coefficients)]
        sums = {name: self.coefficients.get(name, 0) + sign * other.coefficients.get(name, 0) for name in names}
        return Linear({name: value for name, value in sums.items() if value}, self.constant + sign * other.constant)

    def times(self, factor: float) -> "Linear":
        return Linear({name: factor * value for name, value in self.coefficients.items()}, factor * self.constant)


class Expression(NamedTuple):
    """A part of a rule.

    Attributes:
        node: its syntax tree.
        names: names of columns by the identifiers that stand for them.
        rule: the text of the rule, for messages.
    """

    node: ast.expr
    names: dict[str, str]
    rule: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order of the text."""
        found = [node for node in ast.walk(self.node) if isinstance(node, ast.Name)]
        found.sort(key=lambda node: (node.lineno, node.col_offset))
        return tuple(dict.fromkeys(self.names.get(node.id, node.id) for node in found))

    def __str__(self) -> str:
        return _unparse(self.node, self.names)

    def value(self, table: Table, beside: str = NUMBER) -> Values:
        """Compute it for all rows; text in quotes has the form of what is ``beside`` it.

        Raises:
            InputError: a column is unknown, or the arithmetic makes no sense.
        """
        return self._value(self.node, table, beside)

    def linear(self, table: Table) -> Linear | None:
        """It as a sum of columns with factors; None if it is no such sum."""
        return self._linear(self.node, table)

    def _value(self, node: ast.expr, table: Table, beside: str) -> Values:
        none = np.zeros(table.rows, bool)
        if isinstance(node, ast.Name):
            name = self.names.get(node.id, node.id)
            if name not in table.columns:
                raise unknown_name(f"column in rule {self.rule!r}:", name, table.columns)
            return table.columns[name]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if beside in (MOMENT, SPAN):
                return Values(beside, np.full(table.rows, literal(node.value, beside, table.unit, self.rule)), none)
            return Values(TEXT, np.full(table.rows, node.value, object), none)
        if isinstance(node, ast.Constant):
            return Values(NUMBER, np.full(table.rows, node.value), none)
        if isinstance(node, ast.UnaryOp):
            inner = self._value(node.operand, table, beside)
            if inner.form not in (NUMBER, SPAN):
                raise InputError(f"rule {self.rule!r}: {NAMES[inner.form]} has no sign; take it out")
            return inner._replace(values=-inner.values) if isinstance(node.op, ast.USub) else inner
        assert isinstance(node, ast.BinOp)  # `read` lets nothing else pass
        return self._arithmetic(node, table)

    def _operand(self, node: ast.expr, table: Table) -> Values:
        """A side of an operator, where text in quotes is a duration or a date."""
        if not _is_text(node):
            return self._value(node, table, NUMBER)
        try:
            return self._value(node, table, SPAN)
        except InputError:
            return self._value(node, table, MOMENT)

    def _arithmetic(self, node: ast.BinOp, table: Table) -> Values:
        sign = _SIGNS[type(node.op)]
        left, right = self._operand(node.left, table), self._operand(node.right, table)
        form = _FORMS[sign].get((left.form, right.form))
        if form is None:
            raise InputError(
                f"rule {self.rule!r} computes {NAMES[left.form]} {sign} {NAMES[right.form]}, which makes no sense"
            )
        a, b = left.values, right.values
        missing = left.missing | right.missing
        if sign == "/":
            missing = missing | (b == 0)
            return Values(form, a / np.where(b == 0, 1, b), missing)
        return Values(form, a + b if sign == "+" else a - b if sign == "-" else a * b, missing)

    def _linear(self, node: ast.expr, table: Table) -> Linear | None:
        if isinstance(node, ast.Name):
            name = self.names.get(node.id, node.id)
            return None if table.columns[name].form == TEXT else Linear({name: 1.0}, 0.0)
        if isinstance(node, ast.Constant):
            return self._constant(node.value, table) if isinstance(node.value, str) else Linear({}, node.value)
        if isinstance(node, ast.UnaryOp):
            inner = self._linear(node.operand, table)
            return inner and inner.times(-1 if isinstance(node.op, ast.USub) else 1)
        assert isinstance(node, ast.BinOp)
        left, right = self._linear(node.left, table), self._linear(node.right, table)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Add | ast.Sub):
            return left.plus(right, 1 if isinstance(node.op, ast.Add) else -1)
        if isinstance(node.op, ast.Mult) and not (left.coefficients and right.coefficients):
            return left.times(right.constant) if left.coefficients else right.times(left.constant)
        if isinstance(node.op, ast.Div) and not right.coefficients and right.constant:
            return left.times(1 / right.constant)
        return None

    def _constant(self, text: str, table: Table) -> Linear | None:
        """A duration or a date in steps of the table's unit; None for other text."""
        for form in (SPAN, MOMENT):
            try:
                return Linear({}, literal(text, form, table.unit, self.rule))
            except InputError:
                continue
        return None


def check_syntax(node: ast.expr, rule: str) -> None:
    """InputError unless an expression consists of names, numbers, text and + - * /."""
    numbers = isinstance(node, ast.Constant) and isinstance(node.value, int | float | str)
    if numbers and not isinstance(node.value, str) and not abs(node.value) < 1e300:
        raise InputError(f"rule {rule!r} holds a number that is too large; leave such an end out")
    if isinstance(node, ast.Name) or (numbers and not isinstance(node.value, bool)):
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return check_syntax(node.operand, rule)
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        check_syntax(node.left, rule)
        return check_syntax(node.right, rule)
    raise InputError(
        f"rule {rule!r} holds {ast.unparse(node)!r}; use names of columns, numbers, text in quotes and + - * /"
    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _unparse(node: ast.expr, names: dict[str, str]) -> str:
    text = ast.unparse(node)
    for identifier, name in names.items():
        text = text.replace(identifier, name)
    return text
