"""Events into their table, each externalId of an integration once."""

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.db import connection

from integrations.inputs import EventInput, first_of_each
from integrations.models import IntegrationEvent

EVENT_BATCH = 2000
_COLUMNS = [column.name for column in fields(EventInput)]
_values = attrgetter(*_COLUMNS)
# The unique index itself tells what is a duplicate. Asked for it beforehand, PostgreSQL reads all events of an
# integration that its statistics do not know yet.
_INSERT = """
    INSERT INTO integration_events
    SELECT * FROM json_populate_recordset(NULL::integration_events, %s)
    ON CONFLICT DO NOTHING
    RETURNING id
"""


def store_events(given: Sequence[EventInput], *, now: datetime) -> dict[UUID, EventInput]:
    """Store the events whose externalId is new to their integration; return those, in their order, by their new ids.

    Expects valid events, and the integrations to be locked by the transaction that it runs in.
    """
    if connection.vendor != "postgresql":
        fresh = _without_duplicates(given)
        rows = dict(zip(_new_ids(len(fresh), now), fresh, strict=True))
        created = (event_row(event, pk) for pk, event in rows.items())
        IntegrationEvent.objects.bulk_create(created, batch_size=EVENT_BATCH)
        return rows
    first = first_of_each(given, ())
    rows = dict(zip(_new_ids(len(first), now), first, strict=True))
    stored = _insert(rows, now)
    return rows if len(stored) == len(rows) else {pk: event for pk, event in rows.items() if pk in stored}


def event_row(given: EventInput, pk: UUID) -> IntegrationEvent:
    """Return the model of an event, unsaved."""
    return IntegrationEvent(pk=pk, **dict(zip(_COLUMNS, _values(given), strict=True)))


def _insert(rows: Mapping[UUID, EventInput], now: datetime) -> set[UUID]:
    """Insert rows as JSON, one text instead of models and a value for each column; return the ids that went in."""
    documents = [
        {"id": str(pk), "created_at": now, **dict(zip(_COLUMNS, _values(event), strict=True))}
        for pk, event in rows.items()
    ]
    stored: set[UUID] = set()
    with connection.cursor() as cursor:
        for start in range(0, len(documents), EVENT_BATCH):
            part = documents[start : start + EVENT_BATCH]
            cursor.execute(_INSERT, [json.dumps(part, default=datetime.isoformat)])
            stored.update(pk for (pk,) in cursor.fetchall())
    return stored


def _new_ids(count: int, now: datetime) -> list[UUID]:
    """Return new ids of version 7 (RFC 9562), growing: a batch touches a few pages of the index, not one for each."""
    version_and_variant = 7 << 76 | 0b10 << 62
    free = (1 << 76) - 1 & ~(0b11 << 62)
    milliseconds = int(now.timestamp() * 1000)
    random = os.urandom(10 * count)
    tails = sorted(int.from_bytes(random[start : start + 10]) & free for start in range(0, len(random), 10))
    return [UUID(int=milliseconds << 80 | version_and_variant | tail) for tail in tails]


def _without_duplicates(given: Sequence[EventInput]) -> list[EventInput]:
    """Return the events whose externalId is new to their integration; those without one are all new."""
    ids: dict[str, set[str]] = defaultdict(set)
    for event in given:
        if event.external_id is not None:
            ids[event.integration_id].add(event.external_id)
    seen: set[tuple[str, str]] = set()
    for slug, wanted in ids.items():
        ordered = sorted(wanted)
        # In parts, for a query of SQLite takes 32,766 values at most.
        for start in range(0, len(ordered), EVENT_BATCH):
            stored = IntegrationEvent.objects.filter(
                integration_id=slug, external_id__in=ordered[start : start + EVENT_BATCH]
            )
            found = stored.values_list("external_id", flat=True)
            seen.update((slug, external_id) for external_id in found if external_id)
    return first_of_each(given, seen)
