"""Correlations, alerts and incidents as figures for Prometheus: six queries, however many tests."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Q, Sum
from prometheus_client.core import GaugeMetricFamily

from correlation import insights
from correlation.choices import AlertSeverity, CorrelationType, DeliveryState
from correlation.models import Alert, AlertDelivery, ImportedFile, TestIntegrationCorrelation
from integrations.models import Integration
from qa_observability.gauges import gauge
from qa_observability.periods import DEFAULT_PERIOD, parse_period


def correlation_metrics(*, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield how many there are of each kind; no test is named, for there are too many of them."""
    active = Q(integration__is_active=True)
    types = TestIntegrationCorrelation.objects.filter(active).order_by().values_list("correlation_type")
    by_type = dict(types.annotate(Count("pk")))
    yield gauge(
        "correlations",
        "Stored correlations of a test case with an integration, by how strong they are.",
        ["type"],
        (([kind], by_type.get(kind, 0)) for kind in CorrelationType.values),
    )
    severities = dict(Alert.objects.open().filter(active).order_by().values_list("severity").annotate(Count("pk")))
    yield gauge(
        "alerts_open",
        "Alerts that nobody has dismissed.",
        ["severity"],
        (([severity], severities.get(severity, 0)) for severity in AlertSeverity.values),
    )
    period = parse_period(DEFAULT_PERIOD, now)
    in_period = Q(incidents__onset_at__gte=period.start, incidents__onset_at__lt=period.end)
    incidents = Integration.objects.active().annotate(count=Count("incidents", filter=in_period))
    yield gauge(
        "incidents",
        f"Incidents that began within the last {period.days} days, today included.",
        ["integration"],
        (([slug], count) for slug, count in incidents.order_by("position", "slug").values_list("slug", "count")),
    )
    yield from _work()


def _work() -> Iterator[GaugeMetricFamily]:
    computed = insights.computed_at()
    yield gauge(
        "correlations_computed_timestamp_seconds",
        "When the correlations were last computed, as Unix time.",
        [],
        [([], computed.timestamp())] if computed else [],
    )
    reports = ImportedFile.objects.aggregate(files=Count("pk"), results=Sum("executions"))
    for name, count, text in (
        ("test_reports", reports["files"], "Test reports in JUnit XML"),
        ("test_report_results", reports["results"], "Results in test reports in JUnit XML"),
    ):
        yield gauge(name, f"{text} that went in and are kept.", [], [([], count or 0)])
    waiting = AlertDelivery.objects.filter(state__in=[DeliveryState.PENDING, DeliveryState.SENDING]).count()
    yield gauge(
        "alert_messages_waiting", "Messages about alerts that no channel has accepted yet.", [], [([], waiting)]
    )
