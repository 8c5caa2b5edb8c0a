"""`/metrics`: everything Prometheus is told, put together from the apps and from the web server.

The product's figures are read from the database, so every worker tells the same; they are kept for a few seconds in the
cache that the workers share. Requests and processes are the web server's own and always fresh.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import structlog
from django.core.cache import cache
from django_q.brokers import get_broker
from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from correlation.metrics import correlation_metrics
from integrations.metrics import health_metrics, import_metrics, job_metrics
from qa_observability import features
from qa_observability.gauges import gauge
from qa_observability.process_metrics import process_metrics
from qa_observability.request_metrics import request_metrics
from revenue.metrics import revenue_metrics

log = structlog.get_logger(__name__)
CACHE_SECONDS = 5
_KEY = "metrics"


def exposition(*, now: datetime) -> bytes:
    """Return all figures in Prometheus' text format 0.0.4; those of the database at most CACHE_SECONDS old."""
    read: bytes | None = cache.get(_KEY)
    if read is None:
        read = _text(product_metrics(now=now))
        cache.set(_KEY, read, CACHE_SECONDS)
    return read + _text(request_metrics()) + _text(process_metrics())


def product_metrics(*, now: datetime) -> Iterator[Metric]:
    """Yield the figures of the modules that are on, and of the background work."""
    if features.is_on(features.INTEGRATION_HEALTH):
        yield from health_metrics(now=now)
        yield from import_metrics()
    if features.is_on(features.REVENUE_IMPACT):
        yield from revenue_metrics(now=now)
    if features.is_on(features.CORRELATION):
        yield from correlation_metrics(now=now)
    yield from job_metrics()
    yield gauge("queue_tasks", "Tasks that wait for the background worker.", [], _queued())
    yield gauge(
        "collected_timestamp_seconds",
        "When these figures were read from the database, as Unix time.",
        [],
        [([], now.timestamp())],
    )


def _queued() -> Iterator[tuple[list[str], float]]:
    try:
        yield [], get_broker().queue_size()
    except Exception as error:  # whatever the broker raises: the other figures are worth more than this one
        log.warning("queue_unreachable", error=f"{type(error).__name__}: {error}")


class _Gathered(Collector):
    """Metrics that are at hand, in the shape that the library writes out."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self.metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def _text(metrics: Iterable[Metric]) -> bytes:
    return generate_latest(_Gathered(metrics))
