"""Collectors asked without storing anything: to see what one would store, and whether all of them answer."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.collector_union import others_said
from integrations.collectors import Collected, ask, collect, headers_of, interpret, store, united
from integrations.models import Collector
from integrations.rules import status_of
from integrations.services import thresholds
from qa_observability.outgoing import Answer
from qa_observability.spoken import SpokenError

TEST_PATIENCE = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a try: what would be stored, or the error; and the beginning of the answer, without secrets.

    others : names of the collectors whose last words are part of what would be stored.
    """

    collected: Collected | None = None
    status: str | None = None
    others: Sequence[str] = ()
    error: str = ""
    http_status: int | None = None
    excerpt: str = ""


def try_out(row: Collector, *, now: datetime) -> Tried:
    """Ask a collector's endpoint and return what would be stored, or why nothing would; store nothing."""
    answer = None
    try:
        answer = ask(row)
        collected = interpret(row, answer, now=now)
        store(row, collected, now=now, dry_run=True)
        observation = united(row, collected.observation, now=now)
        given = observation.status or status_of(observation.measurements, thresholds())
        others = [other.name for other in others_said(row, now=now)]
        collected = replace(collected, observation=observation)
        return Tried(collected=collected, status=given, others=others, **_said(row, answer))
    except SpokenError as error:
        return Tried(error=str(error), **_said(row, answer))


def _said(row: Collector, answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    return {"http_status": answer.status, "excerpt": excerpt(answer.body, headers_of(row))}


def test_connection() -> str:
    """Ask every collector in use once, storing nothing; return how many answered.

    Raises
    ------
    SpokenError : naming those without a usable answer.
    """
    end, asked, problems = time.monotonic() + TEST_PATIENCE, 0, []
    for row in Collector.objects.in_use():
        left = int(end - time.monotonic())
        if left < 1:
            problems.append("No time was left for the others.")
            break
        row.timeout = min(row.timeout, left)
        try:
            collect(row, now=timezone.now())
        except SpokenError as error:
            problems.append(f"{row.name}: {error}")
        asked += 1
    if problems:
        raise SpokenError(f"{len(problems)} of {asked} gave no usable answer. {' '.join(problems)}")
    return f"{asked} answered as they should."


test_connection.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def excerpt(collected_body: bytes, secrets: Mapping[str, str], *, most: int = 4000) -> str:
    """Return the beginning of an answer for people, without what was sent in the headers."""
    text = collected_body.decode("utf-8", "replace")
    for value in sorted(filter(None, _secret_parts(secrets)), key=len, reverse=True):
        text = text.replace(value, "••••••")
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text[:most])


def _secret_parts(secrets: Mapping[str, str]) -> set[Any]:
    return {part for value in secrets.values() for part in (value, value.rpartition(" ")[2]) if len(part) > 3}
