import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Floor
from django.utils import timezone

from integrations.choices import (
    EventType,
    Severity,
    Source,
    event_type_choices,
    severity_choices,
    source_choices,
)
from integrations.models.channels import Integration
from qa_observability.expressions import Epoch
from qa_observability.periods import Period

_SHOWN = (
    "pk", "integration_id", "event_type", "severity", "message", "metadata", "occurred_at", "external_id", "source",
    "created_at",
)  # fmt: skip


class IntegrationEventQuerySet(models.QuerySet["IntegrationEvent"]):
    def in_period(self, period: Period) -> Self:
        return self.filter(occurred_at__gte=period.start, occurred_at__lt=period.end)

    def between(self, start: datetime, end: datetime) -> Self:
        return self.filter(occurred_at__gte=start, occurred_at__lt=end)

    def newest_first(self) -> Self:
        return self.order_by("-occurred_at", "-id")

    def as_rows(self) -> "models.QuerySet[Any, Any]":
        """Named tuples with the columns that lists show: a page of models takes a fifth longer."""
        return self.values_list(*_SHOWN, named=True)

    def counted(self, start: datetime, step: timedelta) -> "models.QuerySet[Any, Any]":
        """Count by step since `start`, type and severity: rows of (step, event_type, severity, count)."""
        number = Floor((Epoch("occurred_at") - start.timestamp()) / step.total_seconds())
        grouped = self.order_by().annotate(step=number).values("step", "event_type", "severity")
        return grouped.annotate(count=Count("pk")).values_list("step", "event_type", "severity", "count")


class IntegrationEvent(models.Model):
    """Something that went wrong with an integration at one moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="events", db_index=False)
    event_type = models.CharField("type", max_length=20, choices=event_type_choices)
    severity = models.CharField(max_length=10, choices=severity_choices)
    message = models.TextField()
    metadata = models.JSONField(default=dict, blank=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    external_id = models.CharField(
        max_length=200, null=True, blank=True, help_text="The sender's own id; the same id is stored once."
    )
    source = models.CharField(max_length=10, choices=source_choices, default=Source.MANUAL)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IntegrationEventQuerySet.as_manager()

    class Meta:
        db_table = "integration_events"
        verbose_name = "event"
        verbose_name_plural = "events"
        ordering = ["-occurred_at", "-id"]
        permissions = [("redact_integrationevent", "Can redact personal data in events and their history")]
        indexes = [
            # events of one integration in a period, newest first; the window that current health is derived from
            models.Index("integration", F("occurred_at").desc(), name="events_integration_occurred"),
            # the few severe ones among many, newest first
            models.Index("integration", "severity", F("occurred_at").desc(), name="events_integration_severity"),
            # events by type in a period
            models.Index("event_type", F("occurred_at").desc(), name="events_type_occurred"),
            # newest events of all integrations; the clean-up
            models.Index(F("occurred_at").desc(), name="events_occurred"),
        ]
        constraints = [
            models.UniqueConstraint(
                "integration", "external_id", name="events_external_id_once", condition=Q(external_id__isnull=False)
            ),
            models.CheckConstraint(condition=Q(event_type__in=EventType.values), name="events_type_valid"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="events_severity_valid"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="events_source_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} {self.get_event_type_display()} at {self.occurred_at:%Y-%m-%d %H:%M} UTC"
