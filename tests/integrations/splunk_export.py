"""A Splunk export as a busy PMS produces it: 10,000 rows, most of them noise, with known sums per channel."""

import json
import random
from pathlib import Path
from typing import Any

ROWS = 10_000
# Endpoint templates of real work: (template, integration, area, requests a row, errors a row).
WORK = [
    ("/channels/homeaway/pushRatesAndAvail.jsp?property={n}", "vrbo", "pricing", 50, 1),
    ("/channels/homeaway/4.1/booking/bookingRequest.jsp?lead={n}&email=guest{n}@example.com", "vrbo", "booking", 40, 0),
    ("/channels/vrbo/fees/{n}", "vrbo", "fees", 10, 1),
    ("/CHANNELS/AirBnB/Fees?x={n}", "airbnb", "fees", 20, 0),
    ("/channels/airbnb/rates?listing={n}", "airbnb", "pricing", 30, 0),
    ("/channels/bookingdotcom/synch.jsp?hotel={n}", "booking-com", "other", 25, 1),
    ("/api/internal/leads/channel-actions/bookingdotcom/{n}/x", "booking-com", "booking", 5, 0),
    ("/api/v3.2/messages?leadUid={n}&type=VRBO", "vrbo", "other", 3, 0),
]
NOISE = [
    ("//assets/js/app/AirbnbUser.js?bust={n}", "static"),
    ("/https://h/img/channels/hvmb{n}.png", "static"),
    ("/channels/airbnb/null", "noise"),
    ("/wp-login.php?{n}", "noise"),
    ("/api/v3/properties/{n}", "unattributed"),
    ("/vacation-rental/feel-good-tax-haven-{n}", "unattributed"),
]
BROKEN = [
    ({"total_requests": None}, "total_requests is missing"),
    ({"total_requests": "many"}, "total_requests is not a number"),
    ({"total_requests": "-4"}, "total_requests is negative"),
    ({"endpoint": None}, "endpoint is missing"),
]
EMAIL = "guest"  # what no stored text may contain


def row(url: str, requests: int, errors: int, **changed: Any) -> dict[str, str]:
    """Return a row with the columns of the statistics file; None leaves a column out."""
    values: dict[str, Any] = {
        "endpoint": url,
        "total_requests": str(requests),
        "total_errors": str(errors),
        "client_errors_4xx": "0",
        "server_errors_5xx": str(errors),
        "keyword_errors": "0",
        "unique_clients": "0",
        "error_rate": f"{100 * errors / requests:.2f}",
        "importance_score": str(round(0.4 * requests + 0.6 * errors)),
        "is_critical": str(int(errors > 0)),
        **changed,
    }
    return {name: value for name, value in values.items() if value is not None}


def build(seed: int = 1) -> tuple[list[dict[str, str]], dict[tuple[str, str], list[int]], dict[str, int]]:
    """Return the rows, the requests and errors they hold per (integration, area), and the rows left out by reason."""
    dice = random.Random(seed)
    rows: list[dict[str, str]] = []
    sums: dict[tuple[str, str], list[int]] = {}
    ignored: dict[str, int] = {}
    for number in range(ROWS):
        kind = dice.random()
        if kind < 0.3:
            template, integration, area, requests, errors = dice.choice(WORK)
            rows.append(row(template.format(n=number), requests, errors))
            total = sums.setdefault((integration, area), [0, 0])
            total[0] += requests
            total[1] += errors
        elif kind < 0.99:
            template, reason = dice.choice(NOISE)
            rows.append(row(template.format(n=number), 7, 3))
            ignored[reason] = ignored.get(reason, 0) + 1
        else:
            changed, reason = dice.choice(BROKEN)
            rows.append(row(f"/channels/airbnb/rates/{number}", 9, 1, **changed))
            ignored[reason] = ignored.get(reason, 0) + 1
    return rows, sums, ignored


def write_json_lines(path: Path, rows: list[dict[str, str]]) -> Path:
    last = len(rows) - 1
    with path.open("w") as file:
        for number, values in enumerate(rows):
            wrapped = {"preview": False, **({"lastrow": True} if number == last else {}), "result": values}
            file.write(json.dumps(wrapped) + "\n")
    return path
