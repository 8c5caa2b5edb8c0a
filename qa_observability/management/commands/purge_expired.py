"""`manage.py purge_expired`: the daily clean-up, by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from correlation import retention as executions
from integrations import retention as health


class Command(BaseCommand):
    help = "Remove events, observations and executions past their retention. Daily sums stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say what would go.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        purged = health.purge(now=now, dry_run=dry_run, progress=self._progress)
        removed = executions.purge(now=now, dry_run=dry_run, progress=self._progress)
        if self.stdout.isatty():
            self.stdout.write("")
        verb = "Would remove" if dry_run else "Removed"
        self.stdout.write(
            f"{verb} {purged.events} events, {purged.observations} observations and {removed} executions."
        )

    def _progress(self, rows: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{rows:,} rows removed", ending="")
            self.stdout.flush()
