"""Every write of maintenance windows: the daily sums follow at once, so that revenue is right from the next request."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from integrations import rollups
from integrations.maintenance import expand
from integrations.models import Integration, MaintenanceWindow
from integrations.rollups import DayKey, day_of


def plan_maintenance(window: MaintenanceWindow, *, now: datetime) -> None:
    """Store a new or changed window, and sum the days anew that it touches or touched before.

    Days whose events have been purged keep the sums that they have.
    """
    with transaction.atomic():
        slugs = Integration.objects.lock(Integration.objects.values_list("slug", flat=True))
        before = MaintenanceWindow.objects.filter(pk=window.pk).first()
        window.save()
        _sum_anew([row for row in (before, window) if row], slugs, now)


def cancel_maintenance(pks: Iterable[UUID], *, now: datetime) -> int:
    """Delete windows, and sum the days anew that they touched; return how many there were."""
    with transaction.atomic():
        slugs = Integration.objects.lock(Integration.objects.values_list("slug", flat=True))
        windows = list(MaintenanceWindow.objects.filter(pk__in=list(pks)))
        MaintenanceWindow.objects.filter(pk__in=[window.pk for window in windows]).delete()
        _sum_anew(windows, slugs, now)
        return len(windows)


def _sum_anew(windows: Iterable[MaintenanceWindow], slugs: Iterable[str], now: datetime) -> None:
    """Sum the past days of these windows; what lies ahead is summed as it comes in."""
    touched: set[DayKey] = set()
    for window in windows:
        for occurrence in expand(window, now - settings.HEALTH_RETENTION, now):
            day = day_of(occurrence.start)
            while day <= min(day_of(occurrence.end), day_of(now)):
                chosen = slugs if window.integration_id is None else [window.integration_id]
                touched.update((slug, day) for slug in chosen)
                day += timedelta(days=1)
    rollups.recompute_events(touched)
    rollups.refresh_observations(touched)
