"""Testmo's REST API, read: one way to ask for a page, and what it means when Testmo says no."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache

from qa_observability.outgoing import Answer, OutgoingError, fetch, retrying
from qa_observability.spoken import SpokenError

PER_PAGE = 100  # one of 15, 25, 50 and 100; anything else is refused
LEAVE_ALONE = 60.0  # seconds, where Testmo does not say for how long
LONGEST_PAUSE = 6 * 3600.0
MAX_BYTES = 8_000_000
_PAUSED = "testmo-paused"


class TestmoPausedError(SpokenError):
    """Too many requests: nothing more is asked until Testmo has been left alone for as long as it wants."""

    __test__ = False

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"Testmo wants to be left alone for {seconds:.0f} s. What was read is stored; a later run goes on there."
        )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, with what its rows refer to, and the number of the next page."""

    rows: list[dict[str, Any]]
    expands: Mapping[str, Any]
    number: int
    next_number: int | None


class TestmoClient:
    """Asks one Testmo with one token; raises OutgoingError or TestmoPausedError where there is no answer."""

    __test__ = False

    def __init__(self, url: str, token: str, *, timeout: float = 20.0, attempts: int = 3) -> None:
        self.base = url.rstrip("/").removesuffix("/api/v1") + "/api/v1"
        self.host = urlsplit(self.base).hostname or "Testmo"
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self.timeout = timeout
        self.attempts = attempts

    @classmethod
    def from_settings(cls, *, timeout: float = 20.0, attempts: int = 3) -> "TestmoClient":
        return cls(settings.TESTMO_URL, settings.TESTMO_TOKEN, timeout=timeout, attempts=attempts)

    def one(self, path: str) -> dict[str, Any]:
        """Return the one object at `path`."""
        found = self._get(path, {}).get("result")
        if not isinstance(found, dict):
            raise self._odd()
        return found

    def pages(self, path: str, *, start: int = 1, **params: Any) -> Iterator[Page]:
        """Yield the pages of a list from page `start` on, until there is no next one."""
        number: int | None = start
        while number is not None:
            body = self._get(path, {**params, "page": number, "per_page": PER_PAGE})
            rows, following, expands = body.get("result"), body.get("next_page"), body.get("expands")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise self._odd()
            if following is not None and (not isinstance(following, int) or following <= number):
                raise self._odd()
            yield Page(rows, expands if isinstance(expands, dict) else {}, number, following)
            number = following

    def _get(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if paused_for() > 0:
            raise TestmoPausedError(paused_for())
        body = retrying(lambda: self._ask(path, params), attempts=self.attempts).json()
        if not isinstance(body, dict):
            raise self._odd()
        return body

    def _ask(self, path: str, params: Mapping[str, Any]) -> Answer:
        answer = fetch(
            "GET",
            self.base + path,
            headers=self.headers,
            params=params,
            timeout=self.timeout,
            max_bytes=MAX_BYTES,
            allow_private=True,  # the operator's own setting
        )
        if answer.status == 429:  # not asked again: that may lead to longer blocks
            raise TestmoPausedError(_pause(answer.retry_after))
        return answer.raise_for_status()

    def _odd(self) -> OutgoingError:
        return OutgoingError(f"{self.host} did not answer in the way that Testmo does.", kind="bad_json")


def paused_for() -> float:
    """Return the seconds for which Testmo still wants to be left alone."""
    return max(0.0, float(cache.get(_PAUSED) or 0) - time.time())


def _pause(asked: float | None) -> float:
    seconds = min(LONGEST_PAUSE, max(1.0, asked) if asked is not None else LEAVE_ALONE)
    cache.set(_PAUSED, time.time() + seconds, timeout=seconds)
    return seconds
