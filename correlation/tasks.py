"""Background jobs of the correlation."""

from django.utils import timezone

from correlation.alerts import sync_alerts
from correlation.choices import RefreshReason
from correlation.computing import refresh_correlations
from correlation.notifications import send_due
from correlation.refreshes import request_refresh, run_due
from correlation.retention import purge
from integrations.jobs import run_job


def purge_expired() -> int:
    """Remove executions past their retention; return how many."""
    return run_job("purge_executions", lambda: purge(now=timezone.now()), now=timezone.now())


def refresh_on_schedule() -> int:
    """Refresh the correlations, or leave it to the refresh that is under way; return the pairs stored."""
    now = timezone.now()
    request_refresh(RefreshReason.SCHEDULED, due_at=now)
    return refresh_if_due()


def refresh_if_due() -> int:
    """Run the refresh that is due, if there is one; return the pairs stored."""
    return run_due(lambda: refresh_correlations(now=timezone.now()), now=timezone.now())


def watch() -> int:
    """Raise what deserves an alert, and send what waits; return how many messages were accepted.

    Two at once do no harm, and a row for each minute of the year would help nobody: hence no job run.
    """
    sync_alerts(now=timezone.now())
    return send_due(now=timezone.now())
