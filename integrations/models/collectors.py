import uuid
from datetime import datetime
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from integrations.models.channels import Integration
from integrations.models.repeated import Repeated
from qa_observability.secrets_at_rest import SecretField


class Method(models.TextChoices):
    GET = "GET", "GET"
    POST = "POST", "POST"


class Unit(models.TextChoices):
    FRACTION = "fraction", "A fraction: 0.031"
    PERCENT = "percent", "Percent: 3.1"


def method_choices() -> list[tuple[str, str]]:
    return Method.choices


def unit_choices() -> list[tuple[str, str]]:
    return Unit.choices


def _path(label: str, help_text: str = "", **options: Any) -> models.CharField:
    return models.CharField(label, max_length=300, blank=True, default="", help_text=help_text, **options)


class CollectorQuerySet(models.QuerySet["Collector"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True, integration__is_active=True)

    def due(self, moment: datetime) -> Self:
        """Collectors to ask at `moment`, those that wait for longest first; a new one is due at once."""
        waiting = Q(next_run_at=None) | Q(next_run_at__lte=moment)
        return self.in_use().filter(waiting).order_by(models.F("next_run_at").asc(nulls_first=True), "name")


class Collector(Repeated):
    """An endpoint of the PMS or a channel that is asked for the health of an integration, again and again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60, unique=True)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="collectors")
    url = models.CharField("address", max_length=2000, help_text="http:// or https://. Secrets belong in headers.")
    method = models.CharField(max_length=4, choices=method_choices, default=Method.GET)
    body = models.JSONField(null=True, blank=True, help_text="Sent as JSON with POST.")
    header_names = models.JSONField("headers", default=list, editable=False)
    headers = SecretField()
    timeout = models.PositiveSmallIntegerField(
        "patience",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text="Seconds for the whole answer, 1 to 10.",
    )
    status_path = _path("status", "Such as status or components.channels.status.")
    pricing_path = _path("rate sync")
    fees_path = _path("fee sync")
    error_rate_path = _path("error rate", "A number, or a quotient: pricing.failed / pricing.total.")
    error_rate_unit = models.CharField("error rate is", max_length=10, choices=unit_choices, default=Unit.FRACTION)
    booking_loss_rate_path = _path("booking loss rate", "A number, or a quotient: bookings.lost / bookings.received.")
    booking_loss_rate_unit = models.CharField(
        "booking loss rate is", max_length=10, choices=unit_choices, default=Unit.FRACTION
    )
    checked_at_path = _path("checked at", "When the endpoint itself looked last. Empty: the moment of the answer.")
    events_path = _path("events", "A list of events in the form of the API.")
    words = models.JSONField(
        default=dict,
        blank=True,
        help_text="Words of the endpoint for a status, beside the usual ones (UP, ok, pass, degraded, DOWN, fail ...).",
    )

    warning = models.TextField(blank=True, default="", editable=False)
    # What its last usable answer said, for the observations of other collectors of the same integration.
    said = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CollectorQuerySet.as_manager()

    class Meta:
        db_table = "collectors"
        ordering = ["name"]
        constraints = [
            Repeated.interval_constraint("collectors_interval_valid"),
            models.CheckConstraint(condition=Q(timeout__gte=1, timeout__lte=10), name="collectors_timeout_valid"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="collectors_method_valid"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def job(self) -> str:
        """Name of its job runs."""
        return f"Collector: {self.name}"
