"""The cost of ill health: daily sums read in a constant number of queries, calculated, and kept while they hold."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b

from django.db import connection

from integrations.models import IntegrationDay
from qa_observability.periods import Period
from revenue import revisions
from revenue.calculator import DaySums, calculate
from revenue.event_costs import EventsCost, EventSums, price_events
from revenue.impact import Impact, compare
from revenue.presenter import money

__all__ = ["EventSums", "EventsCost", "at_risk_by_integration", "costs_of_events", "impact_of", "money"]

_COLUMNS = DaySums._fields
_MEASURES = _COLUMNS[2:]
# Results at hand in this process, by their fingerprint. A year of one takes a third of a megabyte.
results_at_hand: dict[str, Impact] = {}
_KEPT_MAX = 32
# Written out: composing sixteen aggregates takes the ORM five times as long as the database takes for the answer.
_FINGERPRINT = f"""
    SELECT integration.slug, integration.name, integration.position, COUNT(span.id), MAX(span.updated_at),
           {", ".join(f"SUM(span.{name})" for name in _MEASURES)}
    FROM integrations AS integration
    LEFT JOIN integration_days AS span
      ON span.integration_id = integration.slug AND span.day BETWEEN %s AND %s
    WHERE integration.is_active AND integration.slug = COALESCE(%s, integration.slug)
    GROUP BY integration.slug, integration.name, integration.position
    ORDER BY integration.position, integration.slug
"""  # noqa: S608  names of columns, from no request


def impact_of(period: Period, *, integration_id: str | None = None) -> Impact:
    """Return what ill health cost in a period, of all active integrations or of one, beside the period before.

    Two queries where the result is at hand, three otherwise, however many integrations, days or events. A result is
    kept under a fingerprint of everything it follows from, so it is never older than the newest write.

    Raises
    ------
    CryptoError : where the configuration in force cannot be read.
    """
    chosen = revisions.current()
    integrations, fingerprint = _integrations_and_fingerprint(period, integration_id)
    revision = f"{chosen.revision_id} {chosen.config!r}"
    parts = f"{period!r} {integration_id} {revision} {fingerprint}"
    key = blake2b(parts.encode(), digest_size=20).hexdigest()
    kept = results_at_hand.get(key)
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
    if len(results_at_hand) >= _KEPT_MAX:
        results_at_hand.clear()
    results_at_hand[key] = impact
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
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT, [period.previous.first_day, period.last_day, only])
        rows = cursor.fetchall()
    return {row[0]: row[1] for row in rows}, repr(rows)


def _day_sums(period: Period, slugs: Sequence[str]) -> list[DaySums]:
    rows = IntegrationDay.objects.filter(
        integration__in=slugs, day__gte=period.previous.first_day, day__lte=period.last_day
    )
    return list(map(DaySums._make, rows.order_by().values_list(*_COLUMNS)))
