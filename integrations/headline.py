"""The dashboard's first sentence: which channel is ill, since when, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations import overview
from integrations.choices import HealthStatus
from integrations.overview import Snapshot, length_in_words

ILL = (HealthStatus.WARNING, HealthStatus.CRITICAL)


@dataclass(frozen=True, slots=True)
class Headline:
    """What the sentence is made of; `snapshot`, `since` and `reason` are there when an integration is ill.

    `fresh` is how many of the `count` integrations are known to be healthy and were looked at lately.
    """

    state: HealthStatus
    count: int
    fresh: int = 0
    snapshot: Snapshot | None = None
    since: datetime | None = None
    lasting: str = ""
    reason: str = ""
    others: str = ""
    stale: str = ""

    @property
    def state_in_words(self) -> str:
        return in_words(self.state)

    @property
    def kind(self) -> HealthStatus:
        """How the sentence is coloured: never as healthy while nobody knows of some integration whether it is."""
        doubtful = self.state == HealthStatus.HEALTHY and self.fresh < self.count
        return HealthStatus.UNKNOWN if doubtful else self.state


def headline(rows: Sequence[Snapshot], *, now: datetime) -> Headline:
    """Return the sentence about the worst of these integrations, which come worst first."""
    state = overview.overall(rows)
    ill = [row for row in rows if row.status in ILL]
    stale = _stale_in_words(rows, now)
    if not ill:
        fresh = sum(row.status == HealthStatus.HEALTHY and not row.stale for row in rows)
        return Headline(state=state, count=len(rows), fresh=fresh, stale=stale)
    first, *rest = ill
    since = overview.since(first)
    return Headline(
        state=state,
        count=len(rows),
        snapshot=first,
        since=since,
        lasting=length_in_words(now - since) if since else "",
        reason=", ".join(overview.reasons(first.observation)) if first.observation else "",
        others=_join([f"{row.name} is {in_words(row.status)}" for row in rest]),
        stale=stale,
    )


def in_words(status: HealthStatus) -> str:
    """Return a status as it follows "is" in a sentence."""
    return "in warning" if status == HealthStatus.WARNING else str(status.label).lower()


def worst_first(rows: Sequence[Snapshot]) -> list[Snapshot]:
    """Return integrations by status, worst first; of equal ones those that nobody looked at lately come first."""
    order = [HealthStatus.CRITICAL, HealthStatus.WARNING, HealthStatus.UNKNOWN, HealthStatus.HEALTHY]
    return sorted(rows, key=lambda row: (order.index(row.status), not row.stale))


def _stale_in_words(rows: Sequence[Snapshot], now: datetime) -> str:
    late = [_late(row, row.last_checked, now) for row in rows if row.stale and row.last_checked]
    never = [row.name for row in rows if row.last_checked is None]
    if never and len(never) < len(rows):
        late.append(f"{_join(never)} {'was' if len(never) == 1 else 'were'} never checked")
    return f"{_join(late)}." if late else ""


def _late(row: Snapshot, last_checked: datetime, now: datetime) -> str:
    ago = f"{length_in_words(now - last_checked)} ago"
    if row.stale_reason:
        return f"{row.name} cannot be checked (last news {ago})"
    return f"{row.name} was last checked {ago}"


def _join(parts: Sequence[str]) -> str:
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"
