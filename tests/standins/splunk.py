"""Splunk's REST interface: `python -m tests.standins.splunk --port 9102`.

Answers searches with statistics per endpoint for the window that is asked for, as the export endpoint does: rows line
by line, `lastrow` on the last. While the file `--dead FILE` exists, it breaks every connection off.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from tests.standins.server import Exchange, StandIn

TOKEN = "splunk-secret-token"
V2 = "/services/search/v2/jobs/export"
OLD = "/services/search/jobs/export"


def messages(kind: str, text: str) -> bytes:
    return json.dumps({"messages": [{"type": kind, "text": text}]}).encode()


def rows(errors: int = 14) -> bytes:
    """Return an export of one row for Vrbo's rates: 200 requests, `errors` of them failed."""
    result = {
        "endpoint": "/channels/homeaway/pushRatesAndAvail.jsp", "total_requests": "200", "total_errors": str(errors),
        "client_errors_4xx": "0", "server_errors_5xx": str(errors), "keyword_errors": "0", "unique_clients": "0",
        "error_rate": f"{errors / 2:.2f}", "importance_score": "88", "is_critical": "1",
    }  # fmt: skip
    return json.dumps({"preview": False, "offset": 0, "lastrow": True, "result": result}).encode() + b"\n"


def answer(exchange: Exchange, *, has_v2: bool = True) -> None:
    """Answer as Splunk does: 401 without the token, 404 for the newer address on an older server, 400 for bad SPL."""
    path = exchange.path.partition("?")[0]
    if exchange.headers.get("Authorization") != f"Bearer {TOKEN}":
        return exchange.answer(401, messages("ERROR", "Unauthorized"))
    if path == "/services/authentication/current-context":
        return exchange.answer(200, json.dumps({"entry": [{"content": {"username": "qa-bot"}}]}).encode())
    if path not in ({V2, OLD} if has_v2 else {OLD}):
        return exchange.answer(404, messages("ERROR", "Not Found"))
    form = {name: values[0] for name, values in parse_qs(exchange.body.decode()).items()}
    if not form["search"].startswith(("search ", "|")):
        return exchange.answer(400, messages("FATAL", "Unknown search command."))
    return exchange.answer(200, rows())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=9102)
    options.add_argument("--dead", type=Path, default=Path("/nonexistent"))
    given = options.parse_args()

    def handle(exchange: Exchange) -> None:
        form = {name: values[0] for name, values in parse_qs(exchange.body.decode()).items()}
        window = [form.get(name, "") for name in ("earliest_time", "latest_time")]
        print(datetime.now(UTC).strftime("%H:%M:%S"), exchange.path.partition("?")[0], *window, flush=True)  # noqa: T201
        if given.dead.exists():
            exchange.close_connection = True
            return None
        return answer(exchange)

    server = StandIn(handle, port=given.port)
    print(f"SPLUNK_URL={server.url('')} SPLUNK_TOKEN={TOKEN}", flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
