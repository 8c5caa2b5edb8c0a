"""Requests counted and timed by route, over all workers of the web server."""

import os
import time
from collections.abc import Callable, Iterator
from functools import lru_cache

from django.contrib.admindocs.views import simplify_regex
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from qa_observability.web_server import PLACE, WORKERS_DIR

if os.environ.get(WORKERS_DIR):
    # Files are named after the worker's place instead of its process, so that there is no new one for every process.
    values.ValueClass = values.MultiProcessValue(lambda: os.environ.get(PLACE, os.getpid()))  # type: ignore[no-untyped-call]  # an untyped library

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, of when it began, which several workers cannot tell

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_registry = CollectorRegistry()
REQUESTS = Counter(
    "qaobs_http_requests", "Answers by route and status.", ["method", "route", "status"], registry=_registry
)
DURATION = Histogram(
    "qaobs_http_request_duration_seconds",
    "Time from a request's arrival in the worker to its answer.",
    ["method", "route"],
    buckets=_SECONDS,
    registry=_registry,
)


def request_metrics() -> Iterator[Metric]:
    """Yield the figures of all workers."""
    several = os.environ.get(WORKERS_DIR)
    yield from (MultiProcessCollector(None) if several else _registry).collect()  # type: ignore[no-untyped-call]  # an untyped library


class RequestMetricsMiddleware:
    """Count requests by the route that answered, never by their address: addresses are without number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in _METHODS else "other"
        route = _readable(request.resolver_match.route) if request.resolver_match else "none"
        REQUESTS.labels(method, route, response.status_code).inc()
        DURATION.labels(method, route).observe(time.perf_counter() - started)
        return response


@lru_cache(maxsize=1000)
def _readable(route: str) -> str:
    """Return a route as people write it: `/api/v1/alerts/<id>/dismiss`, where the router has regular expressions."""
    return str(simplify_regex(route))
