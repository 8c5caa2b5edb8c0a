import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from correlation.choices import (
    AlertSeverity,
    AlertType,
    DeliveryState,
    alert_severity_choices,
    alert_type_choices,
)
from correlation.models.cases import TestCase
from correlation.models.deliveries import Delivery
from integrations.models import Integration


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> Self:
        return self.filter(dismissed_at=None)

    def dismissed(self) -> Self:
        return self.filter(dismissed_at__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def with_names(self) -> Self:
        return self.select_related("integration", "test_case", "dismissed_by")


class Alert(models.Model):
    """A warning that someone should look; dismissed by a person, kept as history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alert_type = models.CharField("type", max_length=30, choices=alert_type_choices)
    severity = models.CharField(max_length=10, choices=alert_severity_choices)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="alerts")
    test_case = models.ForeignKey(TestCase, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts")
    title = models.CharField(max_length=200)
    message = models.TextField()
    recommendation = models.TextField(blank=True, default="")
    failed_at = models.DateTimeField(help_text="The newest failure that it is about.")
    failures = models.PositiveIntegerField(default=1, help_text="Failures seen while it was open.")
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    notified_at = models.DateTimeField(null=True, blank=True, help_text="When the first channel accepted the message.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        db_table = "alerts"
        ordering = ["-created_at"]
        permissions = [("dismiss_alert", "Can dismiss alerts")]
        indexes = [
            # the bell and the list of open alerts
            models.Index(F("created_at").desc(), name="alerts_open", condition=Q(dismissed_at=None)),
            # the history, and the list of dismissed alerts
            models.Index(F("created_at").desc(), name="alerts_created"),
        ]
        constraints = [
            # SQLite cannot treat nulls as equal, hence two halves of one rule
            models.UniqueConstraint(
                "alert_type",
                "integration",
                "test_case",
                name="alerts_one_open_per_test",
                condition=Q(dismissed_at=None, test_case__isnull=False),
            ),
            models.UniqueConstraint(
                "alert_type",
                "integration",
                name="alerts_one_open_without_test",
                condition=Q(dismissed_at=None, test_case=None),
            ),
            models.CheckConstraint(condition=Q(alert_type__in=AlertType.values), name="alerts_type_valid"),
            models.CheckConstraint(condition=Q(severity__in=AlertSeverity.values), name="alerts_severity_valid"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> str:
        return "open" if self.dismissed_at is None else "dismissed"


class AlertDelivery(Delivery):
    """One message about one alert to one channel of NOTIFY_URLS, written with the alert and sent later."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=40, help_text="Scheme and digest of the address, which is a secret itself.")

    class Meta:
        db_table = "alert_deliveries"
        verbose_name_plural = "alert deliveries"
        ordering = ["-created_at"]
        indexes = [
            # what the sender looks for every minute
            models.Index("due_at", name="alert_deliveries_due", condition=Q(state__in=["pending", "sending"])),
        ]
        constraints = [
            models.UniqueConstraint("alert", "channel", name="alert_deliveries_one_per_channel"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="alert_deliveries_state_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.state}"

    @property
    def scheme(self) -> str:
        return self.channel.partition(":")[0]


class AlertMuteQuerySet(models.QuerySet["AlertMute"]):
    def active(self, now: datetime) -> Self:
        return self.filter(created_at__lte=now, until__gt=now)


class AlertMute(models.Model):
    """No new alerts about a test case, an integration, or one of the two with the other, until a moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, null=True, blank=True, related_name="mutes", help_text="Empty: any."
    )
    test_case = models.ForeignKey(
        TestCase, on_delete=models.CASCADE, null=True, blank=True, related_name="mutes", help_text="Empty: any."
    )
    until = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AlertMuteQuerySet.as_manager()

    class Meta:
        db_table = "alert_mutes"
        ordering = ["until"]
        constraints = [
            models.CheckConstraint(
                condition=Q(integration__isnull=False) | Q(test_case__isnull=False), name="mutes_name_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test_case_id or 'any test'} ~ {self.integration_id or 'any integration'}"

    def covers(self, integration_id: str, test_case_id: str | None) -> bool:
        """Whether this mute silences alerts about the pair; one of a test case leaves the integration's own alone."""
        if self.integration_id is not None and self.integration_id != integration_id:
            return False
        return self.test_case_id is None or self.test_case_id == test_case_id
