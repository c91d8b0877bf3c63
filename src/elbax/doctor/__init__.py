"""Diagnosis of a fit: what is wrong, why, and what to change."""

from elbax.doctor.diagnosis import Diagnosis, examine
from elbax.doctor.finding import Finding, Rule, rule
from elbax.doctor.fit_record import FitRecord, has_seen_held_out
from elbax.doctor.quick_check import quick_check
from elbax.doctor.refit import Refit, Round, heal
from elbax.doctor.rules import CODES, RULES

__all__ = [
    "CODES",
    "RULES",
    "Diagnosis",
    "Finding",
    "FitRecord",
    "Refit",
    "Round",
    "Rule",
    "examine",
    "has_seen_held_out",
    "heal",
    "quick_check",
    "rule",
]
