"""Findings, and the rules that make them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A cause with its evidence and its remedy.

    Attributes:
        code: a key of `elbax.doctor.CODES`.
        value: the measured number.
        threshold: the number it was compared with.
        evidence: the measurement, in a sentence.
        advice: the remedy, in a sentence.
        changes: settings of `elbax.VAE` that apply the remedy.
        confidence: from 0 to 1: 1 for a proof, .9 for a controlled probe or exact fact, less for a heuristic.
        source: where the criterion comes from.
        note: whether it is worth knowing rather than wrong.
        meaning: the meaning of the code, in one line.
    """

    code: str
    value: float
    threshold: float
    evidence: str
    advice: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 0.9
    source: str = ""
    note: bool = False
    meaning: str = ""


@dataclass(frozen=True)
class Rule:
    """A function from measurements to a finding or None, with the code and the meaning of that finding.

    Attributes:
        code: name of the finding, and of its page in docs/doctor.
        meaning: the meaning of the code, in one line.
        function: takes `Measurements`.
        quick: whether the history and a few rows can decide it, so that the quick check after a fit applies it too.
    """

    code: str
    meaning: str
    function: Callable[[Any], Finding | None]
    quick: bool = False

    def __call__(self, measurements) -> Finding | None:
        """Apply the rule."""
        return self.function(measurements)

    def found(self, *values: Any, **more: Any) -> Finding:
        """Make the finding of this rule; arguments are the fields of `Finding` from ``value`` on."""
        return Finding(self.code, *values, **more, meaning=self.meaning)


def rule(
    code: str, meaning: str, *, quick: bool = False
) -> Callable[[Callable[[Any], Finding | None]], Rule]:
    """Turn a function into a rule.

    Example:
        >>> @rule("loud", "the noise is loud")
        ... def loud(measurements):
        ...     return loud.found(measurements, 1.0, "it was measured", "turn it down")
        >>> loud(3.0).meaning
        'the noise is loud'
    """
    return lambda function: Rule(code, meaning, function, quick)
