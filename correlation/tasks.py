"""Background jobs of the correlation."""

from django.utils import timezone

from correlation import webhooks
from correlation.alerts import sync_alerts
from correlation.choices import RefreshReason
from correlation.computing import refresh_correlations
from correlation.jira import what_is_missing
from correlation.notifications import send_due
from correlation.outbox import announce_incidents, purge_messages
from correlation.refreshes import SOON, request_refresh, run_due
from correlation.retention import purge
from correlation.testmo import sync_all
from correlation.tickets import refresh_tickets
from integrations.jobs import run_job, try_job

OUTGOING_WEBHOOKS = "Outgoing webhooks"
JIRA_TICKETS = "Jira: tickets"


def purge_expired() -> int:
    """Remove executions past their retention; return how many."""

    def job() -> int:
        now = timezone.now()
        purge_messages(now=now)
        return purge(now=now)

    return run_job("purge_executions", job, now=timezone.now())


def refresh_on_schedule() -> int:
    """Refresh the correlations, or leave it to the refresh that is under way; return the pairs stored."""
    now = timezone.now()
    request_refresh(RefreshReason.SCHEDULED, due_at=now)
    return refresh_if_due()


def refresh_if_due() -> int:
    """Run the refresh that is due, if there is one; return the pairs stored."""
    return run_due(lambda: refresh_correlations(now=timezone.now()), now=timezone.now())


def sync_testmo() -> int:
    """Fetch new results of the chosen Testmo projects; return how many executions were stored."""
    return sync_all(now=timezone.now())


def send_webhooks() -> int:
    """Send what waits for endpoints, if anything does; return how many messages were accepted."""
    now = timezone.now()
    announce_incidents(now=now)
    if not webhooks.is_anything_due(now=now):
        return 0
    return try_job(OUTGOING_WEBHOOKS, lambda: webhooks.send_messages(now=timezone.now()), now=now)


def refresh_jira() -> int:
    """Ask Jira about the linked tickets; return about how many. Nothing where Jira is not set up."""
    if what_is_missing():
        return 0
    now = timezone.now()
    return try_job(JIRA_TICKETS, lambda: refresh_tickets(now=now, clock=timezone.now), now=now)


def watch() -> int:
    """Raise what deserves an alert, and send what waits; return how many messages were accepted.

    A new alert has the incidents grouped anew, so that the one it is about is there within minutes. Two at once do no
    harm, and a row for each minute of the year would help nobody: hence no job run.
    """
    now = timezone.now()
    if sync_alerts(now=now):
        request_refresh(RefreshReason.SCHEDULED, due_at=now + SOON)
    return send_due(now=timezone.now())
