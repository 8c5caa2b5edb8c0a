"""The cost of ill health as figures for Prometheus: those of the revenue page, in a constant number of queries."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily

from qa_observability.gauges import gauge
from qa_observability.periods import DEFAULT_PERIOD, parse_period
from revenue.crypto import CryptoError
from revenue.services import impact_of


def revenue_metrics(*, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield the money of the default period, by integration; only that it is unreadable where its keys are wrong."""
    try:
        impact = impact_of(parse_period(DEFAULT_PERIOD, now))
    except CryptoError:
        impact = None
    yield gauge(
        "revenue_configuration_readable",
        "0 where the revenue configuration cannot be decrypted; then there are no figures.",
        [],
        [([], impact is not None)],
    )
    if impact is None:
        return
    for name, column, text in (
        ("revenue_at_risk", "at_risk", "Estimated loss"),
        ("revenue_protected", "protected", "Benchmark leakage less estimated loss"),
        ("revenue_benchmark_leakage", "benchmark", "Leakage that the industry is used to"),
    ):
        yield gauge(
            name,
            f"{text}, over the last {impact.period.days} days, today included, in units of the currency.",
            ["integration", "currency"],
            (
                ([row.integration_id, impact.currency], float(getattr(row, column)))
                for row in impact.outcome.integrations
            ),
        )
