"""The timeline of one integration as a drawing: events by type, severity and time. Pure.

Drawn on the server as a few paths, however many events: it shows without JavaScript, takes the theme's colours by
itself and costs the browser the same for ten events as for ten thousand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.choices import EventType, Severity
from integrations.intervals import SHORTEST, Interval, text_of

WIDTH = 1000
LANE_HEIGHT = 76  # of which the topmost part is left to the lane's label
LABEL_HEIGHT = 22
TALLEST = LANE_HEIGHT - LABEL_HEIGHT - 4
LOWEST = 2.0  # one event beside a thousand must still be seen
BANDS_TOP = LANE_HEIGHT * len(EventType) + 4
BAND_HEIGHT = 10
HEIGHT = BANDS_TOP + 2 * BAND_HEIGHT + 4
# From the bottom of a bar upwards; days that were purged before severities were counted have a rest.
ORDER = [*reversed(Severity.values), "unknown"]

IN_WORDS = {
    EventType.PRICING_SYNC_ERROR: "Rate sync failures",
    EventType.FEE_SYNC_ERROR: "Fee sync failures",
    EventType.BOOKING_LOSS: "Lost bookings",
}

Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Shape:
    """All bars, or all single events, of one severity in one lane, as one path."""

    severity: str
    path: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The events of one type; `peak` is the largest number in one step, which fills the lane."""

    event_type: str
    label: str
    shapes: list[Shape]
    total: int
    peak: int
    base: float


@dataclass(frozen=True, slots=True)
class Row:
    """One step with events, for the table and for what is said when somebody points at it."""

    number: int
    start: datetime
    end: datetime
    cells: list[str]
    total: int

    @property
    def link_from(self) -> str:
        return text_of(self.start - self._widening)

    @property
    def link_to(self) -> str:
        return text_of(self.end + self._widening)

    @property
    def _widening(self) -> timedelta:
        return max(SHORTEST - (self.end - self.start), timedelta(0)) / 2


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time to be marked across all lanes, in units of the drawing."""

    x: float
    width: float
    title: str


def x_of(interval: Interval, moment: datetime) -> float:
    """Return a moment's place between 0 and WIDTH."""
    share = (moment - interval.start) / interval.length
    return round(min(max(share, 0.0), 1.0) * WIDTH, 1)


def band(interval: Interval, start: datetime, end: datetime, title: str) -> Band:
    """Return the mark of a stretch that overlaps the interval, wide enough to be seen."""
    x1, x2 = x_of(interval, start), x_of(interval, end)
    width = max(round(x2 - x1, 1), 2.5)
    return Band(min(x1, WIDTH - width), width, title)


def bars(interval: Interval, counts: Mapping[int, Counts]) -> list[Lane]:
    """Return a lane for each event type with stacked bars.

    Parameters
    ----------
    counts : by number of the step, then by (event type, severity); severity `unknown` where none was counted.
    """
    return [_lane(interval, event_type, counts) for event_type in EventType.values]


def marks(interval: Interval, events: Iterable[tuple[datetime, str, str]], counts: Mapping[int, Counts]) -> list[Lane]:
    """Return the same lanes with one mark for each event (moment, type, severity), raised by its severity."""
    places: dict[tuple[str, str], set[float]] = defaultdict(set)
    for moment, event_type, severity in events:
        places[event_type, severity].add(x_of(interval, moment))
    lanes = []
    for lane in bars(interval, counts):
        shapes = [
            Shape(severity, "".join(f"M{x:g} {_row_of(lane.base, severity):g}h0" for x in sorted(found)))
            for severity in Severity.values
            if (found := places.get((lane.event_type, severity)))
        ]
        lanes.append(Lane(lane.event_type, lane.label, shapes, lane.total, lane.peak, lane.base))
    return lanes


def _row_of(base: float, severity: str) -> float:
    return base - 8 - Severity.values.index(severity) * 12


def rows(interval: Interval, counts: Mapping[int, Counts]) -> list[Row]:
    """Return the steps that have events, newest first."""
    found = []
    for number in sorted(counts, reverse=True):
        start = interval.start + number * interval.step
        cells = [_in_words(counts[number], event_type) for event_type in EventType.values]
        found.append(Row(number, start, start + interval.step, cells, sum(counts[number].values())))
    return [row for row in found if row.total]


def _lane(interval: Interval, event_type: str, counts: Mapping[int, Counts]) -> Lane:
    own = {
        number: [(severity, found.get((event_type, severity), 0)) for severity in ORDER]
        for number, found in counts.items()
    }
    totals = {number: sum(count for _, count in stack) for number, stack in own.items()}
    peak = max(totals.values(), default=0)
    base = LANE_HEIGHT * (EventType.values.index(event_type) + 1) - 1
    paths: dict[str, list[str]] = defaultdict(list)
    width = WIDTH / interval.bins
    for number in sorted(own):
        _stack(paths, own[number], x=number * width, width=width, base=base, unit=_unit(totals[number], peak))
    shapes = [Shape(severity, "".join(paths[severity])) for severity in ORDER if severity in paths]
    return Lane(event_type, IN_WORDS[EventType(event_type)], shapes, sum(totals.values()), peak, base)


def _unit(total: int, peak: int) -> float:
    """Return the height of one event in a bar of `total`."""
    return max(TALLEST * total / peak, LOWEST) / total if total else 0.0


def _stack(
    paths: dict[str, list[str]],
    stack: Sequence[tuple[str, int]],
    *,
    x: float,
    width: float,
    base: float,
    unit: float,
) -> None:
    top = base
    across = max(width - min(1.0, width / 4), 0.8)
    for severity, count in stack:
        if count:
            height = count * unit
            paths[severity].append(f"M{x:.1f} {top:.1f}v{-height:.1f}h{across:.1f}v{height:.1f}z")
            top -= height


def _in_words(counts: Counts, event_type: str) -> str:
    found = [(severity, counts.get((event_type, severity), 0)) for severity in ORDER]
    total = sum(count for _, count in found)
    known = [f"{count:,} {severity}" for severity, count in found if count and severity != "unknown"]
    if not total:
        return ""
    return f"{total:,} ({', '.join(known)})" if known else f"{total:,}"
