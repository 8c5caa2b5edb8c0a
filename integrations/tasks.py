"""Background jobs of the channels' health."""

from django.utils import timezone

from integrations.jobs import run_job
from integrations.retention import purge


def purge_expired() -> int:
    """Remove events and observations past their retention; return how many."""

    def job() -> int:
        purged = purge(now=timezone.now())
        return purged.events + purged.observations

    return run_job("purge_events", job, now=timezone.now())
