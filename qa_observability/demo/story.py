"""The sample data as a whole: the same seed, hour, days and size always tell the same story. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from correlation.services import ExecutionInput
from integrations.inputs import EventInput, ObservationInput
from qa_observability.demo.events import tell_events
from qa_observability.demo.executions import tell_executions
from qa_observability.demo.frame import USUAL_EVENTS_PER_DAY, Frame, frame_of
from qa_observability.demo.incidents import USUAL_DAYS, Incident, plan
from qa_observability.demo.rates import tell_observations


@dataclass(frozen=True, slots=True)
class Story:
    """What happened within the frame; events and executions are told day by day, for they may be a million."""

    frame: Frame
    incidents: tuple[Incident, ...]

    def observations(self) -> list[ObservationInput]:
        return tell_observations(self.frame, self.incidents)

    def events(self) -> Iterator[list[EventInput]]:
        return tell_events(self.frame, self.incidents)

    def executions(self) -> Iterator[list[ExecutionInput]]:
        return tell_executions(self.frame, self.incidents)


def tell(*, now: datetime, seed: int = 1, days: int = USUAL_DAYS, events_per_day: int = USUAL_EVENTS_PER_DAY) -> Story:
    """Return the story of the `days` UTC days that end with the full hour before `now`.

    Parameters
    ----------
    now : aware; rounded down to the hour.
    seed : 0 or more.
    days : 1 or more. Chapters that lie further back are left out.
    events_per_day : 1 or more; how many there are on an average day. Bursts grow with its root.

    Notes
    -----
    Vrbo: an outage of fee sync three weeks ago. Booking.com: an error rate that creeps from 0.8 % to 3.2 % over ten
    weeks, with more and more wrong prices. Airbnb: the last weekend but one. HMBN: little ever happens. Beside these,
    every channel has some bursts a quarter, most of which one of its tests turns red before, with or after.
    """
    frame = frame_of(seed=seed, now=now, days=days, events_per_day=events_per_day)
    return Story(frame=frame, incidents=plan(frame))
