"""The clean-up of executions past their retention."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from correlation.models import CorrelationRefresh, ImportedFile, TestExecution
from qa_observability.periods import start_of_day

BATCH = 5000


def purge(*, now: datetime, dry_run: bool = False, progress: Callable[[int], None] = lambda rows: None) -> int:
    """Remove executions past EXECUTION_RETENTION, whole UTC days, in batches; return how many.

    With them go the notes of which files were imported and which refreshes ran before that day. Test cases, stored
    correlations and alerts stay. Safe to run twice, twice at once, or to be killed at any line.
    """
    oldest = start_of_day((now - settings.EXECUTION_RETENTION).astimezone(UTC).date())
    rows = TestExecution.objects.filter(executed_at__lt=oldest)
    if dry_run:
        return rows.count()
    total = 0
    while True:
        with transaction.atomic():
            batch = list(rows.order_by("executed_at").values_list("pk", flat=True)[:BATCH])
            if not batch:
                ImportedFile.objects.filter(created_at__lt=oldest).delete()
                CorrelationRefresh.objects.filter(finished_at__lt=oldest).delete()
                return total
            removed, _ = TestExecution.objects.filter(pk__in=batch).delete()
        total += removed
        progress(total)
