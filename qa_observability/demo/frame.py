"""The stretch of time that the story covers, and its sources of chance. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

import numpy as np

from qa_observability.periods import start_of_day

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
USUAL_EVENTS_PER_DAY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Whole UTC days, the last of them today up to the current hour; `start` is a midnight, `end` a full hour."""

    seed: int
    start: datetime
    end: datetime
    days: int
    events_per_day: int

    @property
    def today(self) -> datetime:
        return start_of_day(self.end.date())

    @property
    def burst_scale(self) -> float:
        """Bursts grow with the root of the volume: as the noise does that they have to stand out from."""
        return float(np.sqrt(self.events_per_day / USUAL_EVENTS_PER_DAY))

    def day(self, index: int) -> datetime:
        return self.start + index * DAY

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def days_ago(self, moment: datetime) -> float:
        return (self.end - moment) / DAY

    def random(self, *purpose: str | int) -> np.random.Generator:
        """Return a generator of its own for each purpose, so that no part of the story depends on another's size."""
        return np.random.default_rng([self.seed, *(crc32(str(part).encode()) for part in purpose)])


def frame_of(*, seed: int, now: datetime, days: int, events_per_day: int) -> Frame:
    """Return the frame of `days` UTC days that end with the full hour before `now`.

    Parameters
    ----------
    seed : 0 or more; the same seed, hour, days and size tell the same story.
    days, events_per_day : 1 or more.
    """
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    start = start_of_day(hour.date() - (days - 1) * DAY)
    return Frame(seed=seed, start=start, end=hour, days=days, events_per_day=events_per_day)
