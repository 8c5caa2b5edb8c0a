"""Every write of observations and events. Admin, API, imports and tasks all come through here.

Each function locks the integrations that it touches, so that writers of one integration run one after the other: no
roll-up loses an update, and no event is stored twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from integrations import rollups
from integrations.choices import Source
from integrations.derivation import TICK, derive_current, rederive
from integrations.event_storing import event_row, store_events
from integrations.inputs import (
    EventInput,
    FieldErrors,
    ObservationInput,
    RowsError,
    event_errors,
    observation_errors,
)
from integrations.models import Integration, IntegrationEvent, IntegrationHealth
from integrations.rollups import day_of
from integrations.rules import Thresholds, status_of
from qa_observability import history

OBSERVATION_BATCH = 2000


@dataclass(frozen=True, slots=True)
class RecordedObservations:
    """Counts of rows, and their (integration, moment) by what became of them; `unchanged` are the same as before."""

    created: int
    updated: int
    unchanged: int
    keys: Mapping[str, Sequence[tuple[str, datetime]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedEvents:
    """Counts of rows, and the ids of those created; a duplicate's externalId had been seen before, in the same batch
    or an earlier one."""

    created: int
    duplicates: int
    ids: Sequence[UUID] = ()


def thresholds() -> Thresholds:
    """Return the rates from which an integration is ill, as set for this installation."""
    return Thresholds(warning=settings.HEALTH_WARNING_RATE, critical=settings.HEALTH_CRITICAL_RATE)


def record_observations(
    given: Sequence[ObservationInput], *, now: datetime, bulk: bool = False
) -> RecordedObservations:
    """Store observations; one of the same integration and moment as a stored one replaces it.

    `bulk`: the caller records in one history entry what was created.

    Raises
    ------
    RowsError : with every row that breaks a rule; then nothing is stored.
    """
    limits = thresholds()
    _refuse(given, lambda row: observation_errors(row, now=now, thresholds=limits))
    given = [row.rounded() for row in given]
    with transaction.atomic():
        _lock(given)
        recorded = _store_observations(given, now=now, record_created=not bulk)
        _carry_on(given, now=now)
        return recorded


def change_observation(pk: UUID, changed: ObservationInput, *, now: datetime) -> IntegrationHealth:
    """Replace a stored observation, which may move to another integration or moment.

    Raises
    ------
    IntegrationHealth.DoesNotExist : where it is gone.
    RowsError : where the change breaks a rule, or another observation holds that moment already.
    """
    limits = thresholds()
    _refuse([changed], lambda row: observation_errors(row, now=now, thresholds=limits))
    changed = changed.rounded()
    with transaction.atomic():
        before = IntegrationHealth.objects.get(pk=pk)
        Integration.objects.lock([before.integration_id, changed.integration_id])
        _lock([changed])
        before = IntegrationHealth.objects.select_for_update().get(pk=pk)
        same_moment = IntegrationHealth.objects.filter(
            integration_id=changed.integration_id, last_checked=changed.last_checked
        )
        if same_moment.exclude(pk=pk).exists():
            raise RowsError({0: {"last_checked": ["Another observation of this integration holds this moment."]}})
        touched = {_day_key(before), (changed.integration_id, day_of(changed.last_checked))}
        row = _observation_row(changed)
        row.pk, row.created_at = pk, before.created_at
        row.save(force_update=True)
        rollups.refresh_observations(touched)
        history.record_changed([(before, row)])
        _carry_on([before, row], now=now)
        return row


def delete_observations(pks: Iterable[UUID], *, now: datetime) -> int:
    """Delete observations and take them out of their days; return how many there were."""
    with transaction.atomic():
        rows = IntegrationHealth.objects.filter(pk__in=list(pks))
        Integration.objects.lock(set(rows.values_list("integration_id", flat=True)))
        gone = list(rows)
        history.record_deleted(gone)
        deleted, _ = rows.delete()
        rollups.refresh_observations({_day_key(row) for row in gone})
        _carry_on(gone, now=now)
        return deleted


def record_events(given: Sequence[EventInput], *, now: datetime, bulk: bool = False) -> RecordedEvents:
    """Store events, add them to their days, and recalculate each integration's current health once.

    `bulk`: the caller records in one history entry what was created.

    Raises
    ------
    RowsError : with every row that breaks a rule; then nothing is stored.
    """
    _refuse(given, lambda row: event_errors(row, now=now))
    with transaction.atomic():
        _lock(given)
        stored = store_events(given, now=now)
        rollups.add_events(stored.values())
        if not bulk:
            by_hand = ((pk, event) for pk, event in stored.items() if event.source == Source.MANUAL)
            history.record_created(event_row(event, pk) for pk, event in by_hand)
        newest: dict[str, datetime] = {}
        for event in stored.values():
            newest[event.integration_id] = max(event.occurred_at, newest.get(event.integration_id, event.occurred_at))
        derived = [derive_current(slug, moment) for slug, moment in sorted(newest.items())]
        _store_observations([observation for observation in derived if observation], now=now)
        return RecordedEvents(created=len(stored), duplicates=len(given) - len(stored), ids=list(stored))


def change_event(pk: UUID, changed: EventInput, *, now: datetime) -> IntegrationEvent:
    """Replace a stored event, which may move to another integration, type or moment.

    Raises
    ------
    IntegrationEvent.DoesNotExist : where it is gone.
    RowsError : where the change breaks a rule, or another event has its externalId already.
    """
    _refuse([changed], lambda row: event_errors(row, now=now))
    with transaction.atomic():
        before = IntegrationEvent.objects.get(pk=pk)
        Integration.objects.lock([before.integration_id, changed.integration_id])
        _lock([changed])
        before = IntegrationEvent.objects.select_for_update().get(pk=pk)
        same_id = IntegrationEvent.objects.filter(
            integration_id=changed.integration_id, external_id=changed.external_id
        )
        if changed.external_id is not None and same_id.exclude(pk=pk).exists():
            raise RowsError({0: {"external_id": ["Another event of this integration has this id."]}})
        rollups.add_events([before], sign=-1)
        row = event_row(changed, pk)
        row.created_at = before.created_at
        row.save(force_update=True)
        rollups.add_events([row])
        history.record_changed([(before, row)])
        _recalculate([before], now=now)
        derived = derive_current(row.integration_id, row.occurred_at)
        _store_observations([derived] if derived else [], now=now)
        return row


def change_events(pks: Iterable[UUID], values: Mapping[str, Any], *, now: datetime) -> int:
    """Give several events the same severity or type, all or none; return how many there were."""
    with transaction.atomic():
        rows = list(IntegrationEvent.objects.filter(pk__in=list(pks)).order_by("occurred_at"))
        Integration.objects.lock({row.integration_id for row in rows})
        for row in rows:
            before = EventInput(**{column.name: getattr(row, column.name) for column in fields(EventInput)})
            change_event(row.pk, replace(before, **values), now=now)
        return len(rows)


def delete_events(pks: Iterable[UUID], *, now: datetime) -> int:
    """Delete events, take them out of their days, and recalculate the health that was derived from them."""
    with transaction.atomic():
        chosen = IntegrationEvent.objects.filter(pk__in=list(pks))
        Integration.objects.lock(set(chosen.values_list("integration_id", flat=True)))
        rows = list(chosen)
        rollups.add_events(rows, sign=-1)
        history.record_deleted(rows)
        chosen.delete()
        _recalculate(rows, now=now)
        return len(rows)


def _recalculate(gone: Iterable[IntegrationEvent], *, now: datetime) -> None:
    """Mend the derived observations that these events had a part in."""
    for slug, times in _by_integration((event.integration_id, event.occurred_at) for event in gone):
        _mend(slug, start=min(times), end=max(times) + settings.HEALTH_EVENT_WINDOW, now=now)


def _carry_on(touched: Iterable[IntegrationHealth | ObservationInput], *, now: datetime) -> None:
    """Mend the derived observations that carry on what these ones said, up to the next observation."""
    for slug, times in _by_integration((row.integration_id, row.last_checked) for row in touched):
        later = IntegrationHealth.objects.filter(integration_id=slug, last_checked__gt=max(times))
        next_seen = later.exclude(source=Source.DERIVED).order_by("last_checked").first()
        newest = next_seen or later.order_by("-last_checked").first()
        _mend(slug, start=min(times) + TICK, end=newest.last_checked if newest else max(times), now=now)


def _mend(slug: str, *, start: datetime, end: datetime, now: datetime) -> None:
    kept, groundless = rederive(slug, start=start, end=end)
    _store_observations(kept, now=now)
    if not groundless:
        return
    IntegrationHealth.objects.filter(pk__in=[row.pk for row in groundless]).delete()
    rollups.refresh_observations({_day_key(row) for row in groundless})
    # Events of one batch share an observation; where the newest of them has gone, the next one speaks for them.
    event = IntegrationEvent.objects.filter(integration_id=slug).newest_first().first()
    derived = derive_current(slug, event.occurred_at) if event else None
    _store_observations([derived] if derived else [], now=now)


def _by_integration(touched: Iterable[tuple[str, datetime]]) -> list[tuple[str, list[datetime]]]:
    moments: dict[str, list[datetime]] = defaultdict(list)
    for slug, moment in touched:
        moments[slug].append(moment)
    return sorted(moments.items())


def _refuse(rows: Sequence[Any], check: Any) -> None:
    errors: dict[int, FieldErrors] = {index: found for index, row in enumerate(rows) if (found := check(row))}
    if errors:
        raise RowsError(errors)


def _lock(rows: Sequence[Any]) -> None:
    """Lock the integrations that the rows name, or refuse the rows whose integration does not exist."""
    known = set(Integration.objects.lock({row.integration_id for row in rows}))
    _refuse(
        rows,
        lambda row: (
            {}
            if row.integration_id in known
            else {"integration_id": [f"There is no integration {row.integration_id!r}."]}
        ),
    )


def _store_observations(
    given: Sequence[ObservationInput], *, now: datetime, record_created: bool = False
) -> RecordedObservations:
    """Insert or replace observations of locked integrations and refresh their days."""
    if not given:
        return RecordedObservations(created=0, updated=0, unchanged=0)
    rows = {(row.integration_id, row.last_checked): _observation_row(row) for row in given}
    stored = IntegrationHealth.objects.filter(
        integration_id__in={slug for slug, _ in rows},
        last_checked__gte=min(moment for _, moment in rows),
        last_checked__lte=max(moment for _, moment in rows),
    )
    before = {(row.integration_id, row.last_checked): row for row in stored}
    changed = {key: row for key, row in rows.items() if key not in before or not _is_same(before[key], row)}
    for row in changed.values():
        row.updated_at = now
    IntegrationHealth.objects.bulk_create(
        changed.values(),
        batch_size=OBSERVATION_BATCH,
        update_conflicts=True,
        unique_fields=["integration", "last_checked"],
        update_fields=[*_OBSERVED, "status", "source", "updated_at"],
    )
    rollups.refresh_observations({_day_key(row) for row in changed.values()})
    seen_by_people = {key: row for key, row in changed.items() if row.source != Source.DERIVED}
    history.record_changed(
        (before[key], row)
        for key, row in seen_by_people.items()
        # Collectors of one integration complete each other's observation of the same second, every few minutes.
        if key in before and {before[key].source, row.source} != {Source.COLLECTOR}
    )
    if record_created:
        history.record_created(
            row for key, row in seen_by_people.items() if key not in before and row.source == Source.MANUAL
        )
    keys = {
        "created": [key for key in changed if key not in before],
        "updated": [key for key in changed if key in before],
        "unchanged": [key for key in rows if key not in changed],
    }
    return RecordedObservations(**{fate: len(those) for fate, those in keys.items()}, keys=keys)


_OBSERVED = ["pricing_sync_status", "fees_sync_status", "booking_loss_rate", "error_rate"]


def _is_same(one: IntegrationHealth, other: IntegrationHealth) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in [*_OBSERVED, "status", "source"])


def _observation_row(given: ObservationInput) -> IntegrationHealth:
    status = given.status or status_of(given.measurements, thresholds())
    return IntegrationHealth(**_values(replace(given, status=status)))


def _values(given: Any) -> dict[str, Any]:
    return {column.name: getattr(given, column.name) for column in fields(given)}


def _day_key(row: IntegrationHealth) -> rollups.DayKey:
    return row.integration_id, day_of(row.last_checked)
