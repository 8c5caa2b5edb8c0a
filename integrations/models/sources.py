import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from integrations.models.channels import Integration
from integrations.models.signing import SigningSecret


class DeliveryOutcome(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"


def delivery_outcome_choices() -> list[tuple[str, str]]:
    return DeliveryOutcome.choices


class EventSource(models.Model):
    """A system that sends events by webhook: it holds no token, and signs what it sends instead."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(
        max_length=50, unique=True, help_text="Its part of the address that it sends to. Cannot be changed later."
    )
    is_active = models.BooleanField("active", default=True, help_text="From one that is not, nothing is taken.")
    integrations = models.ManyToManyField(
        Integration, related_name="event_sources", help_text="It may send events of these, and of no others."
    )
    refused_at = models.DateTimeField("last turned away", null=True, blank=True)
    refusal = models.CharField(
        "turned away because", max_length=300, blank=True, default="", help_text="Why, before its signature was known."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "event_sources"
        verbose_name = "event source"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EventSourceSecret(SigningSecret):
    owner = models.ForeignKey(EventSource, on_delete=models.CASCADE, related_name="+")

    class Meta(SigningSecret.Meta):
        db_table = "event_source_secrets"
        default_permissions = ()


class SourceDeliveryQuerySet(models.QuerySet["SourceDelivery"]):
    def accepted(self) -> Self:
        return self.filter(outcome=DeliveryOutcome.ACCEPTED)

    def newest_first(self) -> Self:
        return self.order_by("-received_at", "-id")


class SourceDelivery(models.Model):
    """One signed message of a source and what became of it; the accepted ones are known again when they come twice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(EventSource, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    message_id = models.CharField("webhook-id", max_length=128)
    outcome = models.CharField(max_length=10, choices=delivery_outcome_choices)
    status = models.PositiveSmallIntegerField(help_text="The HTTP status that it was answered with.")
    events_created = models.PositiveIntegerField("created", default=0)
    duplicates = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=0, help_text="How often the same message came again.")
    error = models.CharField(max_length=300, blank=True, default="")
    received_at = models.DateTimeField()

    objects = SourceDeliveryQuerySet.as_manager()

    class Meta:
        db_table = "event_source_deliveries"
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        ordering = ["-received_at"]
        default_permissions = ("view",)
        indexes = [
            # the newest of a source, for its page
            models.Index("source", F("received_at").desc(), name="source_deliveries_newest"),
            # the clean-up
            models.Index("received_at", name="source_deliveries_received"),
        ]
        constraints = [
            models.UniqueConstraint(
                "source",
                "message_id",
                name="source_deliveries_accepted_once",
                condition=Q(outcome=DeliveryOutcome.ACCEPTED),
            ),
            models.CheckConstraint(condition=Q(outcome__in=DeliveryOutcome.values), name="source_deliveries_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.outcome}"
