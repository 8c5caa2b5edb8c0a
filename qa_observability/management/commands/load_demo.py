"""`manage.py load_demo`: the sample data."""

import argparse
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from correlation.choices import RefreshReason
from correlation.computing import refresh_correlations
from correlation.refreshes import request_refresh, run_due
from qa_observability import features
from qa_observability.demo.annotations import annotate
from qa_observability.demo.frame import USUAL_EVENTS_PER_DAY
from qa_observability.demo.incidents import USUAL_DAYS
from qa_observability.demo.load import Content, content, load, remove
from qa_observability.demo.story import Story, tell

USERNAME = "demo"
BAR_WIDTH = 30


class Command(BaseCommand):
    help = (
        "Load sample data: four channels with health, events and test executions that tell a story, dated relative to "
        "now and the same for the same seed and hour. Only into a database that holds no other data; where the sample "
        "data is there already, nothing changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=_whole_number(1, 3650), default=USUAL_DAYS, help="Default: %(default)s.")
        parser.add_argument("--seed", type=_whole_number(0, 2**63 - 1), default=1, help="Default: %(default)s.")
        parser.add_argument(
            "--events-per-day",
            type=_whole_number(1, 1_000_000),
            default=USUAL_EVENTS_PER_DAY,
            help="On average; default: %(default)s.",
        )
        parser.add_argument(
            "--login",
            action="store_true",
            help=f"Create the superuser {USERNAME} with the password in the setting DEMO_PASSWORD.",
        )
        parser.add_argument(
            "--replace", action="store_true", help="Remove sample data first; refused where there is other data too."
        )

    def handle(self, *, login: bool, replace: bool, **options: Any) -> None:
        if login and not settings.DEMO_PASSWORD:
            raise CommandError("--login needs the setting DEMO_PASSWORD; `make install` writes a fresh one into .env.")
        found = content()
        if found == Content.OTHER or (replace and found == Content.SAMPLE_AND_MORE):
            raise CommandError(f"The database holds {found.value}, which sample data must not be mixed with.")
        if found == Content.HALF_A_SAMPLE:
            self.stdout.write("Loading the sample data was cut off; starting anew.")
            replace = True
        user = _ensure_login(settings.DEMO_PASSWORD) if login else None
        if found == Content.NOTHING or replace:
            story = self._load(replace=found != Content.NOTHING, **options)
            if user and features.is_on(features.CORRELATION):
                self._write_about(story, user)
        else:
            self.stdout.write("Sample data is already here.")

    def _write_about(self, story: Story, user: User) -> None:
        """Let the engine find the incidents at once, and the story's people write about some of them."""
        now = timezone.now()
        request_refresh(RefreshReason.REQUESTED, due_at=now, user=user)
        run_due(lambda: refresh_correlations(now=now), now=now)
        self.stdout.write(f"Wrote about {annotate(story.incidents, user=user)} incidents.")

    def _load(self, *, replace: bool, days: int, seed: int, events_per_day: int, **_: Any) -> Story:
        now = timezone.now()
        if replace:
            self.stdout.write("Removing the sample data ...")
            remove()
        self.stdout.write(f"Loading {days} days of sample data ...")
        story = tell(now=now, seed=seed, days=days, events_per_day=events_per_day)
        loaded = load(story, now=now, progress=self._progress)
        self.stdout.write(
            f"Loaded {loaded.events:,} events, {loaded.observations:,} observations "
            f"and {loaded.executions:,} test executions."
        )
        return story

    def _progress(self, what: str, done: int, total: int) -> None:
        """Draw a bar on a terminal; elsewhere write a line at each quarter."""
        if self.stdout.isatty():
            filled = BAR_WIDTH * done // total
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            self.stdout.write(f"\r{what:<10} [{bar}] day {done} of {total}", ending="\n" if done == total else "")
            self.stdout.flush()
        elif done and 4 * done // total > 4 * (done - 1) // total:
            self.stdout.write(f"{what}: day {done} of {total}")


def _ensure_login(password: str) -> User:
    user = User.objects.filter(username=USERNAME).first()
    if user is None:
        return User.objects.create_superuser(USERNAME, password=password)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def _whole_number(smallest: int, largest: int) -> Any:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and smallest <= int(text) <= largest):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {smallest:,} to {largest:,}")
        return int(text)

    return parse
