"""Background jobs of the correlation."""

from django.utils import timezone

from correlation.retention import purge
from integrations.jobs import run_job


def purge_expired() -> int:
    """Remove executions past their retention; return how many."""
    return run_job("purge_executions", lambda: purge(now=timezone.now()), now=timezone.now())
