"""`manage.py refresh_correlations`: the hourly computation, by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from correlation.choices import RefreshReason, RefreshState
from correlation.models import CorrelationRefresh, Incident, TestIntegrationCorrelation
from correlation.refreshes import request_refresh
from correlation.tasks import refresh_if_due


class Command(BaseCommand):
    help = "Compute anew which test case warns of which integration's incidents."

    def handle(self, **options: Any) -> None:
        refresh = request_refresh(RefreshReason.REQUESTED, due_at=timezone.now())
        refresh_if_due()
        refresh = CorrelationRefresh.objects.get(pk=refresh.pk)
        if refresh.state != RefreshState.SUCCEEDED:
            raise CommandError("Another refresh is under way; this one follows it.")
        correlated = TestIntegrationCorrelation.objects.correlated().count()
        self.stdout.write(
            f"{refresh.pairs} pairs with a hit, {correlated} of them correlated; {Incident.objects.count()} incidents."
        )
