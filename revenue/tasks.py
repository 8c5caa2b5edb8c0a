"""Background jobs of revenue."""

from django.utils import timezone

from integrations.jobs import run_job
from revenue.mail import is_due, send_reports


def send_weekly_report() -> int:
    """Send the report on the week that ended last to everyone who has not got it; return how many went out.

    Runs every hour; a run that finds nothing to do leaves no trace among the job runs.
    """
    now = timezone.now()
    if not is_due(now):
        return 0
    return run_job("weekly_revenue_report", lambda: send_reports(now=now), now=now)
