"""When something broke: the chapters that everybody remembers, and the smaller bursts around them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from integrations.choices import SyncStatus
from qa_observability.demo.channels import AIRBNB, CHANNELS, VRBO, Channel
from qa_observability.demo.frame import DAY, HOUR, Frame

OUTAGE_DAYS_AGO = 21
USUAL_DAYS = 90
APART = timedelta(hours=3)
APART_FROM_CHAPTER = timedelta(hours=36)


class Grade(StrEnum):
    """How bad it was: a burst on some listings, one that hit most of them, or a chapter of the story."""

    BURST = "burst"
    HARD_BURST = "hard burst"
    OUTAGE = "outage"
    BAD_WEEKEND = "bad weekend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that broke at `onset`; `events` at the usual volume, `lost` of them lost bookings."""

    channel: str
    onset: datetime
    length: timedelta
    grade: Grade
    events: int
    lost: int = 0

    @property
    def end(self) -> datetime:
        return self.onset + self.length

    @property
    def is_chapter(self) -> bool:
        return self.grade in {Grade.OUTAGE, Grade.BAD_WEEKEND}

    @property
    def sync_status(self) -> SyncStatus:
        """What the collector saw of the channel as a whole, where single listings may fare worse."""
        return SyncStatus.WARNING if self.grade == Grade.BURST else SyncStatus.ERROR


def plan(frame: Frame) -> tuple[Incident, ...]:
    """Return every incident within the frame, oldest first.

    Those of all channels lie at least 3 h apart, so that each has a cause of its own.
    """
    incidents = [incident for incident in _chapters(frame) if frame.holds(incident.onset) and incident.end < frame.end]
    for channel in CHANNELS:
        incidents += _bursts(frame, channel, incidents)
    return tuple(sorted(incidents, key=lambda incident: incident.onset))


def of_channel(incidents: Iterable[Incident], slug: str) -> list[Incident]:
    return [incident for incident in incidents if incident.channel == slug]


def _chapters(frame: Frame) -> list[Incident]:
    """Return Vrbo's outage, over midnight three weeks ago, and Airbnb's last weekend but one."""
    last_sunday = frame.today - timedelta(days=frame.today.weekday() + 1)
    saturday = last_sunday - timedelta(days=8)
    outage = frame.today - timedelta(days=OUTAGE_DAYS_AGO) + timedelta(hours=19, minutes=12)
    return [
        Incident(
            channel=VRBO, onset=outage, length=timedelta(hours=6, minutes=25), grade=Grade.OUTAGE, events=230, lost=6
        ),
        Incident(
            channel=AIRBNB,
            onset=saturday + timedelta(hours=8, minutes=41),
            length=timedelta(hours=6),
            grade=Grade.BAD_WEEKEND,
            events=110,
            lost=5,
        ),
        Incident(
            channel=AIRBNB,
            onset=saturday + DAY + timedelta(hours=10, minutes=17),
            length=timedelta(hours=5),
            grade=Grade.BAD_WEEKEND,
            events=90,
            lost=4,
        ),
    ]


def _bursts(frame: Frame, channel: Channel, known: list[Incident]) -> list[Incident]:
    """Spread a channel's bursts over the frame, one in each of as many equal parts; none on its last two days."""
    rng = frame.random("bursts", channel.slug)
    count = round(channel.bursts * frame.days / USUAL_DAYS)
    room = frame.today - DAY - frame.start
    # One burst of a quarter year was worse than the others, long before the chapters; the quiet channel has none.
    hard = count // 3 if channel.severe and count >= 6 else -1
    found: list[Incident] = []
    for part in range(count if room >= DAY else 0):
        onset = _free_moment(rng, frame.start, room / count, part, [*known, *found], channel.slug)
        if onset is None:
            continue
        smallest, largest = channel.burst_size
        found.append(
            Incident(
                channel=channel.slug,
                onset=onset,
                length=timedelta(minutes=int(rng.integers(20, 60))),
                grade=Grade.HARD_BURST if part == hard else Grade.BURST,
                events=int(rng.integers(smallest, largest, endpoint=True)),
                lost=int(rng.random() < 0.25 and channel.severe > 0),
            )
        )
    return found


def _free_moment(
    rng: np.random.Generator, start: datetime, part_length: timedelta, part: int, known: list[Incident], slug: str
) -> datetime | None:
    """Draw a moment in a part of the frame that keeps its distance from every known incident; None without room."""
    for _ in range(100):
        moment = start + part_length * part + part_length * float(rng.random())
        moment = max(moment.replace(microsecond=0), start + HOUR)
        if all(_keeps_distance(moment, incident, slug) for incident in known):
            return moment
    return None


def _keeps_distance(moment: datetime, incident: Incident, slug: str) -> bool:
    apart = APART_FROM_CHAPTER if incident.is_chapter and incident.channel == slug else APART
    return moment + HOUR + apart < incident.onset or incident.end + apart < moment
