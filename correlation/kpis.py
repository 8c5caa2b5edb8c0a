"""The correlation's cards on the dashboard."""

from typing import Any

from correlation.models import Alert, Incident
from integrations import rules
from integrations.models import Integration
from qa_observability.periods import Period


def kpi_cards(period: Period) -> list[dict[str, Any]]:
    """Return `{label, value, change, trend, bad, url_name}` of open alerts and of the period's incidents."""
    active = Integration.objects.active()
    incidents = Incident.objects.filter(integration__in=active)
    now, before = incidents.in_period(period).count(), incidents.in_period(period.previous).count()
    return [
        {"label": "Open alerts", "value": f"{Alert.objects.open().count():,}", "url_name": "alerts:list"},
        {
            "label": "Incidents",
            "value": f"{now:,}",
            "change": _percent(rules.relative_change(now, before)),
            "trend": rules.trend(now, before),
            "bad": "up",
            "url_name": "correlation:insights",
        },
    ]


def _percent(change: float | None) -> str:
    return "" if change is None else f"{change * 100:+.0f} %"
