"""Redaction of personal data in events and in their history. What was redacted cannot be brought back."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from integrations.inputs import MESSAGE_MAX
from integrations.models import ImportBatch, Integration, IntegrationEvent
from integrations.personal_data import REPLACEMENT, Pattern, redacted
from qa_observability import history

BATCH = 500
KIND_IN_WORDS = {"text": "a given text", "email": "e-mail addresses", "phone": "phone numbers"}
# Every text that PHONE finds has this somewhere; each database can look for it by itself.
PHONE_HINT = r"[0-9][0-9 ./()-]{4,}[0-9]"


@dataclass(frozen=True, slots=True)
class Redacted:
    """Counts of events and of history entries in which something was, or would be, replaced."""

    events: int
    entries: int


@dataclass(frozen=True, slots=True)
class Found:
    """An event with its texts before and after."""

    event: IntegrationEvent
    message: str
    metadata: dict[str, Any]
    external_id: str | None

    @property
    def is_hit(self) -> bool:
        event = self.event
        return (self.message, self.metadata, self.external_id) != (event.message, event.metadata, event.external_id)


def find_events(pattern: Pattern) -> Iterator[Found]:
    """Yield the events that hold what is looked for, newest first."""
    rows = _candidates(IntegrationEvent.objects.newest_first(), pattern, ["message", "external_id"], ["metadata"])
    return (found for event in rows.iterator(chunk_size=BATCH) if (found := _redacted_event(event, pattern)).is_hit)


def find_entries(pattern: Pattern) -> Iterator[LogEntry]:
    """Yield the history entries of events that hold what is looked for, as they would be without it."""
    of_events = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(IntegrationEvent))
    rows = _candidates(of_events.order_by("pk"), pattern, ["object_repr", "changes_text"], ["changes"])
    for entry in rows.iterator(chunk_size=BATCH):
        texts = (redacted(entry.changes, pattern), pattern.replace(entry.object_repr))
        if texts != (entry.changes, entry.object_repr):
            entry.changes, entry.object_repr = texts
            yield entry


def redact(
    pattern: Pattern, *, now: datetime, limit: int | None = None, progress: Callable[[int], None] = lambda rows: None
) -> Redacted:
    """Replace what is looked for in events, in their history and in the previews of imports.

    Numbers that the revenue calculation reads stay, so no sum changes. Every event gets a history entry that says
    that it was redacted, without what was there. In batches of 500 events with a transaction each: a run that is
    killed has done some wholly and the others not at all; run it again. At most `limit` events, all by default.
    """
    events = 0
    while limit is None or events < limit:
        size = BATCH if limit is None else min(BATCH, limit - events)
        keys = [found.event.pk for found, _ in zip(find_events(pattern), range(size), strict=False)]
        if not keys:
            break
        events += _redact_batch(keys, pattern)
        progress(events)
    entries = 0
    for entry in find_entries(pattern):
        entry.save(update_fields=["changes", "object_repr"])
        entries += 1
    for batch in ImportBatch.objects.exclude(report={}):
        batch.report, before = redacted(batch.report, pattern), batch.report
        if batch.report != before:
            batch.save(update_fields=["report"])
    return Redacted(events, entries)


def _redact_batch(keys: list[Any], pattern: Pattern) -> int:
    with transaction.atomic():
        chosen = IntegrationEvent.objects.filter(pk__in=keys)
        # Integrations first: the order in which every writer takes its locks.
        Integration.objects.lock(set(chosen.values_list("integration_id", flat=True)))
        rows = []
        for event in chosen.select_for_update():
            found = _redacted_event(event, pattern)
            if found.is_hit:
                event.message, event.metadata, event.external_id = found.message, found.metadata, found.external_id
                rows.append(event)
        IntegrationEvent.objects.bulk_update(rows, ["message", "metadata", "external_id"], batch_size=BATCH)
        text = f"Personal data redacted: {KIND_IN_WORDS[pattern.kind]}"
        history.record_fact(rows, text, redaction=pattern.kind)
        return len(rows)


def _redacted_event(event: IntegrationEvent, pattern: Pattern) -> Found:
    external_id = event.external_id
    if external_id is not None and pattern.replace(external_id) != external_id:
        external_id = f"{REPLACEMENT}-{event.pk}"  # still one of its own
    metadata = redacted(event.metadata, pattern)
    return Found(event, pattern.replace(event.message)[:MESSAGE_MAX], metadata, external_id)


def _candidates(rows: "QuerySet[Any]", pattern: Pattern, texts: list[str], documents: list[str]) -> "QuerySet[Any]":
    """Let the database leave out rows that cannot hold what is looked for."""
    hint = _hint(pattern)
    if not hint:
        return rows
    rows = rows.annotate(**{f"{name}_as_text": Cast(name, TextField()) for name in documents})
    condition = Q()
    for name in [*texts, *(f"{name}_as_text" for name in documents)]:
        condition |= Q((f"{name}__{hint[0]}", hint[1]))
    return rows.filter(condition)


def _hint(pattern: Pattern) -> tuple[str, str] | None:
    """Return a look-up that every hit satisfies; None where a database could miss one."""
    if pattern.kind == "email":
        return "contains", "@"
    if pattern.kind == "phone":
        return "regex", PHONE_HINT
    # JSON may be stored with escapes, and case is folded in ASCII alone by some databases.
    plain = max(re.findall(r"[A-Za-z0-9 @.,:;_+()-]+", pattern.text.strip()), key=len, default="")
    return ("icontains", plain) if len(plain) >= 3 else None
