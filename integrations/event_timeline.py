"""Reads what the timeline of an integration draws: days from the daily sums, all else by an index on its interval."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.choices import EventType
from integrations.intervals import DAY, HOUR, MINUTE, Interval
from integrations.maintenance import occurrences_between
from integrations.models import SEVERITY_MEASURES, IntegrationDay, IntegrationEvent, measure
from integrations.timeline import HEIGHT, Band, Lane, Row, band, bars, marks, rows
from qa_observability.periods import start_of_day

# More would be a smear: they are counted by the minute.
MOST_SINGLE_EVENTS = 2000
STEPS_IN_WORDS = {DAY: "day", HOUR: "hour", 15 * MINUTE: "15 minutes", 5 * MINUTE: "5 minutes", MINUTE: "minute"}

Counts = dict[int, dict[tuple[str, str], int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The drawing, the rows of its table, and the maintenance that overlaps it."""

    interval: Interval
    lanes: list[Lane]
    rows: list[Row]
    maintenance: list[Band]
    is_single: bool
    height: int = HEIGHT

    @property
    def total(self) -> int:
        return sum(lane.total for lane in self.lanes)

    @property
    def step_in_words(self) -> str:
        return STEPS_IN_WORDS[self.interval.step]

    @property
    def is_daily(self) -> bool:
        return self.interval.step == DAY

    @property
    def last_day(self) -> datetime:
        return self.interval.end - self.interval.step

    @property
    def ticks(self) -> list[datetime]:
        return self.interval.moments(4)


def event_timeline(slug: str, interval: Interval) -> Timeline:
    """Return the timeline of one integration over an interval. Two queries; three for a very dense short one."""
    singles: list[tuple[datetime, str, str]] = []
    if interval.is_fine:
        events = IntegrationEvent.objects.filter(integration=slug).between(interval.start, interval.end)
        columns = events.newest_first().values_list("occurred_at", "event_type", "severity")
        singles = list(columns[: MOST_SINGLE_EVENTS + 1])
    is_single = interval.is_fine and len(singles) <= MOST_SINGLE_EVENTS
    counts = _counted_here(singles, interval) if is_single else _counts(slug, interval)
    windows = occurrences_between(interval.start, interval.end)
    return Timeline(
        interval=interval,
        lanes=marks(interval, singles, counts) if is_single else bars(interval, counts),
        rows=rows(interval, counts),
        maintenance=[
            band(interval, window.start, window.end, f"Maintenance{': ' if window.reason else ''}{window.reason}")
            for window in windows
            if window.integration_id in (None, slug)
        ],
        is_single=is_single,
    )


def _counts(slug: str, interval: Interval) -> Counts:
    if interval.step == DAY:
        return _counts_of_days(slug, interval)
    events = IntegrationEvent.objects.filter(integration=slug).between(interval.start, interval.end)
    counts: Counts = defaultdict(dict)
    for number, event_type, severity, count in events.counted(interval.start, interval.step):
        place = min(max(int(number), 0), interval.bins - 1)
        counts[place][event_type, severity] = counts[place].get((event_type, severity), 0) + count
    return counts


def _counted_here(events: Iterable[tuple[datetime, str, str]], interval: Interval) -> Counts:
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for moment, event_type, severity in events:
        counts[(moment - interval.start) // interval.step][event_type, severity] += 1
    return counts


def _counts_of_days(slug: str, interval: Interval) -> Counts:
    columns = [
        measure(event_type, name) for event_type in EventType.values for name in ("events", *SEVERITY_MEASURES.values())
    ]
    last = (interval.end - timedelta(microseconds=1)).date()
    days = IntegrationDay.objects.filter(integration=slug, day__gte=interval.start.date(), day__lte=last)
    found: Counts = {}
    for row in days.order_by().values("day", *columns):
        number = (start_of_day(row["day"]) - interval.start) // DAY
        found[number] = _counts_of_day(row)
    return found


def _counts_of_day(row: Mapping[str, int]) -> dict[tuple[str, str], int]:
    counts = {}
    for event_type in EventType.values:
        for severity, name in SEVERITY_MEASURES.items():
            counts[event_type, severity] = row[measure(event_type, name)]
        known = sum(counts[event_type, severity] for severity in SEVERITY_MEASURES)
        # Purged before severities were counted.
        counts[event_type, "unknown"] = max(row[measure(event_type, "events")] - known, 0)
    return counts
