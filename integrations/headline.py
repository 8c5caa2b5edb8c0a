"""The dashboard's first sentence: which channel is ill, since when, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations import overview
from integrations.choices import HealthStatus
from integrations.overview import Snapshot, age_in_words

ILL = (HealthStatus.WARNING, HealthStatus.CRITICAL)


@dataclass(frozen=True, slots=True)
class Headline:
    """What the sentence is made of; `snapshot`, `since` and `reason` are there when an integration is ill."""

    state: HealthStatus
    count: int
    snapshot: Snapshot | None = None
    since: datetime | None = None
    reason: str = ""
    others: str = ""
    stale: str = ""


def headline(rows: Sequence[Snapshot], *, now: datetime) -> Headline:
    """Return the sentence about the worst of these integrations, which come worst first."""
    state = overview.overall(rows)
    ill = [row for row in rows if row.status in ILL]
    stale = _stale_in_words(rows, now)
    if not ill:
        return Headline(state=state, count=len(rows), stale=stale)
    first, *rest = ill
    return Headline(
        state=state,
        count=len(rows),
        snapshot=first,
        since=overview.since(first),
        reason=", ".join(overview.reasons(first.observation)) if first.observation else "",
        others=_join([f"{row.name} is {row.status.label.lower()}" for row in rest]),
        stale=stale,
    )


def worst_first(rows: Sequence[Snapshot]) -> list[Snapshot]:
    """Return integrations by status, worst first; of equal ones those that nobody looked at lately come first."""
    order = [HealthStatus.CRITICAL, HealthStatus.WARNING, HealthStatus.UNKNOWN, HealthStatus.HEALTHY]
    return sorted(rows, key=lambda row: (order.index(row.status), not row.stale))


def _stale_in_words(rows: Sequence[Snapshot], now: datetime) -> str:
    late = [
        f"{row.name} was last checked {age_in_words(row.last_checked, now)}"
        for row in rows
        if row.stale and row.last_checked
    ]
    never = [row.name for row in rows if row.last_checked is None]
    if never and len(never) < len(rows):
        late.append(f"{_join(never)} {'was' if len(never) == 1 else 'were'} never checked")
    return f"{_join(late)}." if late else ""


def _join(parts: Sequence[str]) -> str:
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"
