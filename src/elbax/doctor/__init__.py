"""Finding out why a VAE does not do what was hoped for."""

from elbax.doctor.case import Case
from elbax.doctor.certificate import (
    Certificate,
    Surface,
    collapse_certificate,
    critical_scale,
    log_d_surface,
)
from elbax.doctor.diagnosis import Diagnosis, examine
from elbax.doctor.finding import CODES, Finding

__all__ = [
    "CODES",
    "Case",
    "Certificate",
    "Diagnosis",
    "Finding",
    "Surface",
    "collapse_certificate",
    "critical_scale",
    "examine",
    "log_d_surface",
]
