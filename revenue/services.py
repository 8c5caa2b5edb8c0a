"""The cost of ill health: daily sums read in a constant number of queries, calculated, and kept for a minute."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b

from django.core.cache import cache
from django.db.models import Count, FilteredRelation, Max, Q, Sum

from integrations.models import Integration, IntegrationDay
from qa_observability.periods import Period
from revenue import revisions
from revenue.calculator import DaySums, calculate
from revenue.event_costs import EventsCost, EventSums, price_events
from revenue.impact import Impact, compare
from revenue.presenter import money

__all__ = ["EventSums", "EventsCost", "at_risk_by_integration", "costs_of_events", "impact_of", "money"]

CACHE_SECONDS = 60
_SHAPE = 2  # of what is cached; count it up when Impact changes
_COLUMNS = DaySums._fields
_MEASURES = _COLUMNS[2:]


def impact_of(period: Period, *, integration_id: str | None = None) -> Impact:
    """Return what ill health cost in a period, of all active integrations or of one, beside the period before.

    Two queries where the result is at hand, three otherwise, however many integrations, days or events. A result is
    kept for a minute under a fingerprint of everything it follows from, so it is never older than the newest write.

    Raises
    ------
    CryptoError : where the configuration in force cannot be read.
    """
    chosen = revisions.current()
    integrations, fingerprint = _integrations_and_fingerprint(period, integration_id)
    revision = f"{chosen.revision_id} {chosen.config!r}"
    parts = f"{_SHAPE} {period!r} {integration_id} {revision} {fingerprint}"
    key = f"revenue-impact-{blake2b(parts.encode(), digest_size=20).hexdigest()}"
    kept: Impact | None = cache.get(key)
    if kept is not None:
        return kept
    slugs = list(integrations)
    rows = _day_sums(period, slugs)
    previous = period.previous
    impact = compare(
        calculate(rows, integrations=slugs, days=period.dates, config=chosen.config),
        calculate(rows, integrations=slugs, days=previous.dates, config=chosen.config),
        period=period,
        names=integrations,
        config=chosen.config,
        revision=chosen.revision.number if chosen.revision else None,
    )
    cache.set(key, impact, CACHE_SECONDS)
    return impact


def at_risk_by_integration(period: Period) -> dict[str, Decimal]:
    """Return the revenue at risk of every active integration, in cents."""
    return {row.integration_id: row.at_risk for row in impact_of(period).outcome.integrations}


def costs_of_events(parts: Sequence[tuple[str, Mapping[str, EventSums]]]) -> list[EventsCost]:
    """Return what sets of events cost, each given as its integration and its sums by event type. One query.

    Raises
    ------
    CryptoError : where the configuration in force cannot be read.
    """
    config = revisions.current().config
    return [price_events(sums, config.figures_of(slug), config.currency) for slug, sums in parts]


def _integrations_and_fingerprint(period: Period, only: str | None) -> tuple[dict[str, str], str]:
    """Return the names of the integrations that count, and a text that changes with every write to their days.

    Writers of one integration run one after the other, so its newest `updated_at` grows with each; the sums are in
    it for the sake of clocks that were set back. Integrations that are renamed, added or switched off change it too.
    """
    chosen = Integration.objects.active()
    if only is not None:
        chosen = chosen.filter(slug=only)
    in_span = Q(days__day__gte=period.previous.first_day, days__day__lte=period.last_day)
    rows = list(
        chosen.annotate(span=FilteredRelation("days", condition=in_span))
        .order_by("position", "slug")
        .values_list("slug", "name", "position")
        .annotate(
            Count("span"),
            Max("span__updated_at"),
            *(Sum(f"span__{name}") for name in _MEASURES),
        )
    )
    return {row[0]: row[1] for row in rows}, repr(rows)


def _day_sums(period: Period, slugs: Sequence[str]) -> list[DaySums]:
    rows = IntegrationDay.objects.filter(
        integration__in=slugs, day__gte=period.previous.first_day, day__lte=period.last_day
    )
    return list(map(DaySums._make, rows.order_by().values_list(*_COLUMNS)))
