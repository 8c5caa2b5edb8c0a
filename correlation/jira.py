"""Jira, Cloud (REST v3) or Data Center (v2): the few questions that the product asks, and what their answers mean."""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings

from correlation import jira_texts
from correlation.jira_texts import FIELDS, Issue
from qa_observability.outgoing import Answer, OutgoingError, fetch, retrying
from qa_observability.spoken import SpokenError

log = structlog.get_logger("qa_observability.jira")
TIMEOUT = 9.0
# For all requests together while somebody waits, and a thread of the web server with them.
WAITING_MAX = 20.0
PAGE = 50
PAGES_MAX = 20
BODY_MAX = 4_000_000


class JiraError(SpokenError):
    """Jira did not do what it was asked; `unclear` where it may have done it all the same."""

    def __init__(self, text: str, *, status: int | None = None, unclear: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.unclear = unclear


@dataclass(frozen=True, slots=True)
class Jira:
    """One Jira, and the credentials to ask it with.

    patient : nobody waits, so it may be asked again after a while.
    give_up : moment of the process's clock after which nothing more is asked.
    """

    base: str
    email: str = field(repr=False)
    token: str = field(repr=False)
    patient: bool = False
    give_up: float = float("inf")

    @property
    def is_cloud(self) -> bool:
        return bool(self.email)

    def check(self) -> None:
        """Accept credentials that are good. A search with bad ones can answer 200 and find nothing.

        Raises
        ------
        JiraError : where they are not.
        """
        self._read("GET", "/myself")

    def search(self, jql: str, *, at_most: int) -> list[Issue]:
        """Return the tickets that a search finds, page by page; what is none keeps the others back no more than that.

        Raises
        ------
        JiraError : status 400 where the search itself is refused, as for a key that nobody knows.
        """
        found: list[Issue] = []
        place: dict[str, Any] = {}
        for _ in range(PAGES_MAX):
            issues, place = self._page(jql, place, min(PAGE, at_most - len(found)))
            found += issues
            if not place or len(found) >= at_most:
                break
        if not found:
            self.check()
        return found[:at_most]

    def _page(self, jql: str, place: dict[str, Any], most: int) -> tuple[list[Issue], dict[str, Any]]:
        """Return a page of a search, and what asks for the next one; nothing where it is the last."""
        path = "/search/jql" if self.is_cloud else "/search"
        answer = self._read("POST", path, json={"jql": jql, "fields": FIELDS, "maxResults": most, **place})
        rows = answer.get("issues") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise JiraError("Jira answered a search with something else.")
        issues = [issue for row in rows if (issue := _issue_or_none(row))]
        if len(issues) < len(rows):
            log.warning("jira_rows_unusable", rows=len(rows) - len(issues))
        if self.is_cloud:
            token = answer.get("nextPageToken")
            return issues, {"nextPageToken": token} if isinstance(token, str) and not answer.get("isLast") else {}
        start, total = place.get("startAt", 0) + len(rows), answer.get("total")
        return issues, {"startAt": start} if rows and isinstance(total, int) and start < total else {}

    def issue(self, key: str) -> Issue | None:
        """Return one ticket; None where Jira does not know it or does not show it. A moved one has its new key."""
        try:
            return jira_texts.issue_of(self._read("GET", f"/issue/{key}", params={"fields": ",".join(FIELDS)}))
        except JiraError as error:
            if error.status == 404:
                return None
            raise
        except ValueError:
            raise JiraError("Jira answered with something that is no ticket.") from None

    def create(self, *, project: str, issue_type: str, summary: str, description: str, labels: Sequence[str]) -> str:
        """Create a ticket and return its key. Never repeated by itself: a second request makes a second ticket.

        Raises
        ------
        JiraError : `unclear` where Jira may have created it without being able to say so.
        """
        body = jira_texts.new_issue(
            project=project, issue_type=issue_type, summary=summary, description=description, labels=labels,
            rich=self.is_cloud,
        )  # fmt: skip
        answer = self._ask("POST", "/issue", json=body)
        key = jira_texts.parse_key(str(answer.get("key"))) if isinstance(answer, dict) else None
        if key is None:
            raise JiraError("Jira did not say which ticket it has created.", unclear=True)
        return key

    def link_back(self, key: str, *, global_id: str, url: str, title: str) -> None:
        """Show on the ticket where it comes from; the same global id again changes that link, and adds none."""
        body = {"globalId": global_id, "object": {"url": url, "title": title[:255]}}
        self._read("POST", f"/issue/{key}/remotelink", json=body)

    def _read(self, method: str, path: str, **given: Any) -> Any:
        """Ask something that may be asked twice."""
        try:
            return retrying(lambda: self._fetch(method, path, **given), attempts=3 if self.patient else 1).json()
        except OutgoingError as error:
            raise self._spoken(error) from None

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        try:
            return self._fetch(method, path, **given).json()
        except OutgoingError as error:
            raise self._spoken(error) from None

    def _fetch(self, method: str, path: str, **given: Any) -> Answer:
        version = "3" if self.is_cloud else "2"
        left = self.give_up - time.monotonic()
        if left <= 0:
            text = f"Jira took more than {WAITING_MAX:g} s for everything together. Try again in a while."
            raise JiraError(text, unclear=True)
        answer = fetch(
            method,
            f"{self.base}/rest/api/{version}{path}",
            headers={"Authorization": self._authorization(), "Accept": "application/json"},
            timeout=min(TIMEOUT, left),
            max_bytes=BODY_MAX,
            allow_private=True,
            **given,
        )
        if answer.status in _SAID and (text := _said(answer)):
            raise JiraError(f"Jira refuses it ({answer.status}): {text}", status=answer.status)
        if answer.status in _MEANINGS:
            raise JiraError(_MEANINGS[answer.status], status=answer.status)
        return answer.raise_for_status()

    def _authorization(self) -> str:
        if not self.is_cloud:
            return f"Bearer {self.token}"
        return f"Basic {base64.b64encode(f'{self.email}:{self.token}'.encode()).decode()}"

    @staticmethod
    def _spoken(error: OutgoingError) -> JiraError:
        unclear = error.kind in {"timeout", "broken", "bad_json", "too_large"} or (error.status or 0) >= 500
        return JiraError(f"Jira: {error}", status=error.status, unclear=unclear)


def _issue_or_none(row: Any) -> Issue | None:
    try:
        return jira_texts.issue_of(row)
    except ValueError:
        return None


_SAID = {400, 422}
_MEANINGS = {
    400: "Jira refuses it (400), and does not say why.",
    401: "Jira does not accept the credentials (401): JIRA_EMAIL and JIRA_TOKEN, which lives for a year at most.",
    403: "Jira does not allow it (403): the account of JIRA_TOKEN lacks a permission, or has to log in once by hand.",
    404: "Jira does not know it, or does not show it to the account of JIRA_TOKEN (404).",
    410: "Jira has removed this way to ask (410): is JIRA_EMAIL set for Cloud, and empty for a Data Center?",
}


def _said(answer: Answer) -> str:
    try:
        return jira_texts.said_by(answer.json())
    except OutgoingError:
        return ""


def configured_jira(*, patient: bool = False) -> Jira | None:
    """Return the Jira of the settings; None where there is none."""
    if not (settings.JIRA_URL and settings.JIRA_TOKEN):
        return None
    give_up = float("inf") if patient else time.monotonic() + WAITING_MAX
    return Jira(settings.JIRA_URL, settings.JIRA_EMAIL, settings.JIRA_TOKEN, patient, give_up)


def required_jira() -> Jira:
    """Return the Jira of the settings, for as long as somebody waits for it.

    Raises
    ------
    JiraError : naming what is missing.
    """
    jira = configured_jira()
    if jira is None:
        raise JiraError(f"Jira is not set up: {' and '.join(what_is_missing())} is missing.")
    return jira


def what_is_missing() -> list[str]:
    """Return the settings that Jira needs and that are empty."""
    return [name for name in ("JIRA_URL", "JIRA_TOKEN") if not getattr(settings, name)]


def try_out() -> str:
    """Ask Jira whether it knows us.

    Raises
    ------
    JiraError : where it does not.
    """
    jira = required_jira()
    jira.check()
    return f"Jira {'Cloud' if jira.is_cloud else 'Data Center'} answers, and accepts the credentials."
