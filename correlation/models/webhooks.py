import uuid
from typing import Self
from urllib.parse import urlsplit

from django.db import models
from django.db.models import F, Q

from correlation.choices import DeliveryState, WebhookEvent, webhook_event_choices
from correlation.models.deliveries import Delivery
from integrations.models import SigningSecret


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def wanting(self, event: str) -> "list[WebhookEndpoint]":
        """Return the active ones that want this kind of message; few enough to look into each one's list."""
        return [row for row in self.active() if event in row.event_types]


class WebhookEndpoint(models.Model):
    """Somebody who wants to be told of alerts and incidents, as signed messages to an address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    url = models.CharField("address", max_length=500, help_text="https://... Everybody who may see endpoints sees it.")
    event_types = models.JSONField("messages", default=list)
    is_active = models.BooleanField("active", default=True, help_text="While it is not, nothing new is written for it.")
    disabled_because = models.CharField("switched off because", max_length=300, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        db_table = "webhook_endpoints"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


class WebhookEndpointSecret(SigningSecret):
    owner = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+")

    class Meta(SigningSecret.Meta):
        db_table = "webhook_endpoint_secrets"
        default_permissions = ()


class WebhookMessage(models.Model):
    """What is told, once for all endpoints: the bytes that every attempt sends and signs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event_type = models.CharField("message", max_length=40, choices=webhook_event_choices)
    subject_id = models.UUIDField(help_text="The alert or incident that it is about.")
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "webhook_messages"
        ordering = ["-created_at"]
        default_permissions = ("view",)
        indexes = [
            # the clean-up
            models.Index("created_at", name="webhook_messages_created"),
        ]
        constraints = [
            models.UniqueConstraint("event_type", "subject_id", name="webhook_messages_once"),
            models.CheckConstraint(condition=Q(event_type__in=WebhookEvent.values), name="webhook_messages_type_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.message_id}"

    @property
    def message_id(self) -> str:
        """The webhook-id, the same at every attempt and endpoint."""
        return f"msg_{self.id.hex}"


class WebhookDelivery(Delivery):
    """One message to one endpoint."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    status = models.PositiveSmallIntegerField("HTTP status", null=True, blank=True)

    class Meta:
        db_table = "webhook_deliveries"
        verbose_name_plural = "webhook deliveries"
        ordering = ["-created_at"]
        default_permissions = ("view",)
        permissions = [("send_webhookdelivery", "Can send webhook messages again, and test messages")]
        indexes = [
            # what the sender looks for every minute
            models.Index("due_at", name="webhook_deliveries_due", condition=Q(state__in=["pending", "sending"])),
            # the log of an endpoint
            models.Index("endpoint", F("created_at").desc(), name="webhook_deliveries_log"),
        ]
        constraints = [
            models.UniqueConstraint("message", "endpoint", name="webhook_deliveries_one_per_endpoint"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="webhook_deliveries_state_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.state}"


class WebhookAttempt(models.Model):
    """One attempt at a delivery, as the log shows it."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="log")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField("HTTP status", null=True, blank=True)
    duration_ms = models.PositiveIntegerField("duration (ms)")
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "webhook_attempts"
        ordering = ["started_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"attempt {self.number}"
