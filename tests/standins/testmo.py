"""A Testmo on this machine, as its REST API v1 behaves: pages, filters, statuses, and everything that goes wrong.

By hand: `python -m tests.standins.testmo --port 9101`, with TESTMO_URL=http://127.0.0.1:9101 and TESTMO_TOKEN=token.
It then adds a result every few seconds. `kill -USR1` lets it fail with `--fail` (503) and answer again, in turns, while
results go on arriving in it.
"""

import argparse
import itertools
import json
import random
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standins.server import Exchange, StandIn, serving

TOKEN = "token"
PER_PAGE = {15, 25, 50, 100}
Row = dict[str, Any]
Fault = Callable[[Exchange], None]


def status(id_: int, name: str, **flags: bool) -> Row:
    return {
        "id": id_,
        "name": name,
        "is_final": False,
        "is_untested": False,
        "is_passed": False,
        "is_failed": False,
    } | flags


STATUSES = [
    status(1, "Untested", is_untested=True),
    status(2, "Passed", is_passed=True, is_final=True),
    status(3, "Failed", is_failed=True, is_final=True),
    status(4, "Retest"),
    status(5, "Blocked"),
    status(6, "Skipped"),
]


def answers(code: int, **headers: str) -> Fault:
    """Return a fault: an error of Testmo's own shape, once."""
    body = json.dumps({"message": HTTPStatus(code).phrase}).encode()
    return lambda exchange: exchange.answer(code, body, Content_Type="application/json", **headers)


def html(exchange: Exchange) -> None:
    exchange.answer(200, b"<!doctype html><title>Sign in</title>", Content_Type="text/html")


def cut(exchange: Exchange) -> None:
    """Promise a long answer, send half a sentence, and hang up."""
    exchange.answer(200, b'{"page":1,"result":[{"id"', Content_Type="application/json", Content_Length="5000")
    exchange.close_connection = True


def nonsense(body: Any) -> Fault:
    return lambda exchange: exchange.answer(200, json.dumps(body).encode(), Content_Type="application/json")


@dataclass
class Testmo:
    """What it holds. `faults` are answered first, each once; `always` to every request; `spoil` to the paths it picks.

    `asked` holds the paths that were asked for.
    """

    __test__ = False

    projects: dict[int, Row] = field(default_factory=dict)
    cases: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)
    results: list[Row] = field(default_factory=list)
    automation_runs: list[Row] = field(default_factory=list)
    tests: list[Row] = field(default_factory=list)
    statuses: list[Row] = field(default_factory=lambda: list(STATUSES))
    tells_tests: bool = True
    descending: bool = False
    faults: deque[Fault] = field(default_factory=deque)
    always: Fault | None = None
    spoil: Callable[[str], Fault | None] = lambda path: None
    asked: list[str] = field(default_factory=list)
    ids: Any = field(default_factory=lambda: itertools.count(1))

    def add_project(self, id_: int = 7, name: str = "Booking engine") -> int:
        self.projects[id_] = {"id": id_, "name": name}
        return id_

    def add_case(self, name: str, *, project: int = 7) -> int:
        return self._add(self.cases, project_id=project, name=name)

    def add_run(self, at: datetime, *, project: int = 7, closed: bool = False) -> int:
        return self._add(self.runs, project_id=project, name="Smoke", is_closed=closed, created_at=at)

    def add_result(self, run: int, case: int, status_id: int, at: datetime, **fields: Any) -> int:
        given = {"run_id": run, "case_id": case, "status_id": status_id, "created_at": at, "deleted_at": None}
        return self._add(self.results, **given | fields)

    def add_automation_run(self, at: datetime, *, project: int = 7, completed: bool = True, code: int = 3) -> int:
        given = {"project_id": project, "name": "CI", "created_at": at}
        return self._add(self.automation_runs, **given, is_completed=completed, status=code if completed else 4)

    def add_test(self, run: int, name: str, code: int, at: datetime, **fields: Any) -> int:
        given = {"run_id": run, "name": name, "folder": "tests/fees", "status": code, "created_at": at}
        return self._add(self.tests, **given | {"repository_case_id": None, "repository_case_ids": []} | fields)

    def close(self, run: int) -> None:
        self._find(self.runs, run)["is_closed"] = True

    def complete(self, run: int, code: int = 3) -> None:
        self._find(self.automation_runs, run).update(is_completed=True, status=code)

    def remove(self, rows: list[Row], id_: int) -> None:
        rows.remove(self._find(rows, id_))

    def serve(self, port: int = 0) -> AbstractContextManager[StandIn]:
        return serving(self.handle, port=port)

    def handle(self, exchange: Exchange) -> None:
        parts = urlsplit(exchange.path)
        self.asked.append(exchange.path)
        fault = self.always or (self.faults.popleft() if self.faults else self.spoil(exchange.path))
        if fault:
            fault(exchange)
        elif exchange.headers.get("Authorization") != f"Bearer {TOKEN}":
            answers(401)(exchange)
        else:
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            code, body = self._answer(parts.path.removeprefix("/api/v1").strip("/").split("/"), query)
            exchange.answer(code, json.dumps(body, default=_as_text).encode(), Content_Type="application/json")

    def _answer(self, path: list[str], query: dict[str, str]) -> tuple[int, Any]:
        match path:
            case ["user"]:
                return 200, {"result": {"id": 1, "name": "Quinn Analyst", "email": "quinn@example.com"}}
            case ["projects", id_] if int(id_) in self.projects:
                return 200, {"result": self.projects[int(id_)]}
            case ["projects", id_, *what] if int(id_) in self.projects:
                rows = {"runs": self.runs, "cases": self.cases, "automation/runs": self.automation_runs}["/".join(what)]
                return self._page([row for row in rows if row["project_id"] == int(id_)], query)
            case ["runs", id_, "results"] if self._find(self.runs, int(id_)):
                return self._page([row for row in self.results if row["run_id"] == int(id_)], query)
            case ["automation", "runs", id_] if self._find(self.automation_runs, int(id_)):
                return 200, {"result": self._find(self.automation_runs, int(id_))}
            case ["automation", "runs", id_, "tests"] if self.tells_tests and self._find(
                self.automation_runs, int(id_)
            ):
                return self._page([row for row in self.tests if row["run_id"] == int(id_)], query)
        return 404, {"message": "Not found"}

    def _page(self, rows: list[Row], query: dict[str, str]) -> tuple[int, Any]:
        page, per_page = int(query.get("page", 1)), int(query.get("per_page", 100))
        if per_page not in PER_PAGE:
            return 422, {"message": "Invalid.", "errors": {"per_page": ["The selected per page is invalid."]}}
        if "created_after" in query:
            if not query["created_after"].endswith("Z"):
                return 422, {"message": "Invalid.", "errors": {"created_after": ["Must be UTC."]}}
            after = datetime.fromisoformat(query["created_after"])
            rows = [row for row in rows if row["created_at"] > after]
        if "is_closed" in query:
            rows = [row for row in rows if row["is_closed"] == (query["is_closed"] == "1")]
        if "status" in query:
            rows = [row for row in rows if str(row["status"]) in query["status"].split(",")]
        rows = sorted(rows, key=lambda row: (row.get("created_at", row["id"]), row["id"]), reverse=self.descending)
        last = max(1, -(-len(rows) // per_page))
        shown = rows[(page - 1) * per_page : page * per_page]
        body = {
            "page": page if rows else None,
            "prev_page": page - 1 if page > 1 else None,
            "next_page": page + 1 if page < last else None,
            "last_page": last if rows else None,
            "per_page": per_page,
            "total": len(rows),
            "result": shown,
            "expands": {"statuses": self.statuses} if "statuses" in query.get("expands", "") else {},
        }
        return 200, body

    def _add(self, rows: list[Row], **fields: Any) -> int:
        id_ = next(self.ids)
        rows.append({"id": id_, **fields})
        return id_

    @staticmethod
    def _find(rows: list[Row], id_: int) -> Row:
        return next((row for row in rows if row["id"] == id_), {})


def _as_text(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def main() -> None:
    """Serve a project that lives, until Ctrl+C."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=9101)
    parser.add_argument("--every", type=float, default=5.0, help="Seconds between two results.")
    parser.add_argument("--fail", type=int, default=503, help="What it answers while it is ill.")
    options = parser.parse_args()
    world = Testmo()

    def turn(*_: object) -> None:
        world.always = None if world.always else answers(options.fail)

    signal.signal(signal.SIGUSR1, turn)
    world.add_project()
    cases = [world.add_case(name) for name in ("Booking flow", "Nightly rate", "Cleaning fee", "City tax")]
    begin = datetime.now(UTC) - timedelta(days=3)
    run, automated = world.add_run(begin), world.add_automation_run(begin)
    for hour in range(72):
        for case in cases:
            world.add_result(run, case, random.choice([2, 2, 2, 3]), begin + timedelta(hours=hour))
        world.add_test(automated, f"pushes_rate[{hour}]", 2, begin + timedelta(hours=hour))
    with world.serve(options.port) as server:
        print(f"Testmo at {server.url()}", flush=True)  # noqa: T201
        while True:
            time.sleep(options.every)
            world.add_result(run, random.choice(cases), random.choice([2, 2, 3]), datetime.now(UTC))


if __name__ == "__main__":
    main()
