"""The fixed vocabularies of the channels' health, worst last wherever an order has a meaning."""

from django.db import models


class HealthStatus(models.TextChoices):
    """Status of an integration; `unknown` is shown where nothing was ever observed and is never stored."""

    UNKNOWN = "unknown", "Unknown"
    HEALTHY = "healthy", "Healthy"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class SyncStatus(models.TextChoices):
    OK = "ok", "OK"
    WARNING = "warning", "Warning"
    ERROR = "error", "Error"


class EventType(models.TextChoices):
    """What went wrong; people read the labels, programs the values."""

    PRICING_SYNC_ERROR = "pricing_sync_error", "Rate sync failure"
    FEE_SYNC_ERROR = "fee_sync_error", "Fee sync failure"
    BOOKING_LOSS = "booking_loss", "Lost bookings"


class Severity(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Source(models.TextChoices):
    """The door a row came in by; `derived` rows were calculated from events."""

    MANUAL = "manual", "Manual entry"
    API = "api", "API"
    SPLUNK = "splunk", "Splunk export"
    COLLECTOR = "collector", "Collector"
    DERIVED = "derived", "Derived from events"


class Trend(models.TextChoices):
    UP = "up", "Up"
    DOWN = "down", "Down"
    NEUTRAL = "neutral", "Neutral"


OBSERVED_STATUSES = [HealthStatus.HEALTHY, HealthStatus.WARNING, HealthStatus.CRITICAL]


def observed_status_choices() -> list[tuple[str, str]]:
    """Return the statuses that an observation can have: all but `unknown`."""
    return [(status.value, str(status.label)) for status in OBSERVED_STATUSES]


def sync_status_choices() -> list[tuple[str, str]]:
    return SyncStatus.choices


def event_type_choices() -> list[tuple[str, str]]:
    return EventType.choices


def severity_choices() -> list[tuple[str, str]]:
    return Severity.choices


def source_choices() -> list[tuple[str, str]]:
    return Source.choices
