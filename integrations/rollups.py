"""The daily sums in `integration_days`: added to by every write, so that no page scans events.

Every function here expects the integrations to be locked by the transaction that it runs in.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncDate

from integrations.choices import OBSERVED_STATUSES, EventType, Source
from integrations.inputs import affected_bookings, loss_amount
from integrations.maintenance import Occurrence, is_covered, occurrences_between
from integrations.models import (
    EVENT_MEASURES,
    SEVERITY_MEASURES,
    IntegrationDay,
    IntegrationEvent,
    IntegrationHealth,
    measure,
)
from qa_observability.periods import start_of_day

DayKey = tuple[str, date]
DAYS_PER_QUERY = 200
TICK = timedelta(microseconds=1)
_EVENT_COLUMNS = [measure(event_type, name) for event_type in EventType.values for name in EVENT_MEASURES]
_OBSERVATION_COLUMNS = [
    "error_rate_count",
    "error_rate_sum",
    "booking_loss_rate_count",
    "booking_loss_rate_sum",
    "worst_status",
]


class Event(Protocol):
    """What a roll-up reads of an event, stored or about to be."""

    @property
    def integration_id(self) -> Any: ...
    @property
    def event_type(self) -> Any: ...
    @property
    def severity(self) -> Any: ...
    @property
    def occurred_at(self) -> Any: ...
    @property
    def metadata(self) -> Any: ...


def day_of(moment: datetime) -> date:
    """Return the UTC day of an aware datetime."""
    return moment.astimezone(UTC).date()


def sum_events(events: Iterable[Event], maintenance: Sequence[Occurrence] = ()) -> dict[DayKey, dict[str, Decimal]]:
    """Return what these events add to the columns of their days.

    An event within maintenance is counted, but its bookings and amounts are nobody's loss.
    """
    sums: dict[DayKey, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for event in events:
        row = sums[event.integration_id, day_of(event.occurred_at)]
        row[measure(event.event_type, "events")] += 1
        row[measure(event.event_type, SEVERITY_MEASURES[event.severity])] += 1
        if maintenance and is_covered(maintenance, event.integration_id, event.occurred_at):
            continue
        bookings = affected_bookings(event.metadata)
        lost = loss_amount(event.metadata)
        row[measure(event.event_type, "affected_bookings")] += bookings
        if lost is None:
            row[measure(event.event_type, "unpriced_bookings")] += bookings
        else:
            row[measure(event.event_type, "lost_amount")] += lost
    return sums


def add_events(events: Iterable[Event], *, sign: int = 1) -> None:
    """Add events to their days; with `sign=-1` take them out again.

    No sum falls below nothing: of a day that is not summed anew, because events of it are gone, maintenance may have
    been planned or cancelled after this one was added.
    """
    events = list(events)
    moments = [event.occurred_at for event in events]
    maintenance = occurrences_between(min(moments), max(moments) + TICK) if moments else []
    sums = sum_events(events, maintenance)
    rows = _rows_for(sums)
    for key, added in sums.items():
        for column, amount in added.items():
            setattr(rows[key], column, max(Decimal(0), getattr(rows[key], column) + sign * amount))
    _save(rows.values(), _EVENT_COLUMNS)


def recompute_events(keys: Iterable[DayKey]) -> list[DayKey]:
    """Sum the events of these days anew; return the days that were.

    A day whose events have been purged is left alone, for its sums can no longer be derived from rows.
    """
    return [key for chunk in _chunks(keys) for key in _recompute_events(chunk)]


def _recompute_events(keys: list[DayKey]) -> list[DayKey]:
    rows = {key: row for key, row in _rows_for(keys).items() if not row.events_purged}
    for row in rows.values():
        for column in _EVENT_COLUMNS:
            setattr(row, column, 0)
    stored = IntegrationEvent.objects.filter(_in_days(rows, "occurred_at")) if rows else IntegrationEvent.objects.none()
    maintenance = _maintenance(rows)
    told = stored.only("integration_id", "event_type", "severity", "occurred_at", "metadata")
    for key, added in sum_events(told, maintenance).items():
        for column, amount in added.items():
            setattr(rows[key], column, amount)
    _save(rows.values(), _EVENT_COLUMNS)
    return list(rows)


def refresh_observations(keys: Iterable[DayKey]) -> None:
    """Sum the observations of these days anew.

    Derived observations carry rates over from older ones: copies, not measurements. They count for the day's worst
    status, not for its mean rates.
    """
    for chunk in _chunks(keys):
        _refresh_observations(chunk)


def _refresh_observations(keys: list[DayKey]) -> None:
    rows = {key: row for key, row in _rows_for(keys).items() if not row.observations_purged}
    if not rows:
        return
    measured = ~Q(source=Source.DERIVED)
    summed = (
        IntegrationHealth.objects.filter(_in_days(rows, "last_checked"))
        .with_severity()
        .annotate(day=TruncDate("last_checked", tzinfo=UTC))
        .order_by()
        .values("integration_id", "day")
        .annotate(
            error_rate_count=Count("error_rate", filter=measured),
            error_rate_sum=Sum("error_rate", filter=measured),
            booking_loss_rate_count=Count("booking_loss_rate", filter=measured),
            booking_loss_rate_sum=Sum("booking_loss_rate", filter=measured),
            worst=Max("severity"),
        )
    )
    by_day = {(row["integration_id"], row["day"]): row for row in summed}
    for key, row in rows.items():
        found = by_day.get(key, {})
        for column in _OBSERVATION_COLUMNS[:-1]:
            setattr(row, column, found.get(column) or 0)
        row.worst_status = OBSERVED_STATUSES[found["worst"] - 1] if found else None
    # What was lost within maintenance is measured, but is left out of the mean that revenue is calculated from.
    for key, rate in _lost_in_maintenance(rows):
        rows[key].booking_loss_rate_count -= 1
        rows[key].booking_loss_rate_sum -= rate
    _save(rows.values(), _OBSERVATION_COLUMNS)


def _maintenance(keys: Iterable[DayKey]) -> list[Occurrence]:
    """Return the maintenance that overlaps these days."""
    days = [day for _, day in keys]
    if not days:
        return []
    return occurrences_between(start_of_day(min(days)), start_of_day(max(days) + timedelta(days=1)))


def _lost_in_maintenance(keys: Collection[DayKey]) -> Iterator[tuple[DayKey, Decimal]]:
    """Yield each booking loss rate that was measured within maintenance on these days.

    Read and told apart here: as a condition of a query, a year of nightly windows is more than SQLite parses.
    """
    maintenance = _maintenance(keys)
    covered = {key: found for key in keys if (found := _on_day(maintenance, *key))}
    if not covered:
        return
    measured = IntegrationHealth.objects.filter(_in_days(covered, "last_checked")).exclude(source=Source.DERIVED)
    rows = measured.values_list("integration_id", "last_checked", "booking_loss_rate")
    for slug, moment, rate in rows:
        key = slug, day_of(moment)
        if rate is not None and is_covered(covered[key], slug, moment):
            yield key, rate


def _on_day(maintenance: Iterable[Occurrence], slug: str, day: date) -> list[Occurrence]:
    start, end = start_of_day(day), start_of_day(day + timedelta(days=1))
    return [one for one in maintenance if one.start < end and one.end > start and one.integration_id in (None, slug)]


def _chunks(keys: Iterable[DayKey]) -> Iterable[list[DayKey]]:
    """Split the days so that no query's condition grows beyond what SQLite parses."""
    ordered = sorted(set(keys))
    return (ordered[start : start + DAYS_PER_QUERY] for start in range(0, len(ordered), DAYS_PER_QUERY))


def _in_days(keys: Iterable[DayKey], field: str) -> Q:
    """Match the rows of exactly these days, as one range per integration and run of days."""
    days_by_integration: dict[str, list[date]] = defaultdict(list)
    for slug, day in sorted(keys):
        days_by_integration[slug].append(day)
    condition = Q()
    for slug, days in days_by_integration.items():
        for first, last in _runs(days):
            condition |= Q(
                ("integration_id", slug),
                (f"{field}__gte", start_of_day(first)),
                (f"{field}__lt", start_of_day(last + timedelta(days=1))),
            )
    return condition


def _runs(days: Iterable[date]) -> list[tuple[date, date]]:
    """Return the first and last day of each run of adjacent days."""
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and day - runs[-1][1] <= timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _rows_for(keys: Iterable[DayKey]) -> dict[DayKey, IntegrationDay]:
    """Return the rows of these days, new ones where there are none yet."""
    wanted = set(keys)
    if not wanted:
        return {}
    stored = IntegrationDay.objects.filter(
        integration_id__in={slug for slug, _ in wanted},
        day__gte=min(day for _, day in wanted),
        day__lte=max(day for _, day in wanted),
    )
    rows = {(row.integration_id, row.day): row for row in stored}
    return {key: rows.get(key) or IntegrationDay(integration_id=key[0], day=key[1]) for key in sorted(wanted)}


def _save(rows: Iterable[IntegrationDay], columns: list[str]) -> None:
    IntegrationDay.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["integration", "day"],
        update_fields=[*columns, "updated_at"],
    )
