"""What pages and API show of the channels' health: rows in, frozen snapshots out, a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, Case, F, Sum, Value, When

from integrations import rules
from integrations.choices import EventType, HealthStatus, Trend
from integrations.doubts import Doubt, doubts, reason_to_doubt
from integrations.models import Integration, IntegrationDay, IntegrationHealth, measure
from integrations.services import thresholds
from qa_observability.periods import Period, parse_period

_SUMS = ("error_rate_count", "error_rate_sum", "booking_loss_rate_count", "booking_loss_rate_sum")
_EVENT_TYPES = tuple(EventType.values)
_EVENT_COUNTS = tuple(measure(event_type, "events") for event_type in _EVENT_TYPES)
_DAY_COLUMNS = ("worst_status", *_SUMS, *_EVENT_COUNTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPoint:
    """One UTC day of one integration; means are ratios in 0..1, None where nothing was measured."""

    date: date
    status: HealthStatus
    error_rate: float | None
    booking_loss_rate: float | None
    event_counts: dict[str, int]

    @property
    def events(self) -> int:
        return sum(self.event_counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An integration as it is now, with its direction over a period.

    stale : nobody has looked lately (`old`), or whoever should look by itself cannot; `stale_reason` tells of the
        latter.
    """

    integration: Integration
    observation: IntegrationHealth | None
    stale: bool
    trend: Trend
    stale_reason: str = ""
    old: bool = False

    @property
    def integration_id(self) -> str:
        return self.integration.slug

    @property
    def name(self) -> str:
        return self.integration.name

    @property
    def status(self) -> HealthStatus:
        return HealthStatus(self.observation.status) if self.observation else HealthStatus.UNKNOWN

    @property
    def pricing_sync_status(self) -> str | None:
        return self.observation.pricing_sync_status if self.observation else None

    @property
    def fees_sync_status(self) -> str | None:
        return self.observation.fees_sync_status if self.observation else None

    @property
    def booking_loss_rate(self) -> Decimal | None:
        return self.observation.booking_loss_rate if self.observation else None

    @property
    def error_rate(self) -> Decimal | None:
        return self.observation.error_rate if self.observation else None

    @property
    def last_checked(self) -> datetime | None:
        return self.observation.last_checked if self.observation else None


def snapshots(period: Period, *, now: datetime, only: str | None = None) -> list[Snapshot]:
    """Return every active integration in its order, or the one called `only`, active or not. Four queries."""
    chosen = Integration.objects.filter(slug=only) if only else Integration.objects.active()
    integrations = list(chosen)
    every = IntegrationHealth.objects
    observations = every.latest_of(only) if only else every.latest_per_integration().order_by()
    newest = {row.integration_id: row for row in observations}
    trends = _trends(period, only=only)
    doubted = doubts(now=now)
    return [
        _snapshot(
            integration,
            newest.get(integration.slug),
            doubted.get(integration.slug, []),
            trend=trends.get(integration.slug, Trend.NEUTRAL),
            now=now,
        )
        for integration in integrations
    ]


def _snapshot(
    integration: Integration,
    observation: IntegrationHealth | None,
    doubted: list[Doubt],
    *,
    trend: Trend,
    now: datetime,
) -> Snapshot:
    last_checked = observation.last_checked if observation else None
    old = rules.is_stale(last_checked, now=now, stale_after=settings.HEALTH_STALE_AFTER)
    reason = reason_to_doubt(observation, doubted)
    return Snapshot(
        integration=integration,
        observation=observation,
        stale=old or bool(reason),
        trend=trend,
        stale_reason=reason,
        old=old,
    )


def overall(rows: Iterable[Snapshot]) -> HealthStatus:
    """Return the worst status of these integrations; unknown only where none has data."""
    return rules.worst(row.status for row in rows)


def day_points(period: Period, slugs: Iterable[str]) -> dict[str, list[DayPoint]]:
    """Return one point for every day of the period and integration, oldest first, days without data included."""
    rows = IntegrationDay.objects.in_period(period).filter(integration__in=list(slugs)).order_by()
    found: dict[str, dict[date, tuple[Any, ...]]] = defaultdict(dict)
    for slug, day, *sums in rows.values_list("integration_id", "day", *_DAY_COLUMNS):
        found[slug][day] = tuple(sums)
    return {slug: [_point(day, found[slug].get(day)) for day in period.dates] for slug in slugs}


def event_counts(points: Iterable[DayPoint]) -> dict[str, int]:
    """Return the number of events of each type over these days."""
    counts = dict.fromkeys(EventType.values, 0)
    for point in points:
        for event_type, count in point.event_counts.items():
            counts[event_type] += count
    return counts


def since(snapshot: Snapshot) -> datetime | None:
    """Return when the current status began: the first observation after the newest one with another status."""
    if snapshot.observation is None:
        return None
    same_integration = IntegrationHealth.objects.filter(integration=snapshot.integration)
    other = same_integration.exclude(status=snapshot.status).order_by("-last_checked").values("last_checked")[:1]
    before = other.first()
    first = same_integration.filter(status=snapshot.status)
    if before:
        first = first.filter(last_checked__gt=before["last_checked"])
    return first.order_by("last_checked").values_list("last_checked", flat=True).first()


def reasons(observation: IntegrationHealth) -> list[str]:
    """Return why an observation has its status, in words; says so where the entered status contradicts the rest."""
    measured = rules.Measurements(
        error_rate=observation.error_rate,
        booking_loss_rate=observation.booking_loss_rate,
        pricing_sync_status=observation.pricing_sync_status,
        fees_sync_status=observation.fees_sync_status,
    )
    verdicts = rules.judge(measured, thresholds())
    status = HealthStatus(observation.status)
    if not verdicts:
        return ["entered as such, without measurements"]
    if verdicts[0][0] != status:
        return [f"entered as {status.label.lower()}, although {verdicts[0][1]}"]
    return [text for verdict, text in verdicts if verdict == status]


def strip_period(now: datetime) -> Period:
    """Return the 90 days that the strip of every integration shows, whatever the page's period."""
    return parse_period("90d", now)


def _trends(period: Period, *, only: str | None) -> dict[str, Trend]:
    """Compare each integration's mean error rate, or without one its number of events, with the previous period."""
    previous = period.previous
    rows = IntegrationDay.objects.filter(day__gte=previous.first_day, day__lte=period.last_day)
    if only:
        rows = rows.filter(integration_id=only)
    sums = (
        rows.order_by()
        .annotate(is_current=_is_from(period.first_day))
        .values("integration_id", "is_current")
        .annotate(count=Sum("error_rate_count"), total=Sum("error_rate_sum"), event_total=sum_of(_EVENT_COUNTS))
    )
    by_half: dict[str, dict[bool, Any]] = defaultdict(dict)
    for row in sums:
        by_half[row["integration_id"]][bool(row["is_current"])] = row
    return {slug: _trend(halves.get(True), halves.get(False)) for slug, halves in by_half.items()}


def _trend(current: dict[str, Any] | None, previous: dict[str, Any] | None) -> Trend:
    if current is None or previous is None:
        return Trend.NEUTRAL
    if current["count"] and previous["count"]:
        return rules.trend(current["total"] / current["count"], previous["total"] / previous["count"])
    return rules.trend(current["event_total"], previous["event_total"])


def sum_of(columns: Iterable[str]) -> Sum:
    """Return the sum of several columns as one aggregate."""
    first, *rest = columns
    expression: Any = F(first)
    for column in rest:
        expression += F(column)
    return Sum(expression)


def _is_from(day: date) -> Any:
    return Case(When(day__gte=day, then=Value(True)), default=Value(False), output_field=BooleanField())


def _point(day: date, sums: tuple[Any, ...] | None) -> DayPoint:
    """Return one day from the values of `_DAY_COLUMNS`; a day without a row has none."""
    if sums is None:
        return DayPoint(
            date=day,
            status=HealthStatus.UNKNOWN,
            error_rate=None,
            booking_loss_rate=None,
            event_counts=dict.fromkeys(_EVENT_TYPES, 0),
        )
    worst_status, errors, error_sum, losses, loss_sum, *counts = sums
    return DayPoint(
        date=day,
        status=HealthStatus(worst_status) if worst_status else HealthStatus.UNKNOWN,
        error_rate=_mean(error_sum, errors),
        booking_loss_rate=_mean(loss_sum, losses),
        event_counts=dict(zip(_EVENT_TYPES, counts, strict=True)),
    )


def _mean(total: Decimal, count: int) -> float | None:
    return round(float(total / count), 6) if count else None


def length_in_words(length: timedelta) -> str:
    """Return a length of time in its largest whole unit.

    >>> length_in_words(timedelta(days=3, hours=5)), length_in_words(timedelta(seconds=20))
    ('3 days', 'less than a minute')
    """
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        count = length // size
        if count > 0:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
