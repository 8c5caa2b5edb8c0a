"""Background jobs of the channels' health."""

from django.contrib.auth import get_user_model
from django.utils import timezone

from integrations import drop_folder, splunk_searches
from integrations.collectors import poll_due
from integrations.jobs import purge_runs, run_job
from integrations.models import ImportBatch
from integrations.retention import purge
from integrations.sheet_imports import STEPS, discard_forgotten
from integrations.webhooks import purge_deliveries
from qa_observability.history import acting


def purge_expired() -> int:
    """Remove events and observations past their retention; return how many."""

    def job() -> int:
        now = timezone.now()
        purged = purge(now=now)
        discard_forgotten(now=now)
        purge_deliveries(now=now)
        purge_runs(now=now)
        return purged.events + purged.observations

    return run_job("purge_events", job, now=timezone.now())


def poll_collectors() -> int:
    """Ask the collectors that are due; return the rows that were stored.

    Each leaves its own job run, and a row for each minute of the year would help nobody: hence none of the whole.
    """
    return poll_due(now=timezone.now())


def run_splunk_searches() -> int:
    """Run the Splunk searches that are due; return the rows read. Each leaves its own job run."""
    return splunk_searches.run_due(now=timezone.now())


def take_dropped_files() -> int:
    """Import the files of the Splunk drop folder; return the rows read."""
    return drop_folder.take_due(now=timezone.now())


def go_on_with_import(batch_id: str, user_id: int | None) -> int:
    """Take the step that a spreadsheet import is in, on behalf of a person; return the rows it touched."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    step = STEPS.get(batch.state) if batch else None
    if batch is None or step is None:
        return 0  # a repeated task: the step has been taken

    user = get_user_model().objects.filter(pk=user_id).first() if user_id else None

    def job() -> int:
        with acting(lambda: user):
            step(batch, now=timezone.now())
        return batch.rows

    return run_job(f"import {batch_id}", job, now=timezone.now())
