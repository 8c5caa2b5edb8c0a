"""Maintenance windows as stretches of time: who asks whether a moment lies in one, asks here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations.models.maintenance import WEEK, MaintenanceWindow, Repeat


@dataclass(frozen=True, slots=True)
class Occurrence:
    """[start, end) of maintenance, aware datetimes; `integration_id` is None where all integrations are meant."""

    integration_id: str | None
    start: datetime
    end: datetime
    reason: str = ""

    def covers(self, integration_id: str, moment: datetime) -> bool:
        return self.integration_id in (None, integration_id) and self.start <= moment < self.end


def occurrences_between(start: datetime, end: datetime) -> list[Occurrence]:
    """Return every occurrence of every maintenance window that overlaps [start, end), oldest first. One query."""
    windows = MaintenanceWindow.objects.touching(start, end)
    found = [occurrence for window in windows for occurrence in expand(window, start, end)]
    return sorted(found, key=lambda occurrence: (occurrence.start, occurrence.end, occurrence.integration_id or ""))


def expand(window: MaintenanceWindow, start: datetime, end: datetime) -> list[Occurrence]:
    """Return the occurrences of one window that overlap [start, end)."""
    length = window.ends_at - window.starts_at
    if window.repeats == Repeat.ONCE:
        starts = [window.starts_at]
    else:
        # The first one that may still reach into the stretch.
        weeks = max(0, -((window.starts_at + length - start) // WEEK))
        last = min(end, window.repeat_until or end)
        starts = []
        moment = window.starts_at + weeks * WEEK
        while moment < end and moment <= last:
            starts.append(moment)
            moment += WEEK
    return [
        Occurrence(window.integration_id, moment, moment + length, window.reason)
        for moment in starts
        if moment < end and moment + length > start
    ]


def is_covered(occurrences: Sequence[Occurrence] | Iterable[Occurrence], integration_id: str, moment: datetime) -> bool:
    """Return whether a moment of an integration lies in one of these occurrences."""
    return any(occurrence.covers(integration_id, moment) for occurrence in occurrences)
