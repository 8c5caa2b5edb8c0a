"""The encrypted revenue figures, one append-only row per change, and who gets the weekly report."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class RevenueConfigRevisionQuerySet(models.QuerySet["RevenueConfigRevision"]):
    def newest(self) -> "RevenueConfigRevision | None":
        """The revision in force; None before the first."""
        return self.order_by("-number").first()


class RevenueConfigRevision(models.Model):
    """One version of the revenue configuration; the newest is in force, every earlier one can be restored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(
        unique=True, editable=False, help_text="Counts from 1; of two writers at once, one finds its number taken."
    )
    document = models.BinaryField(help_text="AES-256-GCM ciphertext of the YAML document.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    comment = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RevenueConfigRevisionQuerySet.as_manager()

    class Meta:
        db_table = "revenue_config_revisions"
        verbose_name = "revision of the revenue configuration"
        verbose_name_plural = "revenue configuration"
        ordering = ["-number"]
        permissions = [("view_impact", "Can view revenue impact and reports")]

    def __str__(self) -> str:
        return f"Revision {self.number}"


class ReportRecipient(models.Model):
    """Somebody who gets the weekly revenue report."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail")
    name = models.CharField(max_length=100, blank=True, default="")
    is_active = models.BooleanField("active", default=True, help_text="Gets the report of every week from now on.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "revenue_report_recipients"
        verbose_name = "report recipient"
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="recipients_once", violation_error_message="This address is a recipient already."
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class DeliveryState(models.TextChoices):
    """How far one e-mail got. `unclear` went out to the mail server, which never said whether it took it."""

    PENDING = "pending", "To be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed, will be tried again"
    UNCLEAR = "unclear", "Unclear, will not be sent again by itself"


def delivery_state_choices() -> list[tuple[str, str]]:
    return DeliveryState.choices


class ReportDeliveryQuerySet(models.QuerySet["ReportDelivery"]):
    def waiting(self) -> Self:
        """Those that a run may send: the mail server has certainly not taken them yet."""
        return self.filter(state__in=[DeliveryState.PENDING, DeliveryState.FAILED])


class ReportDelivery(models.Model):
    """The report of one week to one address: a row that is claimed before anything is sent, so never sent twice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    week = models.DateField(help_text="Monday of the week that the report covers.")
    email = models.EmailField("e-mail")
    state = models.CharField(max_length=10, choices=delivery_state_choices, default=DeliveryState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=1000, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ReportDeliveryQuerySet.as_manager()

    class Meta:
        db_table = "revenue_report_deliveries"
        verbose_name = "report delivery"
        verbose_name_plural = "report deliveries"
        ordering = ["-week", "email"]
        constraints = [
            models.UniqueConstraint("week", "email", name="deliveries_once_a_week"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="deliveries_state_valid"),
        ]

    def __str__(self) -> str:
        return f"Week of {self.week} to {self.email}"
