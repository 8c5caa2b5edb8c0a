"""The correlation's cards on the dashboard."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from correlation.models import Alert, Incident
from integrations import rules
from qa_observability.periods import Period
from qa_observability.wording import change_text


def kpi_cards(period: Period) -> list[dict[str, Any]]:
    """Return `{label, value, change, trend, bad, note, url_name}` of open alerts and of the period's incidents."""
    both = Incident.objects.found().filter(integration__is_active=True, onset_at__gte=period.previous.start)
    counts = both.aggregate(
        now=Count("pk", filter=Q(onset_at__gte=period.start, onset_at__lt=period.end)),
        before=Count("pk", filter=Q(onset_at__lt=period.start)),
    )
    now, before = counts["now"], counts["before"]
    return [
        {"label": "Open alerts", "value": f"{Alert.objects.open().count():,}", "url_name": "alerts:list"},
        {
            "label": "Incidents",
            "value": f"{now:,}",
            "change": change_text(Decimal(100 * (now - before)) / before) if before else "",
            "trend": rules.trend(now, before),
            "bad": "up",
            "note": "" if before else f"None in the {period.days} days before",
            "url_name": "incidents:list",
        },
    ]
