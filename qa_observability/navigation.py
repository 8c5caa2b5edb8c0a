"""The header's links: what is switched on and what this person may see."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from qa_observability import features


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url_name: str
    permission: str
    feature: str | None = None


LINKS = [
    Link("Dashboard", "dashboard", "integrations.view_integrationhealth"),
    Link("Integrations", "integrations:list", "integrations.view_integrationhealth", features.INTEGRATION_HEALTH),
    Link("Revenue", "revenue:impact", "revenue.view_impact", features.REVENUE_IMPACT),
    Link(
        "Correlation",
        "correlation:insights",
        "correlation.view_testintegrationcorrelation",
        features.CORRELATION,
    ),
    Link("Incidents", "incidents:list", "correlation.view_incident", features.CORRELATION),
    Link("Alerts", "alerts:list", "correlation.view_alert", features.CORRELATION),
]


def links_for(request: HttpRequest) -> list[dict[str, object]]:
    """Return `{label, url, current}` of every page in the navigation of this person."""
    match = request.resolver_match  # None on an address that leads nowhere
    here = (match.namespace or match.view_name) if match else None
    links = []
    for link in LINKS:
        if (link.feature is None or features.is_on(link.feature)) and request.user.has_perm(link.permission):
            url = reverse(link.url_name)
            links.append({"label": link.label, "url": url, "current": here == link.url_name.partition(":")[0]})
    return links
