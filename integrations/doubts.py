"""Why nobody knows how an integration is although something asks: collectors that fail, lag or repeat old news."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.choices import Source
from integrations.models import Collector, IntegrationHealth

INTERVALS_UNTIL_LATE = 3
# The tick itself takes a while.
GRACE = timedelta(minutes=2)
_NO_NEWS = {Source.DERIVED, Source.COLLECTOR}
# Every health answer asks, and a collector has thirty columns.
_TOLD = ("integration_id", "name", "interval", "created_at", "succeeded_at", "failing_since", "error", "warning")


@dataclass(frozen=True, slots=True)
class Doubt:
    """What one collector has to say for itself; `since` is when its news ended."""

    since: datetime
    text: str


def doubts(*, now: datetime) -> dict[str, list[Doubt]]:
    """Return by integration what is wrong with its collectors. One query."""
    found: dict[str, list[Doubt]] = defaultdict(list)
    for row in Collector.objects.in_use().only(*_TOLD):
        doubt = _doubt(row, now=now)
        if doubt:
            found[row.integration_id].append(doubt)
    return found


def reason_to_doubt(observation: IntegrationHealth | None, found: list[Doubt]) -> str:
    """Return why the newest observation says nothing of the present; empty where it does.

    An observation from elsewhere, newer than the trouble, is news. One that was derived from events is not, nor is one
    of another collector: they carry on what an earlier one said.
    """
    for doubt in sorted(found, key=lambda doubt: doubt.since):
        is_news = observation and observation.last_checked > doubt.since and observation.source not in _NO_NEWS
        if not is_news:
            return doubt.text
    return ""


def _doubt(row: Collector, *, now: datetime) -> Doubt | None:
    if row.failing_since:
        since = f"{row.failing_since:%Y-%m-%d %H:%M} UTC"
        return Doubt(row.failing_since, f"Collector {row.name} fails since {since}: {row.error}")
    newest = row.succeeded_at or row.created_at
    if now - newest > INTERVALS_UNTIL_LATE * row.every + GRACE:
        return Doubt(newest, f"Collector {row.name} has asked nothing since {newest:%Y-%m-%d %H:%M} UTC.")
    if row.warning:
        return Doubt(newest, f"Collector {row.name}: {row.warning}")
    return None
