"""The story into the database, through the services, and out of it again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import TypeVar

from django.db import transaction
from django.db.models import Max

from correlation.models import Alert, Incident, IncidentEntry, TestCase, TestExecution, TestIntegrationCorrelation
from correlation.services import record_executions
from integrations.models import Integration, IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.rollups import day_of
from integrations.services import record_events, record_observations
from qa_observability.demo import cases, events, rates
from qa_observability.demo.executions import SMOKE_EVERY
from qa_observability.demo.story import Story

BATCH = 5000
Progress = Callable[[str, int, int], None]
Row = TypeVar("Row")


class Content(Enum):
    """What a database holds, as far as the sample data is concerned."""

    NOTHING = "nothing"
    SAMPLE = "sample data"
    HALF_A_SAMPLE = "sample data whose loading was cut off"
    SAMPLE_AND_MORE = "sample data and other data"
    OTHER = "other data"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Counts of rows that were stored."""

    observations: int
    events: int
    executions: int


def content() -> Content:
    """Return what the database holds: every row of the sample data can be told from rows that came in otherwise."""
    sample = _sample_days()
    has_sample = (
        sample is not None
        or IntegrationEvent.objects.filter(external_id__startswith=events.MARK).exists()
        or TestCase.objects.filter(pk__startswith=cases.MARK).exists()
    )
    has_more = (
        any(moment.microsecond != rates.MICROSECOND for moment in _moments())
        or IntegrationEvent.objects.exclude(external_id__startswith=events.MARK).exists()
        or TestCase.objects.exclude(pk__startswith=cases.MARK).exists()
        or TestExecution.objects.exclude(run_id__startswith=cases.MARK).exists()
        # Daily sums of rows that have been cleaned up since.
        or IntegrationDay.objects.exclude(day__range=sample or (date.max, date.max)).exists()
    )
    if not has_sample:
        return Content.OTHER if has_more else Content.NOTHING
    if has_more:
        return Content.SAMPLE_AND_MORE
    return Content.SAMPLE if _is_whole() else Content.HALF_A_SAMPLE


def load(story: Story, *, now: datetime, progress: Progress) -> Loaded:
    """Store the story in an empty database, in batches with a transaction each; `progress` hears of days.

    Observations come first: an event older than its channel's newest observation changes history, not the current
    status, which is then the one that the story ends with.
    """
    days = story.frame.days
    told_events = _counted(story.events(), "events", days, progress)
    told_executions = _counted(story.executions(), "executions", days, progress)
    return Loaded(
        observations=record_observations(story.observations(), now=now).created,
        events=sum(record_events(batch, now=now).created for batch in _batches(told_events)),
        executions=sum(record_executions(batch).created for batch in _batches(told_executions)),
    )


@transaction.atomic
def remove() -> None:
    """Remove the sample data, and all that was calculated from it, from a database that holds nothing else."""
    Integration.objects.lock(Integration.objects.values_list("slug", flat=True))
    if content() not in {Content.SAMPLE, Content.HALF_A_SAMPLE}:
        raise ValueError("only sample data may be removed")
    # All of them, children first: no row of another origin is left to be spared.
    for rows in (
        TestIntegrationCorrelation.objects.all(),
        Alert.objects.all(),
        IncidentEntry.objects.all(),
        Incident.objects.all(),
        TestExecution.objects.all(),
        TestCase.objects.all(),
        IntegrationEvent.objects.all(),
        IntegrationHealth.objects.all(),
        IntegrationDay.objects.all(),
    ):
        rows.delete()


def _moments() -> Iterator[datetime]:
    return IntegrationHealth.objects.order_by().values_list("last_checked", flat=True).iterator()


def _sample_days() -> tuple[date, date] | None:
    """Return the first and the last day of the sample's observations; None where there are none."""
    days = [day_of(moment) for moment in _moments() if moment.microsecond == rates.MICROSECOND]
    return (min(days), max(days)) if days else None


def _is_whole() -> bool:
    """Return whether the loading came to its end.

    Observations are stored first, and the last smoke run last: it begins within a quarter of an hour before the
    newest observation.
    """
    observed = IntegrationHealth.objects.aggregate(newest=Max("last_checked"))["newest"]
    executed = TestExecution.objects.aggregate(newest=Max("executed_at"))["newest"]
    return bool(observed and executed and executed > observed - SMOKE_EVERY)


def _batches(days: Iterable[Sequence[Row]]) -> Iterator[list[Row]]:
    """Join days to batches of BATCH rows or a little more, in their order."""
    batch: list[Row] = []
    for rows in days:
        batch += rows
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _counted(days: Iterable[list[Row]], what: str, total: int, progress: Progress) -> Iterator[list[Row]]:
    for done, rows in enumerate(days):
        progress(what, done, total)
        yield rows
    progress(what, total, total)
