"""The incidents that a refresh found, into the table, without losing what people attached to those of before."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Q

from correlation import annotations
from correlation.incident_events import TICK, own_events
from correlation.incident_sums import sum_up, to_json, worst_severity
from correlation.incidents import Incidents
from correlation.loading import World
from correlation.models import Incident, IncidentWarning
from correlation.regrouping import Regrouping, Stretch, regroup
from correlation.results import MatchedFailures
from integrations.choices import Severity
from integrations.maintenance import is_covered, occurrences_between
from integrations.models import IntegrationEvent

BATCH = 500
INCIDENTS_PER_QUERY = 50
_SEVERITIES = [severity.value for severity in Severity]
_FOUND_COLUMNS = ["onset_at", "ended_at", "events", "severity_from", "worst_severity", "sums", "dropped_at"]


@dataclass(frozen=True, slots=True)
class Found:
    """An incident as the engine found it; `events` are those of `severity_from` or worse."""

    onset_at: datetime
    ended_at: datetime
    events: int
    severity_from: str


def store_incidents(
    incidents: Incidents, warnings: MatchedFailures, world: World, *, since: datetime, within: timedelta, now: datetime
) -> None:
    """Bring the incidents of the look-back up to date, and which test cases warned of each.

    Parameters
    ----------
    since : incidents that began earlier are older than the events at hand: they stay as they were found.
    within : the window, nearer than which two incidents are one.

    Notes
    -----
    A stored incident that is one of the found ones keeps its row and its id. One that became a part of another leaves
    its id to it, and everything that people attached. One that nothing is near of any more is removed, or, where
    people have attached something, kept and marked. Integrations that are switched off keep what they have.
    """
    locked = Incident.objects.select_for_update().filter(integration__in=world.integrations, ended_at__gte=since)
    stored: dict[str, list[Incident]] = defaultdict(list)
    for row in locked.order_by("onset_at", "pk"):
        stored[row.integration_id].append(row)
    noted = annotations.noted_among([row.pk for rows in stored.values() for row in rows])
    before = {row.pk: _state(row) for rows in stored.values() for row in rows}
    rows: dict[tuple[str, datetime], Incident] = {}
    for slug, found in _found(incidents, world).items():
        own = stored[slug]
        groups = regroup(
            [Stretch(row.onset_at, row.ended_at, row.pk in noted) for row in own],
            [Stretch(one.onset_at, one.ended_at) for one in found],
            within=within,
        )
        chosen = [
            own[groups.same[at]] if at in groups.same else Incident(integration_id=slug) for at in range(len(found))
        ]
        _make_room(own, chosen, found, groups, noted=noted, since=since, now=now)
        for one, row in zip(found, chosen, strict=True):
            rows[slug, one.onset_at] = row
            if row.pk not in before or row.onset_at >= since:
                _bring_up_to_date(row, one, is_noted=row.pk in noted, now=now)
    current = {key: row for key, row in rows.items() if row.onset_at >= since}
    _sum_up(list(current.values()))
    changed = [row for row in current.values() if row.pk in before and _state(row) != before[row.pk]]
    Incident.objects.bulk_update(changed, _FOUND_COLUMNS, batch_size=BATCH)
    Incident.objects.bulk_create([row for row in current.values() if row.pk not in before], batch_size=BATCH)
    _store_warnings({key: row.pk for key, row in current.items()}, warnings, world)


def _found(incidents: Incidents, world: World) -> dict[str, list[Found]]:
    """Return the found incidents by integration, in the order of their onsets."""
    found: dict[str, list[Found]] = {slug: [] for slug in world.integrations}
    for channel, slug in enumerate(world.integrations):
        own = incidents.of(channel)
        mine = np.flatnonzero(world.events.integration == channel)
        mine = mine[np.argsort(world.events.time[mine], kind="stable")]
        time, severity = world.events.time[mine], world.events.severity[mine]
        for onset, end, events in zip(own.onset, own.end, own.events, strict=True):
            during = severity[np.searchsorted(time, onset) : np.searchsorted(time, end, side="right")]
            # As the engine leaves the usual hum out of an incident's events, the severity that leaves about as many.
            at_least = [int((during >= level).sum()) for level in range(len(_SEVERITIES))]
            level = int(np.argmin([abs(count - events) for count in at_least])) if events else 0
            count = at_least[level] if events else 0
            found[slug].append(Found(_moment(onset), _moment(end), count, _SEVERITIES[level]))
    return found


def _make_room(
    own: Sequence[Incident],
    chosen: Sequence[Incident],
    found: Sequence[Found],
    groups: Regrouping,
    *,
    noted: set[UUID],
    since: datetime,
    now: datetime,
) -> None:
    """Let go of the rows of one integration that are no incidents of their own any more."""
    for at, new in groups.absorbed.items():
        if own[at].onset_at >= since:
            annotations.hand_over(own[at], chosen[new], is_noted=own[at].pk in noted, now=now)
    for new, at in groups.split_off.items():
        if own[at].pk in noted and at not in groups.absorbed:
            text = f"What began at {found[new].onset_at:%Y-%m-%d %H:%M} UTC is an incident of its own now."
            annotations.note_regrouping(own[at], text, now=now)
    lost = [own[at] for at in groups.lost if own[at].onset_at >= since]
    annotations.drop([row for row in lost if row.pk in noted], now=now)
    Incident.objects.filter(pk__in=[row.pk for row in lost if row.pk not in noted]).delete()


def _bring_up_to_date(row: Incident, one: Found, *, is_noted: bool, now: datetime) -> None:
    if row.dropped_at is not None:
        row.dropped_at = None
        if is_noted:
            annotations.note_regrouping(row, "The engine finds this incident again.", now=now)
    row.onset_at, row.ended_at = one.onset_at, one.ended_at
    row.events, row.severity_from = one.events, one.severity_from


def _sum_up(rows: Sequence[Incident]) -> None:
    """Sum the events of these incidents anew, for events are corrected and deleted too."""
    for row in rows:
        row.sums, row.worst_severity = {}, None
    told = [row for row in rows if row.events]
    for start in range(0, len(told), INCIDENTS_PER_QUERY):
        some = told[start : start + INCIDENTS_PER_QUERY]
        for pk, events in _events_of(some).items():
            sums = sum_up(events)
            row = next(row for row in some if row.pk == pk)
            row.sums, row.worst_severity = to_json(sums), worst_severity(sums)
            row.events = sum(part.events for part in sums.values())


def _events_of(rows: Sequence[Incident]) -> dict[UUID, list[tuple[str, str, dict[str, Any]]]]:
    """Return type, severity and metadata of the events of each incident; those within maintenance are nobody's loss."""
    condition = Q()
    by_slug: dict[str, list[Incident]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.onset_at):
        condition |= own_events(row)
        by_slug[row.integration_id].append(row)
    starts = {slug: [row.onset_at for row in own] for slug, own in by_slug.items()}
    first, last = min(row.onset_at for row in rows), max(row.ended_at for row in rows)
    maintenance = occurrences_between(first, last + TICK)
    events: dict[UUID, list[tuple[str, str, dict[str, Any]]]] = defaultdict(list)
    columns = ("integration_id", "occurred_at", "event_type", "severity", "metadata")
    stored = IntegrationEvent.objects.filter(condition).order_by().values_list(*columns)
    for slug, occurred_at, event_type, severity, metadata in stored.iterator():
        if maintenance and is_covered(maintenance, slug, occurred_at):
            continue
        at = max(bisect_right(starts[slug], occurred_at + TICK) - 1, 0)
        events[by_slug[slug][at].pk].append((event_type, severity, metadata))
    return events


def _store_warnings(incident_of: dict[tuple[str, datetime], UUID], warnings: MatchedFailures, world: World) -> None:
    columns = zip(warnings.test, warnings.integration, warnings.first_red, warnings.onset, strict=True)
    wanted: dict[tuple[UUID, str], datetime] = {}
    for test, channel, first_red, onset in columns:
        incident = incident_of.get((world.integrations[channel], _moment(onset)))
        if incident is not None:
            wanted[incident, world.tests[test]] = _moment(first_red)
    stored = IncidentWarning.objects.filter(incident__in=list(incident_of.values()))
    gone = []
    for pk, incident, test, first_red_at in stored.values_list("pk", "incident_id", "test_case_id", "first_red_at"):
        if wanted.get((incident, test)) == first_red_at:
            del wanted[incident, test]
        else:
            gone.append(pk)
    IncidentWarning.objects.filter(pk__in=gone).delete()
    IncidentWarning.objects.bulk_create(
        (
            IncidentWarning(incident_id=incident, test_case_id=test, first_red_at=first_red_at)
            for (incident, test), first_red_at in wanted.items()
        ),
        batch_size=BATCH,
    )


def _state(row: Incident) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _FOUND_COLUMNS)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(float(seconds), 3), UTC)
