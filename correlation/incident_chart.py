"""The events around an incident as bars: from an hour before its onset to an hour after its end. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from correlation.wording import span

WIDTH, HEIGHT = 1000, 120
MOST_BARS = 80
STEPS = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 240, 720)]
AROUND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Frame:
    """The stretch that is drawn, cut into `count` bars of `step`."""

    start: datetime
    step: timedelta
    count: int

    @property
    def end(self) -> datetime:
        return self.start + self.count * self.step

    def x(self, moment: datetime) -> float:
        share = (moment - self.start) / (self.end - self.start)
        return round(min(max(share, 0.0), 1.0) * WIDTH, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One step of time: events of the incident below, the usual hum on top of them."""

    start: datetime
    own: int
    hum: int
    x: float
    width: float
    own_y: float
    own_height: float
    hum_y: float
    hum_height: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All of the drawing, in units of WIDTH x HEIGHT; `most` is the number that fills its height."""

    frame: Frame
    bars: list[Bar]
    most: int
    band_x: float
    band_width: float
    step: str

    @property
    def has_hum(self) -> bool:
        return any(bar.hum for bar in self.bars)


def frame_around(onset: datetime, end: datetime) -> Frame:
    """Return the frame of an incident, with bars of a round length, at most MOST_BARS of them, on whole minutes."""
    start, last = (onset - AROUND).replace(second=0, microsecond=0), end + AROUND
    step = next((step for step in STEPS if (last - start) / step <= MOST_BARS), STEPS[-1])
    return Frame(start, step, int((last - start) // step) + 1)


def lay_out(frame: Frame, onset: datetime, end: datetime, *, own: Mapping[int, int], hum: Mapping[int, int]) -> Chart:
    """Return the drawing.

    Parameters
    ----------
    own, hum : number of events by bar, of the incident and of the usual ones that are too light to belong to it.
    """
    most = max((own.get(at, 0) + hum.get(at, 0) for at in range(frame.count)), default=0)
    slot = WIDTH / frame.count
    band_x = frame.x(onset)
    return Chart(
        frame=frame,
        bars=[_bar(frame, at, own.get(at, 0), hum.get(at, 0), most, slot) for at in range(frame.count)],
        most=most,
        band_x=band_x,
        band_width=max(round(frame.x(end) - band_x, 2), 3.0),
        step=span(frame.step.total_seconds()),
    )


def _bar(frame: Frame, at: int, own: int, hum: int, most: int, slot: float) -> Bar:
    unit = HEIGHT / max(most, 1)
    own_height, hum_height = round(own * unit, 2), round(hum * unit, 2)
    start = frame.start + at * frame.step
    usual = f", {hum} of the usual hum" if hum else ""
    return Bar(
        start=start,
        own=own,
        hum=hum,
        x=round(at * slot, 2),
        width=round(slot * 0.85, 2),
        own_y=round(HEIGHT - own_height, 2),
        own_height=own_height,
        hum_y=round(HEIGHT - own_height - hum_height, 2),
        hum_height=hum_height,
        title=f"{start:%Y-%m-%d %H:%M} UTC: {own} event{'s' if own != 1 else ''}{usual}",
    )
