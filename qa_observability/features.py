"""Which modules are switched on."""

from django.conf import settings

INTEGRATION_HEALTH = "integration_health"
REVENUE_IMPACT = "revenue_impact"
CORRELATION = "correlation"


def is_on(feature: str) -> bool:
    return feature in settings.FEATURES
