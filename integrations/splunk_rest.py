"""Searches run through Splunk's REST interface; the result lands in a file, as an export does."""

import re
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from django.conf import settings

from qa_observability.outgoing import Answer, OutgoingError, fetch, fetch_to_file
from qa_observability.spoken import SpokenError

EXPORT = "/services/search/v2/jobs/export"
OLD_EXPORT = "/services/search/jobs/export"
CONTEXT = "/services/authentication/current-context"


@dataclass(frozen=True, slots=True)
class Patience:
    """How much a search may cost: seconds for everything together, and bytes of its result."""

    seconds: float
    most_bytes: int


# While somebody waits, and a thread of the web server with them.
TRYING = Patience(15.0, 20 * 1024 * 1024)


def fetching() -> Patience:
    """Return what a search may cost that the worker runs."""
    return Patience(120.0, settings.SPLUNK_UPLOAD_MAX_BYTES)


def what_is_missing() -> list[str]:
    """Return the settings without which Splunk cannot be asked."""
    return [name for name in ("SPLUNK_URL", "SPLUNK_TOKEN") if not getattr(settings, name)]


def who_am_i() -> str:
    """Return the name of the user whom Splunk takes the token for.

    Raises
    ------
    SpokenError : where Splunk does not answer, or does not know the token.
    """
    answer = fetch(
        "GET", _url(CONTEXT), headers=_headers(), params={"output_mode": "json"}, timeout=9, allow_private=True
    )
    _refuse(answer)
    try:
        return str(answer.json()["entry"][0]["content"]["username"])[:100]
    except (KeyError, IndexError, TypeError):
        raise SpokenError(
            "Splunk answered, but not as its REST interface does: is SPLUNK_URL the one of port 8089?"
        ) from None


def export(search: str, *, earliest: datetime, latest: datetime, into: BinaryIO, patience: Patience) -> None:
    """Run a search over a window and write its result into a file, as JSON.

    Raises
    ------
    SpokenError : where there is no result: Splunk cannot be reached, refuses, or answers 200 with nothing at all.
    """
    form = {
        "search": spl(search),
        "earliest_time": f"{earliest.timestamp():.3f}",
        "latest_time": f"{latest.timestamp():.3f}",
        "output_mode": "json",
        "preview": "false",
    }
    begun = time.monotonic()
    answer = _export(EXPORT, form, into, patience)
    if answer.status == 404:  # before Splunk 9.0.1
        left = max(patience.seconds - (time.monotonic() - begun), 1.0)
        answer = _export(OLD_EXPORT, form, into, replace(patience, seconds=left))
    _refuse(answer)
    if into.tell() == 0:
        raise SpokenError("Splunk answered with nothing at all, not even an empty result: the search did not run.")


def spl(search: str) -> str:
    """Return a search as the interface takes it, which unlike the search bar wants the command spelled out.

    >>> spl("index=web | stats count"), spl('| savedsearch "Errors"')
    ('search index=web | stats count', '| savedsearch "Errors"')
    """
    text = search.strip()
    return text if re.match(r"\||search\s", text, re.IGNORECASE) else f"search {text}"


def _export(path: str, form: dict[str, str], into: BinaryIO, patience: Patience) -> Answer:
    return fetch_to_file(
        "POST",
        _url(path),
        into,
        headers=_headers(),
        form=form,
        timeout=patience.seconds,
        max_bytes=patience.most_bytes,
        allow_private=True,
    )


def _url(path: str) -> str:
    return f"{settings.SPLUNK_URL.rstrip('/')}{path}"


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {settings.SPLUNK_TOKEN}"}


def _refuse(answer: Answer) -> None:
    """Raise what Splunk says is wrong, in its own words where it has some."""
    if answer.status < 400:
        return
    try:
        said = [str(message["text"]) for message in answer.json()["messages"]]
    except (OutgoingError, KeyError, TypeError):
        said = []
    words = "".join(letter if letter.isprintable() else " " for letter in " ".join(said))[:300].strip()
    if not words:
        answer.raise_for_status()
    raise OutgoingError(
        f"Splunk answered {answer.status}: {words}",
        kind="status",
        status=answer.status,
        retry_after=answer.retry_after,
    )
