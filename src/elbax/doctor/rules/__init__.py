"""All rules in the order of causes: by topic, then by position in the topic's file."""

from elbax.doctor.finding import Finding, Rule, rule
from elbax.doctor.measurements import Measurements
from elbax.doctor.rules import bounds, counts, data, latent, limits, loss, rows, simple_models, training

__all__ = ["CODES", "RULES", "healthy"]

# If several rules apply, an earlier one explains the later ones.
RULES: dict[str, Rule] = {
    rule.code: rule
    for topic in (bounds, rows, data, counts, loss, training, simple_models, latent, limits)
    for rule in vars(topic).values()
    if isinstance(rule, Rule)
}


@rule("healthy", "nothing is wrong")
def healthy(m: Measurements) -> Finding | None:
    """Applied if no other rule finds a fault."""
    side = "above" if m.gain >= 0 else "below"
    evidence = f"the ELBO is {m.elbo:.2f} nats a row, {abs(m.gain):.2f} {side} the best constant model"
    return healthy.finding(m.elbo, m.constant_elbo, evidence, "nothing to do")


CODES = {rule.code: rule.meaning for rule in (*RULES.values(), healthy)}
