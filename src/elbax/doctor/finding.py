"""Findings and rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A cause with its evidence and remedy.

    Attributes:
        code: a key of `elbax.doctor.CODES`.
        value: the measured value.
        threshold: the threshold it was compared with.
        evidence: the measurement as a sentence.
        advice: the remedy as a sentence.
        changes: settings of `elbax.VAE` that apply the remedy.
        confidence: 1 for a proof, 0.9 for a controlled probe or exact fact, less for a heuristic.
        source: reference of the criterion.
        note: whether it is information rather than a fault.
        meaning: the meaning of the code, in one line.

    Example:
        >>> Finding("overfit", 1.2, 0.5, "training rows gain 1.2 nats", "more rows").code
        'overfit'
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
    """A function from `Measurements` to a finding or None, with the code and meaning of the finding.

    Attributes:
        code: name of the finding, and of its page in docs/doctor.
        meaning: the meaning of the code, in one line.
        function: the function.
        quick: whether history and a few rows suffice, so that the quick check applies it.
    """

    code: str
    meaning: str
    function: Callable[[Any], Finding | None]
    quick: bool = False

    def __call__(self, measurements) -> Finding | None:
        return self.function(measurements)

    def finding(self, *args: Any, **kwargs: Any) -> Finding:
        """Make this rule's finding from the fields of `Finding` after ``code``."""
        return Finding(self.code, *args, **kwargs, meaning=self.meaning)


def rule(code: str, meaning: str, *, quick: bool = False) -> Callable[[Callable[[Any], Finding | None]], Rule]:
    """Turn a function into a rule.

    Example:
        >>> @rule("loud", "the noise is loud")
        ... def loud(measurements):
        ...     return loud.finding(measurements, 1.0, "it was measured", "turn it down")
        >>> loud(3.0).meaning
        'the noise is loud'
    """
    return lambda function: Rule(code, meaning, function, quick)
