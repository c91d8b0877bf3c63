"""The certificate of posterior collapse, computed from data and likelihood without any network.

`collapse_certificate` tests whether the best constant decoder is the global optimum of the negative ELBO.
`critical_scale` is the smallest noise level at which it is, and `log_d_surface` the test statistic over a plane. The
theorem and its proof are in docs/doctor/certificate.md.
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
