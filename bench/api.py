"""API answers under concurrent users, and bulk ingest."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import numpy as np

USERS = 50
REQUESTS_EACH = 10
ENDPOINTS = [
    "/api/v1/integrations/health",
    "/api/v1/integrations/health?period=1y",
    "/api/v1/integrations/health/vrbo?period=90d",
    "/api/v1/integrations/health/vrbo/events",
    "/api/v1/revenue/impact",
    "/api/v1/revenue/impact?period=1y",
    "/api/v1/integrations/health/vrbo/events?period=90d&eventType=fee_sync_error&severity=high",
    "/api/v1/correlation/test-integration?minScore=0.6",
    "/api/v1/alerts",
]


def latencies(address: str, token: str, path: str, *, users: int) -> np.ndarray:
    """Return the seconds that each answer took, for `users` who ask again as soon as they have been answered.

    They share the machine with the server, hence the plain client: it takes a twentieth of what the server takes.
    """
    taken: list[float] = []
    gate = threading.Barrier(users)
    headers = {"Authorization": f"Bearer {token}"}

    def get(connection: HTTPConnection, target: str) -> None:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{target}: {response.status}")

    def ask() -> None:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        get(connection, "/healthz")
        gate.wait()
        for _ in range(REQUESTS_EACH):
            started = time.perf_counter()
            get(connection, path)
            taken.append(time.perf_counter() - started)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) != users * REQUESTS_EACH:
        raise SystemExit(f"{path}: {users * REQUESTS_EACH - len(taken)} requests failed")
    return np.array(taken)


def measure_reads(address: str, token: str, report: Callable[[str, str], None]) -> None:
    """Report median and 95th percentile of every endpoint, alone and among 50 concurrent users."""
    for path in ENDPOINTS:
        alone = np.percentile(latencies(address, token, path, users=1), [50, 95]) * 1000
        crowd = np.percentile(latencies(address, token, path, users=USERS), [50, 95]) * 1000
        report(
            f"GET {path}",
            f"alone {alone[0]:.0f} ms, p95 {alone[1]:.0f} ms; {USERS} users {crowd[0]:.0f} ms, p95 {crowd[1]:.0f} ms",
        )


def measure_ingest(address: str, token: str, report: Callable[[str, str], None], *, batches: int = 5) -> None:
    """Report how many new events a second go in by batches of 10,000."""
    now = datetime.now(UTC)
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=120) as client:
        seconds = 0.0
        for batch in range(batches):
            events = [
                {
                    "eventType": "pricing_sync_error",
                    "severity": "low",
                    "message": f"Rate push rejected for night {number}",
                    "occurredAt": (now - timedelta(seconds=number)).isoformat(),
                    "externalId": f"bench-{now.timestamp()}-{batch}-{number}",
                    "metadata": {"listingId": f"LST-{number}", "httpStatus": 200, "affectedBookings": 1},
                }
                for number in range(10_000)
            ]
            started = time.perf_counter()
            response = client.post(f"{address}/api/v1/integrations/health/hmbn/events", json=events)
            seconds += time.perf_counter() - started
            response.raise_for_status()
    report("POST events, batches of 10,000", f"{batches * 10_000 / seconds:,.0f} events a second")
