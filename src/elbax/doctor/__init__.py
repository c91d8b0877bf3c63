"""Finding out why a VAE does not do what was hoped for."""

from elbax.doctor.case import Case
from elbax.doctor.diagnosis import Diagnosis, examine
from elbax.doctor.finding import CODES, Finding
from elbax.doctor.glance import glance
from elbax.doctor.healing import Healing, Round, heal

__all__ = [
    "CODES",
    "Case",
    "Diagnosis",
    "Finding",
    "Healing",
    "Round",
    "examine",
    "glance",
    "heal",
]
