"""Background jobs run one at a time and leave a trace of each run."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.models import JobRun
from integrations.models.jobs import JobState

log = structlog.get_logger("qa_observability.jobs")
LEASE = timedelta(minutes=10)
KILLED = "The run ended without a word; it was probably killed."


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
    JobRun.objects.filter(name=name, state=JobState.RUNNING, lease_until__lt=now).update(
        state=JobState.FAILED, finished_at=now, error=KILLED
    )
    try:
        with transaction.atomic():
            run = JobRun.objects.create(name=name, started_at=now, lease_until=now + LEASE)
    except IntegrityError:
        log.info("job_already_running", job=name)
        return 0
    try:
        rows = work()
    except Exception as error:
        _finish(run, JobState.FAILED, error=f"{type(error).__name__}: {error}"[:2000])
        raise
    _finish(run, JobState.SUCCEEDED, rows=rows)
    return rows


def _finish(run: JobRun, state: JobState, *, rows: int = 0, error: str = "") -> None:
    # Only a run that still holds its lease: a later one may have declared it dead and started.
    JobRun.objects.filter(pk=run.pk, state=JobState.RUNNING).update(
        state=state, finished_at=timezone.now(), rows=rows, error=error
    )
    log.info("job_finished", job=run.name, state=state, rows=rows)
