"""A Jira that behaves as Cloud's REST v3 and Data Center's v2 do, as far as the product asks.

By hand: `python -m tests.standins.jira --port 9103` (e-mail qa@example.com, token jira-token, project PMS with some
tickets); the word in `--mood-file`, such as 503 or slow, spoils its mood while it runs.
"""

import argparse
import base64
import json
import re
import threading
import time
from pathlib import Path
from typing import Any

from tests.standins.server import Exchange, serving

EMAIL, TOKEN = "qa@example.com", "jira-token"
CATEGORY = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}


class Jira:
    """Its tickets, and what a test wants it to do wrong: `plan` holds answers (status, body, headers) to give first."""

    def __init__(self, *, email: str = EMAIL, token: str = TOKEN, page: int = 2) -> None:
        self.email, self.token, self.page = email, token, page
        self.issues: dict[str, dict[str, Any]] = {}
        self.remote_links: dict[str, dict[str, Any]] = {}
        self.plan: list[tuple[int, Any, dict[str, str]]] = []
        self.asked: list[tuple[str, str, Any]] = []
        self.swallow_creation = False  # creates, but breaks off before it says so
        self.strict = True  # an unknown key among others fails the whole question
        self.late = 0  # searches that do not find fresh tickets yet

    def add(self, key: str, summary: str, status: str = "To Do", labels: tuple[str, ...] = ()) -> None:
        self.issues[key] = {"summary": summary, "status": status, "labels": list(labels), "assignee": "Somebody"}

    def __call__(self, exchange: Exchange) -> None:
        path = exchange.path.partition("?")[0]
        body = json.loads(exchange.body) if exchange.body else None
        self.asked.append((exchange.command, path, body))
        if self.plan:
            status, answer, headers = self.plan.pop(0)
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            exchange.answer(status, raw, **headers)
            return
        known, version = self._who(exchange)
        if not known and "/search" in path:
            self._say(exchange, 200, {"issues": [], "isLast": True, "total": 0, "startAt": 0})
            return
        if not known:
            self._say(exchange, 401, {"errorMessages": ["Client must be authenticated"]})
            return
        self._serve(exchange, path.removeprefix(f"/rest/api/{version}"), body, version)

    def _who(self, exchange: Exchange) -> tuple[bool, str]:
        given = exchange.headers.get("Authorization", "")
        basic = "Basic " + base64.b64encode(f"{self.email}:{self.token}".encode()).decode()
        version = "3" if exchange.path.startswith("/rest/api/3/") else "2"
        return given == (basic if version == "3" else f"Bearer {self.token}"), version

    def _serve(self, exchange: Exchange, path: str, body: Any, version: str) -> None:
        if path == "/myself":
            self._say(exchange, 200, {"accountId": "1", "displayName": "QA"})
        elif path == "/search/jql" and version == "3":
            self._search(exchange, body)
        elif path == "/search" and version == "2":
            self._old_search(exchange, body)
        elif path == "/search":
            self._say(exchange, 410, {"errorMessages": ["The requested API has been removed."]})
        elif path == "/issue" and exchange.command == "POST":
            self._create(exchange, body, version)
        elif path.endswith("/remotelink"):
            self.remote_links[body["globalId"]] = {"key": path.split("/")[2], **body["object"]}
            self._say(exchange, 201, {"id": 1})
        elif path.startswith("/issue/") and path.split("/")[2] in self.issues:
            self._say(exchange, 200, self._issue(path.split("/")[2]))
        else:
            self._say(
                exchange, 404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}
            )

    def _search(self, exchange: Exchange, body: Any) -> None:
        keys = self._found(exchange, body["jql"])
        if keys is None:
            return
        start = int(body.get("nextPageToken", "t0")[1:])
        end = start + min(self.page, body["maxResults"])
        more = {"nextPageToken": f"t{end}", "isLast": False} if end < len(keys) else {"isLast": True}
        self._say(exchange, 200, {"issues": [self._issue(key) for key in keys[start:end]], **more})

    def _old_search(self, exchange: Exchange, body: Any) -> None:
        keys = self._found(exchange, body["jql"])
        if keys is None:
            return
        start = body.get("startAt", 0)
        page = [self._issue(key) for key in keys[start : start + self.page]]
        self._say(exchange, 200, {"issues": page, "startAt": start, "total": len(keys), "maxResults": self.page})

    def _found(self, exchange: Exchange, jql: str) -> list[str] | None:
        if wanted := re.fullmatch(r"key in \(([^)]*)\)", jql):
            keys = wanted[1].split(", ")
            unknown = [key for key in keys if key not in self.issues]
            if unknown and self.strict:
                text = f"An issue with key '{unknown[0]}' does not exist for field 'key'."
                self._say(exchange, 400, {"errorMessages": [text]})
                return None
            return [key for key in keys if key in self.issues]
        if self.late > 0:
            self.late -= 1
            return []
        found = list(self.issues)
        if project := re.search(r'project = "([^"]+)"', jql):
            found = [key for key in found if key.startswith(f"{project[1]}-")]
        if label := re.search(r'labels = "([^"]+)"', jql):
            found = [key for key in found if label[1] in self.issues[key]["labels"]]
        if words := re.search(r'text ~ "([^"]+)"', jql):
            found = [key for key in found if words[1].lower() in self.issues[key]["summary"].lower()]
        return found

    def _create(self, exchange: Exchange, body: Any, version: str) -> None:
        fields = body["fields"]
        if fields["project"]["key"] != "PMS":
            self._say(exchange, 400, {"errorMessages": [], "errors": {"project": "valid project is required"}})
            return
        if version == "3" and fields["description"].get("type") != "doc":
            self._say(exchange, 400, {"errors": {"description": "Operation value must be an Atlassian Document"}})
            return
        key = f"PMS-{100 + len(self.issues)}"
        self.add(key, fields["summary"], labels=tuple(fields["labels"]))
        if self.swallow_creation:
            exchange.close_connection = True
            exchange.connection.close()
            return
        self._say(exchange, 201, {"id": "1", "key": key, "self": "x"})

    def _issue(self, key: str) -> dict[str, Any]:
        kept = self.issues[key]
        status = {"name": kept["status"], "statusCategory": {"key": CATEGORY.get(kept["status"], "undefined")}}
        return {"id": "1", "key": kept.get("moved_to", key), "fields": {"summary": kept["summary"], "status": status}}

    @staticmethod
    def _say(exchange: Exchange, status: int, body: Any) -> None:
        exchange.answer(status, json.dumps(body).encode(), Content_Type="application/json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9103)
    parser.add_argument("--mood-file", type=Path)
    given = parser.parse_args()
    jira = Jira(page=50)
    jira.add("PMS-1", "Airbnb rates are not pushed", "In Progress", ("integration-airbnb",))
    jira.add("PMS-2", "Cleaning fee missing on Airbnb", "Done", ("integration-airbnb",))
    jira.add("PMS-3", "Vrbo calendar is late", "To Do", ("integration-vrbo",))

    def handle(exchange: Exchange) -> None:
        mood = given.mood_file.read_text().strip() if given.mood_file and given.mood_file.exists() else ""
        if mood == "slow":
            time.sleep(20)
        elif mood:
            jira.plan = [(int(mood), {"errorMessages": ["Not today."]}, {})]
        jira(exchange)

    with serving(handle, port=given.port):
        threading.Event().wait()


if __name__ == "__main__":
    main()
