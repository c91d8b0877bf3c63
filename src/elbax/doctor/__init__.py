"""Finding out why a VAE does not do what was hoped for."""

from elbax.doctor.certificate import (
    Certificate,
    Surface,
    collapse_certificate,
    critical_scale,
    log_d_surface,
)

__all__ = ["Certificate", "Surface", "collapse_certificate", "critical_scale", "log_d_surface"]
