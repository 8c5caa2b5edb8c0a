"""`manage.py sync_testmo`: what the schedule does every 15 minutes, by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from correlation import testmo
from correlation.testmo_client import paused_for
from integrations.models import JobStanding


class Command(BaseCommand):
    help = "Fetch new results of the chosen Testmo projects."

    def handle(self, **options: Any) -> None:
        missing = testmo.missing()
        if missing:
            raise CommandError(f"Not set up yet: {', '.join(missing)} is missing.")
        if paused_for():
            raise CommandError(f"Testmo wants to be left alone for another {paused_for():.0f} s.")
        stored = testmo.sync_all(now=timezone.now())
        self.stdout.write(f"{stored:,} new executions.")
        failing = JobStanding.objects.filter(name__in=testmo.job_names(), failing_since__isnull=False).order_by("name")
        if failing:
            raise CommandError("\n".join(f"{job.name}: {job.error}" for job in failing))
