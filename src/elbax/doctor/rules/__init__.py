"""All rules in the order of causes: by topic, then by position in the topic's file."""

from types import MappingProxyType

from elbax.doctor.finding import Finding, Rule, rule
from elbax.doctor.measurements import Measurements
from elbax.doctor.rules import data, latent, limits, loss, training

__all__ = ["CODES", "RULES", "healthy"]

# If several rules apply, an earlier one explains the later ones.
RULES = MappingProxyType(
    {
        member.code: member
        for topic in (data, loss, training, latent, limits)
        for member in vars(topic).values()
        if isinstance(member, Rule)
    }
)


@rule("healthy", "nothing is wrong")
def healthy(m: Measurements) -> Finding | None:
    """Applied if no other rule finds a fault."""
    evidence = f"the ELBO is {m.elbo:.2f} nats a row, {m.gain:.2f} above the best constant model"
    return healthy.finding(m.elbo, m.constant_elbo, evidence, "nothing to do")


CODES = MappingProxyType({rule.code: rule.meaning for rule in (*RULES.values(), healthy)})
