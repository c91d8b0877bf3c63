"""The certificate of posterior collapse, computed without any network; the proof is in docs/doctor/certificate.md."""

from elbax.collapse.certificate import Certificate
from elbax.collapse.held_out import STORED
from elbax.collapse.optimality import METHODS, Surface, collapse_certificate, critical_scale, log_d_surface

__all__ = [
    "METHODS",
    "STORED",
    "Certificate",
    "Surface",
    "collapse_certificate",
    "critical_scale",
    "log_d_surface",
]
