"""How much each integration has at stake, for the order of recommendations."""

from decimal import Decimal

import structlog

from qa_observability import features
from qa_observability.periods import Period
from revenue.crypto import CryptoError
from revenue.services import at_risk_by_integration

log = structlog.get_logger(__name__)


def revenue_at_risk(period: Period) -> dict[str, Decimal]:
    """Return the revenue at risk of each integration over the period.

    Empty where revenue is switched off, and where its configuration cannot be read: the revenue page says so, and the
    order then follows from score and confidence alone.
    """
    if not features.is_on(features.REVENUE_IMPACT):
        return {}
    try:
        return at_risk_by_integration(period)
    except CryptoError as error:
        log.warning("revenue_unreadable", error=str(error))
        return {}
