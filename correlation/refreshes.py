"""Which refresh of the correlations is asked for, and which is under way: one at a time, and several asks share one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Least
from django.utils import timezone
from django_q.tasks import async_task

from correlation.choices import RefreshReason, RefreshState
from correlation.models import CorrelationRefresh
from integrations.jobs import KILLED, LEASE, run_job

SOON = timedelta(minutes=1)  # after an ingest: what follows within it is computed together
AGAIN = timedelta(seconds=30)  # when another refresh is in the way
JOB = "refresh_correlations"


def request_refresh(reason: RefreshReason, *, due_at: datetime, user: Any = None) -> CorrelationRefresh:
    """Return the refresh that waits, brought forward to `due_at` where that is earlier; a new one where none waits.

    Asking is cheap and never waits for a refresh that is under way: what came in meanwhile is left to the next one.
    """
    waiting = CorrelationRefresh.objects.filter(state=RefreshState.QUEUED)
    named: dict[str, Any] = {"reason": reason, "requested_by": user} if reason == RefreshReason.REQUESTED else {}
    if not waiting.update(due_at=Least("due_at", due_at), **named):
        try:
            with transaction.atomic():
                return CorrelationRefresh.objects.create(reason=reason, due_at=due_at, requested_by=user)
        except IntegrityError:  # somebody asked in the same moment
            waiting.update(due_at=Least("due_at", due_at), **named)
    found = waiting.first() or CorrelationRefresh.objects.filter(state=RefreshState.RUNNING).first()
    return found or request_refresh(reason, due_at=due_at, user=user)


def start_refresh(user: Any) -> CorrelationRefresh:
    """Ask for a refresh now, and wake the worker once the ask is stored."""
    with transaction.atomic():
        refresh = request_refresh(RefreshReason.REQUESTED, due_at=timezone.now(), user=user)
        transaction.on_commit(lambda: async_task("correlation.tasks.refresh_if_due"))
    return refresh


def run_due(compute: Callable[[], int], *, now: datetime) -> int:
    """Run the refresh that is due, if there is one; return the pairs it stored.

    Parameters
    ----------
    compute : stores the correlations and returns how many; safe to be killed at any line.

    Raises
    ------
    Exception : whatever `compute` raises, after the refresh has been marked as failed.
    """
    _bury_the_dead(now)
    waiting = CorrelationRefresh.objects.filter(state=RefreshState.QUEUED, due_at__lte=now)
    refresh = waiting.first()
    if refresh is None or not waiting.filter(pk=refresh.pk).update(state=RefreshState.RUNNING, started_at=now):
        return 0
    ran = False

    def work() -> int:
        nonlocal ran
        ran = True
        return compute()

    mine = CorrelationRefresh.objects.filter(pk=refresh.pk, state=RefreshState.RUNNING)
    try:
        pairs = run_job(JOB, work, now=now)
    except Exception as error:
        mine.update(
            state=RefreshState.FAILED, finished_at=timezone.now(), error=f"{type(error).__name__}: {error}"[:2000]
        )
        raise
    if ran:
        mine.update(state=RefreshState.SUCCEEDED, finished_at=timezone.now(), pairs=pairs)
    else:
        _put_back(refresh, due_at=now + AGAIN)
    return pairs


def _bury_the_dead(now: datetime) -> None:
    """Put a refresh that was killed back into the queue; where another one waits already, that one does its work."""
    for refresh in CorrelationRefresh.objects.filter(state=RefreshState.RUNNING, started_at__lt=now - LEASE):
        _put_back(refresh, due_at=now)


def _put_back(refresh: CorrelationRefresh, *, due_at: datetime) -> None:
    running = CorrelationRefresh.objects.filter(pk=refresh.pk, state=RefreshState.RUNNING)
    try:
        with transaction.atomic():
            running.update(state=RefreshState.QUEUED, due_at=due_at, started_at=None)
    except IntegrityError:
        running.update(state=RefreshState.FAILED, finished_at=due_at, error=KILLED)
