"""Collectors: endpoints that are asked for health again and again, and what they said, into observations and events."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from integrations import collector_union
from integrations.answers import AnswerError, Mapped, Reading, read_answer
from integrations.choices import HealthStatus, Source
from integrations.inputs import EventInput, ObservationInput, RowsError
from integrations.jobs import try_job
from integrations.models import Collector, Integration
from integrations.overview import length_in_words
from integrations.services import record_events, record_observations, thresholds
from qa_observability.backoff import wait_after
from qa_observability.outgoing import Answer, OutgoingError, fetch
from qa_observability.secrets_at_rest import read_secret, set_secret
from qa_observability.spoken import SpokenError, storable

log = structlog.get_logger("qa_observability.collectors")
MOST_BYTES = 1_000_000
# A tick comes a moment early or late; without this, an interval of a minute would become two.
EARLY = timedelta(seconds=15)
# No further collector is begun once a tick has taken so long; the queue ends a task after 300 s.
ENOUGH = timedelta(minutes=4)
INTERVALS_UNTIL_OLD = 3


@dataclass(frozen=True, slots=True)
class Collected:
    """What an answer means: what was observed and events to store, and what is odd about it."""

    observation: ObservationInput
    events: list[EventInput]
    warning: str


def poll_due(*, now: datetime) -> int:
    """Ask every collector that is due, one after the other; return the rows that were stored.

    A collector is claimed by moving its next run on, so of two workers one asks; a run that is killed is simply
    made up for by the next one, for nothing is stored before the answer is there.
    """
    stored = 0
    for row in list(Collector.objects.due(now + EARLY)):
        moment = timezone.now()
        if moment - now > ENOUGH:
            break
        claimed = Collector.objects.filter(pk=row.pk, next_run_at=row.next_run_at)
        if claimed.update(next_run_at=moment + row.every):
            stored += try_job(row.job, lambda row=row, moment=moment: poll(row, now=moment), now=moment)  # type: ignore[misc]  # bound by defaults, which mypy cannot infer
    return stored


def poll(row: Collector, *, now: datetime) -> int:
    """Ask one collector and store what it says; return how many rows are new.

    Raises
    ------
    SpokenError : where there is no usable answer. The collector knows by then since when it fails and when to ask
        again, and its integration counts as out of date.
    """
    try:
        collected = collect(row, now=now)
        with transaction.atomic():
            rows = store(row, collected, now=now)
            _succeeded(row, collected, now=now)
        return rows
    except SpokenError as error:
        _failed(row, error, now=now)
        raise
    except Exception:
        _failed(row, SpokenError("The answer could not be worked up; the log says more."), now=now)
        raise


def collect(row: Collector, *, now: datetime) -> Collected:
    """Ask one collector and return what would be stored, storing nothing.

    Raises
    ------
    SpokenError : where there is no usable answer.
    """
    return interpret(row, ask(row), now=now)


def interpret(row: Collector, answer: Answer, *, now: datetime) -> Collected:
    """Return what an answer to a collector means.

    Raises
    ------
    SpokenError : where it is not usable.
    """
    reading = _read(answer, mapped(row))
    observation = ObservationInput(
        integration_id=row.integration_id,
        last_checked=reading.checked_at or now.replace(microsecond=0),
        source=Source.COLLECTOR,
        status=reading.status,
        pricing_sync_status=reading.pricing,
        fees_sync_status=reading.fees,
        error_rate=reading.error_rate,
        booking_loss_rate=reading.booking_loss_rate,
    ).rounded()
    events = [
        EventInput(
            integration_id=row.integration_id,
            event_type=draft.event_type,
            severity=draft.severity,
            message=draft.message,
            occurred_at=draft.occurred_at,
            source=Source.COLLECTOR,
            metadata=draft.metadata,
            external_id=draft.external_id,
        )
        for draft in reading.events
    ]
    warning = _old(reading.checked_at, row, now=now)
    return Collected(observation, events, warning)


def ask(row: Collector) -> Answer:
    """Send the request of a collector and return the answer, whatever its status.

    Raises
    ------
    SpokenError : where there is none, or its headers cannot be read.
    """
    return fetch(
        row.method,
        row.url,
        headers={"Accept": "application/health+json, application/json", **headers_of(row)},
        json=row.body if row.method == "POST" else None,
        timeout=row.timeout,
        max_bytes=MOST_BYTES,
    )


def headers_of(row: Collector) -> dict[str, str]:
    """Return the headers with their secret values; never to be shown."""
    text = read_secret(row, "headers")
    return dict(json.loads(text)) if text else {}


def set_headers(row: Collector, headers: Mapping[str, str]) -> None:
    """Replace all headers of a collector; the caller saves it."""
    set_secret(row, "headers", json.dumps(dict(headers)) if headers else None)
    row.header_names = sorted(headers)


def mapped(row: Collector) -> Mapped:
    """Return where the values lie. Where nothing is said, health is taken from `status`, as Spring's actuator,
    application/health+json and most others tell it.
    """
    given = Mapped(
        status=row.status_path,
        pricing=row.pricing_path,
        fees=row.fees_path,
        error_rate=row.error_rate_path,
        booking_loss_rate=row.booking_loss_rate_path,
        checked_at=row.checked_at_path,
        events=row.events_path,
        error_rate_unit=row.error_rate_unit,
        booking_loss_rate_unit=row.booking_loss_rate_unit,
        words=row.words,
    )
    measured = [given.status, given.pricing, given.fees, given.error_rate, given.booking_loss_rate]
    return given if any(measured) else replace(given, status="status")


def names_of_jobs() -> list[str]:
    """Return the names of the job runs of all collectors in use."""
    return [row.job for row in Collector.objects.in_use()]


def what_is_missing() -> list[str]:
    """Return what has to be there before a collector can run."""
    return [] if Collector.objects.in_use().exists() else ["an active collector"]


def _read(answer: Answer, paths: Mapped) -> Reading:
    """Read an answer below 400, or one of 503 that says what is wrong: its body is worth more than its status."""
    if answer.status != 503:
        return read_answer(answer.raise_for_status().json(), paths)
    try:
        reading = read_answer(answer.json(), paths)
    except SpokenError:
        reading = None
    if reading is None or _is_well(reading):
        answer.raise_for_status()  # a page of a proxy, or one that contradicts itself
    assert reading is not None  # noqa: S101  503 has been raised
    return reading


def _is_well(reading: Reading) -> bool:
    return reading.status in {None, HealthStatus.HEALTHY} and {reading.pricing, reading.fees} <= {None, "ok"}


def united(row: Collector, observation: ObservationInput, *, now: datetime) -> ObservationInput:
    """Return what a collector observed together with what the others of its integration said last."""
    paths = mapped(row)
    asked = {
        "pricing_sync_status": paths.pricing,
        "fees_sync_status": paths.fees,
        "error_rate": paths.error_rate,
        "booking_loss_rate": paths.booking_loss_rate,
    }
    others = collector_union.others_said(row, now=now)
    return collector_union.united(observation, [name for name, path in asked.items() if path], others, thresholds())


def store(row: Collector, collected: Collected, *, now: datetime, dry_run: bool = False) -> int:
    """Store what was collected, all or nothing; return how many rows are new or changed.

    Under the lock of the integration, so that of two collectors at once the later one has heard the earlier.

    dry_run : do the same and take it back, so that it foretells exactly.

    Raises
    ------
    AnswerError : where a value breaks a rule.
    """
    try:
        with transaction.atomic():
            Integration.objects.lock([collected.observation.integration_id])
            observed = record_observations([united(row, collected.observation, now=now)], now=now)
            recorded = record_events(collected.events, now=now)
            transaction.set_rollback(dry_run)
    except RowsError as error:
        raise AnswerError(_told(error)) from None
    return observed.created + observed.updated + recorded.created


def _told(error: RowsError) -> str:
    index, fields = next(iter(error.errors.items()))
    name, messages = next(iter(fields.items()))
    label = {"last_checked": "checked at", "occurred_at": "occurredAt", "event_type": "eventType"}.get(name, name)
    return f"Row {index + 1} of the answer cannot be stored: {label}: {messages[0]}"


def _old(checked_at: datetime | None, row: Collector, *, now: datetime) -> str:
    if checked_at is None or now - checked_at <= INTERVALS_UNTIL_OLD * row.every:
        return ""
    return f"What it reports is {length_in_words(now - checked_at)} old."


def _succeeded(row: Collector, collected: Collected, *, now: datetime) -> None:
    Collector.objects.filter(pk=row.pk).update(
        succeeded_at=now,
        failing_since=None,
        failures=0,
        error="",
        warning=collected.warning,
        said=collector_union.as_said(collected.observation),
    )


def _failed(row: Collector, error: SpokenError, *, now: datetime) -> None:
    failures = row.failures + 1
    asked = error.retry_after if isinstance(error, OutgoingError) else None
    wait = wait_after(failures, interval=row.every, chance=random.random(), retry_after=asked)  # noqa: S311  spreads requests, guards nothing
    Collector.objects.filter(pk=row.pk).update(
        failures=failures,
        failing_since=row.failing_since or now,
        error=storable(str(error)),
        next_run_at=now + wait,
    )
