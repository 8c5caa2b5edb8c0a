"""A receiver of webhooks that checks signatures.

By hand: `python -m tests.standins.webhook_receiver --port 9102 --secret whsec_...`; the status in `--status-file`, such
as 503, makes it refuse while it runs.
"""

import argparse
import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa_observability.standard_webhooks import RefusedError, read_headers, verify
from tests.standins.server import Exchange, serving


class Receiver:
    """Takes what is rightly signed; answers with the statuses of `plan` first, one a message, then with 200."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = list(secrets)
        self.plan: list[tuple[int, dict[str, str]]] = []
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.ids: list[str] = []
        self.before: Callable[[], object] = lambda: None  # what happens before it reads a message

    def __call__(self, exchange: Exchange) -> None:
        self.before()
        try:
            headers = read_headers(exchange.headers, now=datetime.now(UTC))
            verify(exchange.body, headers, secrets=self.secrets)
        except RefusedError as error:
            exchange.answer(401, str(error).encode())
            return
        self.ids.append(headers.message_id)
        status, more = self.plan.pop(0) if self.plan else (200, {})
        if status < 300:
            self.taken.append((headers.message_id, json.loads(exchange.body)))
        exchange.answer(status, b"", **more)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9102)
    parser.add_argument("--secret", action="append", required=True)
    parser.add_argument("--status-file", type=Path, help="holds the status to answer with, such as 503")
    given = parser.parse_args()
    receiver = Receiver(*given.secret)

    def handle(exchange: Exchange) -> None:
        if given.status_file and given.status_file.exists():
            receiver.plan = [(int(given.status_file.read_text()), {})]
        receiver(exchange)
        told = f"{datetime.now(UTC):%H:%M:%S} {exchange.headers['webhook-id']} {exchange.body.decode()[:200]}\n"
        sys.stdout.write(told)
        sys.stdout.flush()

    with serving(handle, port=given.port):
        threading.Event().wait()


if __name__ == "__main__":
    main()
