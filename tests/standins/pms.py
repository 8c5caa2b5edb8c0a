"""A PMS that tells the health of its channels: `python -m tests.standins.pms --port 9101`.

`/health` is a document of its own making, `/actuator/health` Spring's, `/health+json` the draft's. While the file
`--sick FILE` exists, channels are ill; while `--dead FILE` exists, it breaks every connection off.
"""

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.standins.server import Exchange, StandIn

KEY = "pms-secret-key"


def health(*, sick: bool, now: datetime) -> dict:
    """Return the document of formats.md 5.4, well or with a rate sync that fails."""
    failed = 14 if sick else 1
    return {
        "integration": "airbnb",
        "checked_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "pricing_sync": {"state": "degraded" if sick else "ok", "failed": failed, "total": 200},
        "fees_sync": {"state": "ok"},
        "bookings": {"received": 120, "lost": 2 if sick else 0},
        "events": [
            {
                "eventType": "pricing_sync_error", "severity": "high", "message": "Rate push rejected for 12 nights",
                "occurredAt": now.strftime("%Y-%m-%dT%H:%M:00Z"), "externalId": f"push-{now:%Y%m%d%H%M}",
                "metadata": {"listingId": "LST-204", "errorCode": "LOS_PRICING_PASSED_FOR_OBP_RATE"},
            }
        ] if sick else [],
    }  # fmt: skip


def answer(exchange: Exchange, *, sick: bool = False) -> None:
    """Answer as such a PMS does: 401 without the key, 503 with a health body while a component is down."""
    if exchange.headers.get("X-API-Key") != KEY:
        return exchange.answer(401, b'{"error": "unauthorized"}', Content_Type="application/json")
    documents = {
        "/health": (200, health(sick=sick, now=datetime.now(UTC)), "application/json"),
        "/actuator/health": (503 if sick else 200, actuator(sick=sick), "application/vnd.spring-boot.actuator.v3+json"),
        "/health+json": (503 if sick else 200, {"status": "fail" if sick else "pass"}, "application/health+json"),
    }
    status, document, kind = documents.get(exchange.path, (404, {"error": "not found"}, "application/json"))
    return exchange.answer(status, json.dumps(document).encode(), Content_Type=kind)


def actuator(*, sick: bool) -> dict:
    state = "DOWN" if sick else "UP"
    return {"status": state, "components": {"airbnb": {"status": state}, "db": {"status": "UP"}}}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=9101)
    options.add_argument("--sick", type=Path, default=Path("/nonexistent"))
    options.add_argument("--dead", type=Path, default=Path("/nonexistent"))
    given = options.parse_args()

    def handle(exchange: Exchange) -> None:
        print(datetime.now(UTC).strftime("%H:%M:%S"), exchange.command, exchange.path, flush=True)  # noqa: T201
        if given.dead.exists():
            exchange.close_connection = True
            return None
        return answer(exchange, sick=given.sick.exists())

    server = StandIn(handle, port=given.port)
    print(f"PMS at {server.url('/health')}, header X-API-Key: {KEY}", flush=True)  # noqa: T201
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        time.sleep(0)


if __name__ == "__main__":
    main()
