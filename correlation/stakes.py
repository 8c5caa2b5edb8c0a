"""How much each integration has at stake, for the order of recommendations."""

from decimal import Decimal

from qa_observability import features
from qa_observability.periods import Period
from revenue.services import at_risk_by_integration


def revenue_at_risk(period: Period) -> dict[str, Decimal]:
    """Return the revenue at risk of each integration over the period; nothing where revenue is switched off."""
    return at_risk_by_integration(period) if features.is_on(features.REVENUE_IMPACT) else {}
