"""Background jobs run one at a time and leave a trace of each run."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.models import JobRun, JobStanding
from integrations.models.jobs import JobState
from qa_observability.spoken import SpokenError, storable

log = structlog.get_logger("qa_observability.jobs")
LEASE = timedelta(minutes=10)
KILLED = "The run ended without a word; it was probably killed."
KEPT = {JobState.SUCCEEDED: timedelta(days=7), JobState.FAILED: timedelta(days=90)}


def run_job(name: str, work: Callable[[], int], *, now: datetime) -> int:
    """Run `work` unless a run of the same name is under way; return the rows it says it touched, else 0.

    Parameters
    ----------
    work : safe to run again after being killed at any line.
    now : start of the run; one that has not ended LEASE (more than the queue's timeout) later counts as killed.

    Raises
    ------
    Exception : whatever `work` raises, after the run has been marked as failed.
    """
    _bury_the_dead(name, now=now)
    try:
        with transaction.atomic():
            run = JobRun.objects.create(name=name, started_at=now, lease_until=now + LEASE)
    except IntegrityError:
        log.info("job_already_running", job=name)
        return 0
    try:
        rows = work()
    except Exception as error:
        # Of anything else the first line: a database adds the row that it refused, with all that is in it.
        unspoken = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        said = str(error) if isinstance(error, SpokenError) else unspoken
        _finish(run, JobState.FAILED, now=timezone.now(), error=storable(said))
        raise
    _finish(run, JobState.SUCCEEDED, now=timezone.now(), rows=rows)
    return rows


def try_job(name: str, work: Callable[[], int], *, now: datetime) -> int:
    """Run a job whose failures are expected, such as a server that does not answer: they are kept, not raised."""
    try:
        return run_job(name, work, now=now)
    except SpokenError as error:
        log.warning("job_failed", job=name, error=str(error))
        return 0


def purge_runs(*, now: datetime) -> int:
    """Remove runs that ended long ago, a week for those that went well; how each job stands is kept on."""
    removed = 0
    for state, kept in KEPT.items():
        removed += JobRun.objects.filter(state=state, started_at__lt=now - kept).delete()[0]
    JobStanding.objects.filter(finished_at__lt=now - max(KEPT.values())).delete()
    return removed


def _bury_the_dead(name: str, *, now: datetime) -> None:
    for run in JobRun.objects.filter(name=name, state=JobState.RUNNING, lease_until__lt=now):
        _finish(run, JobState.FAILED, now=now, error=KILLED)


@transaction.atomic
def _finish(run: JobRun, state: JobState, *, now: datetime, rows: int = 0, error: str = "") -> None:
    # Only a run that still holds its lease: a later one may have declared it dead and started.
    mine = JobRun.objects.filter(pk=run.pk, state=JobState.RUNNING)
    if not mine.update(state=state, finished_at=now, rows=rows, error=error):
        return
    log.info("job_finished", job=run.name, state=state, rows=rows)
    before = JobStanding.objects.select_for_update().filter(pk=run.name).first() or JobStanding(name=run.name)
    before.state, before.started_at, before.finished_at = state, run.started_at, now
    before.rows, before.error = rows, error
    if state == JobState.SUCCEEDED:
        before.succeeded_at, before.failing_since, before.failures = now, None, 0
    else:
        before.failing_since = before.failing_since or run.started_at
        before.failures += 1
    before.save()
