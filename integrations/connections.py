"""How the connections stand: declarations and job runs in, frozen rows out. Two queries for all of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import models
from django_q.models import Schedule

from integrations.models import JobRun, JobStanding
from qa_observability.connections import Connection, declared_connections
from qa_observability.spoken import SpokenError

log = structlog.get_logger("qa_observability.connections")
# The scheduler looks every half minute; a schedule that is due for longer waits for a worker.
PATIENCE = timedelta(minutes=5)
RUNS_SHOWN = 20


class ConnectionState(models.TextChoices):
    OFF = "off", "Off"
    NEW = "new", "Not run yet"
    OK = "ok", "OK"
    LATE = "late", "Late"
    FAILING = "failing", "Failing"


_BADGES = {
    ConnectionState.OFF: "unknown",
    ConnectionState.NEW: "unknown",
    ConnectionState.OK: "healthy",
    ConnectionState.LATE: "warning",
    ConnectionState.FAILING: "critical",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One connection as it stands now.

    jobs : names of its job runs.
    missing : what has to be set first; empty where the connection is set up.
    since : start of the first failed run, or when the overdue run was due; else None.
    last : the job that ran last; `failing` are those that fail, the one that does so for longest first.
    news : what came last, in sentences, where there are no jobs to tell.
    """

    connection: Connection
    jobs: Sequence[str]
    state: ConnectionState
    missing: Sequence[str]
    since: datetime | None
    last: JobStanding | None
    failing: Sequence[JobStanding]
    next_run: datetime | None
    news: str = ""

    @property
    def badge(self) -> dict[str, str]:
        return {"kind": _BADGES[self.state], "word": str(self.state.label), "size": ""}

    @property
    def is_on(self) -> bool:
        return self.state != ConnectionState.OFF


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test saw, in a sentence."""

    succeeded: bool
    text: str


def standings(*, now: datetime, only: str | None = None) -> list[Standing]:
    """Return every connection of the modules that are on, or the one whose key is `only`."""
    connections = [item for item in declared_connections() if only in (None, item.key)]
    names = {item.key: item.names_of_jobs() for item in connections}
    wanted = [name for each in names.values() for name in each]
    jobs = {job.name: job for job in JobStanding.objects.filter(name__in=wanted)}
    due = dict(Schedule.objects.exclude(repeats=0).values_list("name", "next_run"))
    return [_standing(item, names[item.key], jobs, due, now) for item in connections]


def runs_of(names: Sequence[str]) -> list[JobRun]:
    """Return the newest runs of these jobs, newest first."""
    return list(JobRun.objects.filter(name__in=names).order_by("-started_at")[:RUNS_SHOWN])


def try_out(connection: Connection) -> Tried:
    """Ask the other side; whatever happens is told in words."""
    missing = connection.what_is_missing()
    if missing:
        return Tried(False, f"Not set up yet: {', '.join(missing)} is missing.")
    try:
        return Tried(True, connection.try_out())
    except SpokenError as error:
        return Tried(False, str(error))
    except Exception as error:  # a test must never take the page down with it
        log.exception("connection_test_failed", connection=connection.key)
        return Tried(False, f"The test itself failed ({type(error).__name__}); the log says more.")


def _standing(
    connection: Connection,
    names: Sequence[str],
    known: Mapping[str, JobStanding],
    due: Mapping[str, datetime],
    now: datetime,
) -> Standing:
    jobs = [known[name] for name in names if name in known]
    missing = connection.what_is_missing()
    failing = sorted((job for job in jobs if job.failing_since), key=lambda job: job.failing_since or now)
    times = [moment for name in connection.schedules if (moment := due.get(name))]
    next_run = min(times, default=None)
    state, since = ConnectionState.OK, None
    if missing:
        state, next_run = ConnectionState.OFF, None
    elif failing:
        state, since = ConnectionState.FAILING, failing[0].failing_since
    elif next_run and next_run < now - PATIENCE:
        state, since = ConnectionState.LATE, next_run
    elif connection.schedules and not jobs:
        state = ConnectionState.NEW
    last = max(jobs, key=lambda job: job.finished_at, default=None)
    news = "" if missing else connection.latest_news()
    return Standing(connection, names, state, missing, since, last, failing, next_run, news)
