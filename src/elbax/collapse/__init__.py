"""Is posterior collapse the optimum? A certificate computed from the data and the likelihood, without any network.

`collapse_certificate` decides whether the best constant decoder is the global optimum of the negative ELBO, and how
far that is proved; `critical_scale` is the smallest noise level at which it is; `log_d_surface` evaluates the test
statistic over a plane. The theorem and its proof are in docs/doctor/certificate.md.
"""

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
