import uuid
from decimal import Decimal
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from integrations.choices import (
    OBSERVED_STATUSES,
    Source,
    SyncStatus,
    observed_status_choices,
    source_choices,
    sync_status_choices,
)
from integrations.models.channels import Integration
from qa_observability.periods import Period

RATE_RANGE = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))]


class IntegrationHealthQuerySet(models.QuerySet["IntegrationHealth"]):
    def in_period(self, period: Period) -> Self:
        return self.filter(last_checked__gte=period.start, last_checked__lt=period.end)

    def latest_per_integration(self) -> Self:
        """The newest observation of every integration that has one: one index look-up each, however many rows."""
        newest = IntegrationHealth.objects.latest_of(OuterRef("pk"))
        return self.filter(pk__in=Integration.objects.values(newest=Subquery(newest.values("pk"))))

    def latest_of(self, slug: Any) -> Self:
        """The newest observation of one integration, if it has one: one index look-up."""
        # A range of one slug: with `=` PostgreSQL drops the integration from the order and may walk the index on time
        # alone, from the newest row of all: through the whole table for an integration that was never observed.
        of_one = self.filter(integration__gte=slug, integration__lte=slug)
        return of_one.order_by("integration_id", "-last_checked")[:1]

    def with_severity(self) -> Self:
        """Annotate `severity`: 1 healthy, 2 warning, 3 critical, so that the worst is the largest."""
        return self.annotate(
            severity=Case(*(When(status=status, then=Value(rank)) for rank, status in enumerate(OBSERVED_STATUSES, 1)))
        )


class IntegrationHealth(models.Model):
    """What was seen of an integration at one moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="observations")
    status = models.CharField(max_length=10, choices=observed_status_choices)
    pricing_sync_status = models.CharField(
        "rate sync", max_length=10, choices=sync_status_choices, null=True, blank=True
    )
    fees_sync_status = models.CharField("fee sync", max_length=10, choices=sync_status_choices, null=True, blank=True)
    booking_loss_rate = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True, validators=RATE_RANGE
    )
    error_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True, validators=RATE_RANGE)
    last_checked = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=10, choices=source_choices, default=Source.MANUAL)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = IntegrationHealthQuerySet.as_manager()

    class Meta:
        db_table = "integration_health"
        verbose_name = "observation"
        verbose_name_plural = "observations"
        ordering = ["-last_checked", "integration"]
        indexes = [
            # latest_per_integration(), and the admin's list of one integration
            models.Index("integration", models.F("last_checked").desc(), name="health_integration_checked"),
            # the admin's list of all, and the clean-up
            models.Index(models.F("last_checked").desc(), name="health_checked"),
        ]
        constraints = [
            models.UniqueConstraint("integration", "last_checked", name="health_one_per_moment"),
            models.CheckConstraint(condition=Q(status__in=OBSERVED_STATUSES), name="health_status_valid"),
            models.CheckConstraint(
                condition=Q(pricing_sync_status=None) | Q(pricing_sync_status__in=SyncStatus.values),
                name="health_pricing_valid",
            ),
            models.CheckConstraint(
                condition=Q(fees_sync_status=None) | Q(fees_sync_status__in=SyncStatus.values),
                name="health_fees_valid",
            ),
            models.CheckConstraint(
                condition=Q(booking_loss_rate=None) | Q(booking_loss_rate__range=(0, 1)),
                name="health_booking_loss_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(error_rate=None) | Q(error_rate__range=(0, 1)), name="health_error_rate_0_to_1"
            ),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="health_source_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} {self.status} at {self.last_checked:%Y-%m-%d %H:%M} UTC"
