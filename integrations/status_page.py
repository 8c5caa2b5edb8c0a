"""What strangers may learn of the integrations, where the status page is switched on: their status, and no more."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from django.conf import settings
from django.core.cache import cache

from integrations import overview, rules
from integrations.choices import HealthStatus
from integrations.headline import ILL, in_words
from qa_observability import features
from qa_observability.checks import STATUS_TOKEN_MIN
from qa_observability.periods import parse_period

TOKEN, PUBLIC = "token", "public"

CACHE_SECONDS = 30
_KEY = "status-page-1"  # count it up when StatusPage changes


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStatus:
    """One integration as strangers see it; `is_stale` where nobody has looked for HEALTH_STALE_AFTER."""

    slug: str
    name: str
    status: HealthStatus
    is_stale: bool
    last_checked: datetime | None

    @property
    def words(self) -> str:
        """Return the status in words; a healthy one that nobody has looked at lately is never plainly healthy."""
        return f"{self.status.label.lower()}{', out of date' if self.is_stale and self.last_checked else ''}"

    @property
    def kind(self) -> HealthStatus:
        return HealthStatus.UNKNOWN if self.is_stale and self.status == HealthStatus.HEALTHY else self.status


@dataclass(frozen=True, slots=True)
class StatusPage:
    """All active integrations, as of a moment."""

    rows: list[PublicStatus]
    read_at: datetime

    @property
    def overall(self) -> HealthStatus:
        return rules.worst(row.status for row in self.rows)

    @property
    def sentence(self) -> str:
        """Return who is ill, the worst first; what is known where nobody is."""
        ill = [
            f"{row.name} is {in_words(row.status)}" for status in ILL[::-1] for row in self.rows if row.status == status
        ]
        if ill:
            return ", ".join(ill)
        if self.overall == HealthStatus.UNKNOWN:
            return "Nobody has checked yet"
        return "Healthy as far as is known; not every channel was checked lately" if self.is_stale else "All is healthy"

    @property
    def kind(self) -> HealthStatus:
        return HealthStatus.UNKNOWN if self.is_stale and self.overall == HealthStatus.HEALTHY else self.overall

    @property
    def is_stale(self) -> bool:
        return any(row.is_stale for row in self.rows)


def is_open_to(given: str) -> bool:
    """Return whether somebody who gives this token may see the status page; a token is needed only where it says so."""
    if not features.is_on(features.INTEGRATION_HEALTH):
        return False
    if settings.STATUS_PAGE == PUBLIC:
        return True
    token = settings.STATUS_PAGE_TOKEN
    if settings.STATUS_PAGE != TOKEN or len(token) < STATUS_TOKEN_MIN:
        return False
    return compare_digest(given.encode("utf-8", "replace"), token.encode("utf-8", "replace"))


def status_page(*, now: datetime) -> StatusPage:
    """Return what the status page shows, at most CACHE_SECONDS old, so that strangers cannot wear out the database."""
    kept: StatusPage | None = cache.get(_KEY)
    if kept is not None:
        return kept
    rows = [
        PublicStatus(
            slug=row.integration_id, name=row.name, status=row.status, is_stale=row.stale, last_checked=row.last_checked
        )
        for row in overview.snapshots(parse_period("7d", now), now=now)
    ]
    page = StatusPage(rows, now)
    cache.set(_KEY, page, CACHE_SECONDS)
    return page
