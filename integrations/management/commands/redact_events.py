"""`manage.py redact_events`: personal data out of events and their history."""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.personal_data import Pattern
from integrations.redaction import find_entries, find_events, redact

SHOWN = 10


class Command(BaseCommand):
    help = "Replace personal data in the messages, metadata and external ids of events, and in their history."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--text", help="A text to replace, in upper or lower case.")
        what.add_argument("--email", action="store_true", help="Everything that looks like an e-mail address.")
        what.add_argument("--phone", action="store_true", help="Everything that looks like a phone number.")
        parser.add_argument("--dry-run", action="store_true", help="Only count, and name the newest events.")

    def handle(self, *, text: str | None, email: bool, dry_run: bool, **options: Any) -> None:
        kind = "text" if text is not None else "email" if email else "phone"
        try:
            pattern = Pattern(kind, text or "")
        except ValueError as error:
            raise CommandError(str(error)) from error
        if dry_run:
            # The ids alone: what is looked for should not end up in a log.
            for found in islice(find_events(pattern), SHOWN):
                self.stdout.write(f"{found.event.pk}  {found.event}")
            events, entries = (sum(1 for _ in find(pattern)) for find in (find_events, find_entries))
            self.stdout.write(f"{events:,} events and {entries:,} history entries would be redacted.")
            return
        done = redact(pattern, now=timezone.now(), progress=self._tell)
        self.stdout.write(f"{done.events:,} events and {done.entries:,} history entries redacted.")

    def _tell(self, events: int) -> None:
        self.stdout.write(f"{events:,} events ...")
