"""The two-lane timeline as numbers: test failures above, incidents below, lines between them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

WIDTH = 1000
BINS = 250
BIN_WIDTH = WIDTH / BINS
FAILURES_TOP, FAILURES_BASE = 4.0, 34.0
INCIDENTS_TOP, INCIDENTS_HEIGHT = 62.0, 16.0
HEIGHT = 82
NARROWEST = 3.0  # an incident of minutes in 90 days must still be seen


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with what to say about it when somebody points at it."""

    start: datetime
    end: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Match:
    """A failure of a test case and the incident it belongs to."""

    first_red_at: datetime
    onset_at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The drawing of one integration, in units of WIDTH x HEIGHT."""

    failures: list[Rect]
    incidents: list[Rect]
    matches: list[Line]
    maintenance: list[Rect]


@dataclass(frozen=True, slots=True)
class Scale:
    """From a moment to a place between 0 and WIDTH; both ends aware."""

    start: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        share = (moment - self.start) / (self.end - self.start)
        return round(min(max(share, 0.0), 1.0) * WIDTH, 2)


def lay_out(
    scale: Scale,
    *,
    failures: Mapping[int, int],
    most: int,
    incidents: Sequence[Span],
    matches: Sequence[Match],
    maintenance: Sequence[Span],
) -> Lane:
    """Return the drawing of one integration.

    Parameters
    ----------
    failures : number of failures by bin, bins of equal length from 0 to BINS - 1.
    most : the number that fills the lane: the largest of all lanes drawn together, so that they compare.
    incidents, maintenance : stretches of time that overlap the scale.
    matches : lines from a failure to its incident.
    """
    return Lane(
        failures=[_bar(number, count, most) for number, count in sorted(failures.items()) if count],
        incidents=[_block(scale, span, INCIDENTS_TOP, INCIDENTS_HEIGHT, NARROWEST) for span in incidents],
        matches=[
            Line(scale.x(match.first_red_at), FAILURES_BASE, scale.x(match.onset_at), INCIDENTS_TOP, match.title)
            for match in matches
        ],
        maintenance=[_block(scale, span, 0, HEIGHT, 1.0) for span in maintenance],
    )


def _bar(number: int, count: int, most: int) -> Rect:
    # The square root, and at least a sixth of the lane: a single failure must be seen beside a hundred.
    share = max(sqrt(count / max(most, 1)), 1 / 6)
    height = round((FAILURES_BASE - FAILURES_TOP) * min(share, 1.0), 2)
    title = f"{count} failure{'s' if count != 1 else ''}"
    return Rect(number * BIN_WIDTH, round(FAILURES_BASE - height, 2), BIN_WIDTH - 0.8, height, title)


def _block(scale: Scale, span: Span, top: float, height: float, narrowest: float) -> Rect:
    x1, x2 = scale.x(span.start), scale.x(span.end)
    width = max(round(x2 - x1, 2), narrowest)
    return Rect(min(x1, WIDTH - width), top, width, height, span.title)
