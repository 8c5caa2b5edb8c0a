import uuid
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from integrations.choices import OBSERVED_STATUSES, EventType, Severity, observed_status_choices
from integrations.models.channels import Integration
from qa_observability.periods import Period

SEVERITY_MEASURES = {severity: f"{severity}_events" for severity in Severity.values}
EVENT_MEASURES = ("events", *SEVERITY_MEASURES.values(), "affected_bookings", "unpriced_bookings", "lost_amount")


def measure(event_type: str, name: str) -> str:
    """Return the column of `integration_days` that holds one of EVENT_MEASURES for one event type."""
    return f"{event_type}_{name}"


def _count() -> "models.PositiveBigIntegerField[int, int]":
    return models.PositiveBigIntegerField(default=0)


def _amount() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=20, decimal_places=4, default=0)


class IntegrationDayQuerySet(models.QuerySet["IntegrationDay"]):
    def in_period(self, period: Period) -> Self:
        return self.filter(day__gte=period.first_day, day__lte=period.last_day)


class IntegrationDay(models.Model):
    """One UTC day of one integration, summed: what outlives the clean-up of its events.

    `unpriced_bookings` are the affected bookings of events without a lossAmount; `lost_amount` sums the lossAmounts.
    The counts by severity add up to `events`, but on days that were purged before severities were counted.
    The rates are kept as count and sum, so that means over any number of days are exact.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="days", db_index=False)
    day = models.DateField()

    pricing_sync_error_events = _count()
    pricing_sync_error_low_events = _count()
    pricing_sync_error_medium_events = _count()
    pricing_sync_error_high_events = _count()
    pricing_sync_error_critical_events = _count()
    pricing_sync_error_affected_bookings = _count()
    pricing_sync_error_unpriced_bookings = _count()
    pricing_sync_error_lost_amount = _amount()
    fee_sync_error_events = _count()
    fee_sync_error_low_events = _count()
    fee_sync_error_medium_events = _count()
    fee_sync_error_high_events = _count()
    fee_sync_error_critical_events = _count()
    fee_sync_error_affected_bookings = _count()
    fee_sync_error_unpriced_bookings = _count()
    fee_sync_error_lost_amount = _amount()
    booking_loss_events = _count()
    booking_loss_low_events = _count()
    booking_loss_medium_events = _count()
    booking_loss_high_events = _count()
    booking_loss_critical_events = _count()
    booking_loss_affected_bookings = _count()
    booking_loss_unpriced_bookings = _count()
    booking_loss_lost_amount = _amount()

    error_rate_count = _count()
    error_rate_sum = _amount()
    booking_loss_rate_count = _count()
    booking_loss_rate_sum = _amount()
    worst_status = models.CharField(max_length=10, choices=observed_status_choices, null=True, blank=True)

    # Once rows of the day are gone, it can only be added to, never be recomputed from what is left.
    events_purged = models.BooleanField(default=False)
    observations_purged = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = IntegrationDayQuerySet.as_manager()

    class Meta:
        db_table = "integration_days"
        verbose_name = "day"
        ordering = ["-day", "integration"]
        indexes = [
            # all integrations in a period; the unique constraint serves one integration
            models.Index(F("day").desc(), "integration", name="days_day"),
        ]
        constraints = [
            models.UniqueConstraint("integration", "day", name="days_one_per_day"),
            models.CheckConstraint(
                condition=Q(worst_status=None) | Q(worst_status__in=OBSERVED_STATUSES), name="days_worst_status_valid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} on {self.day}"

    @property
    def events(self) -> int:
        """Events of all types on this day."""
        return sum(getattr(self, measure(event_type, "events")) for event_type in EventType.values)
