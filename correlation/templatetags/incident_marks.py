"""What other pages show of an integration's incidents and of the test cases that warn of them."""

from typing import Any

from django import template

from correlation.incident_bands import IncidentBand, incident_bands
from correlation.models import TestIntegrationCorrelation
from integrations.intervals import Interval
from integrations.timeline import Band, band
from qa_observability import features

register = template.Library()
MOST_CASES = 10


@register.simple_tag(takes_context=True)
def incidents_in(context: Any, slug: str, interval: Interval) -> list[tuple[Band, IncidentBand]]:
    """Return the incidents that overlap an interval, each with its mark; none for those who may not see them."""
    if not _may(context, "correlation.view_incident"):
        return []
    found = incident_bands(slug, interval.start, interval.end)
    return [(band(interval, item.start, item.end, item.title), item) for item in found]


@register.inclusion_tag("correlation/_cases_of_integration.html", takes_context=True)
def cases_of_integration(context: Any, slug: str) -> dict[str, Any]:
    """Show the test cases that are correlated with an integration, best first."""
    if not _may(context, "correlation.view_testintegrationcorrelation"):
        return {"is_hidden": True}
    found = TestIntegrationCorrelation.objects.correlated().filter(integration=slug)
    rows = list(found.select_related("test_case").best_first()[: MOST_CASES + 1])
    return {"rows": rows[:MOST_CASES], "is_cut": len(rows) > MOST_CASES, "slug": slug, "period": context["period"]}


def _may(context: Any, permission: str) -> bool:
    return features.is_on(features.CORRELATION) and context["request"].user.has_perm(permission)
