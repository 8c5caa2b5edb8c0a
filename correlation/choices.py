"""The fixed vocabularies of test executions, correlations and alerts."""

from django.db import models


class ExecutionStatus(models.TextChoices):
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Skipped"


class ExecutionSource(models.TextChoices):
    API = "api", "API"
    JUNIT = "junit", "JUnit XML"
    TESTMO = "testmo", "Testmo"
    MANUAL = "manual", "Manual entry"


class CorrelationType(models.TextChoices):
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class Pattern(models.TextChoices):
    """Which of the two turns red first."""

    TEST_FIRST = "test_failure_precedes_integration_failure", "Test fails first"
    INTEGRATION_FIRST = "integration_failure_precedes_test_failure", "Integration fails first"
    CONCURRENT = "concurrent_failures", "Both at the same time"
    INSUFFICIENT = "insufficient_data", "Too few incidents to tell"


class Question(models.TextChoices):
    """What is asked of the runs around the onset of an incident."""

    LAST_BEFORE = "last_run_before", "Red at the last run before the incident"
    ANY_BEFORE = "any_run_before", "Red at any run before the incident"
    ANY_AFTER = "any_run_after", "Red at any run after the incident began"
    LAST_AFTER = "last_run_after", "Red at the last run after the incident began"


class Attribution(models.TextChoices):
    """Whether a correlation holds apart from the incidents shared with a better correlated integration."""

    DIRECT = "direct", "Direct"
    EXPLAINED = "explained", "Explained by another integration"
    AMBIGUOUS = "ambiguous", "Ambiguous"


class AlertType(models.TextChoices):
    TEST_WARNING = "test_warning", "A correlated test fails"
    INTEGRATION_CRITICAL = "integration_critical", "An integration is critical"


class AlertSeverity(models.TextChoices):
    CRITICAL = "critical", "Critical"
    WARNING = "warning", "Warning"
    INFO = "info", "Info"


class DeliveryState(models.TextChoices):
    """Where the message about an alert is on its way to one channel."""

    PENDING = "pending", "To be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up"
    SKIPPED = "skipped", "Dismissed before it was sent"


class RootCause(models.TextChoices):
    """What people found to be behind an incident."""

    CHANNEL_OUTAGE = "channel_outage", "Channel outage"
    OUR_DEPLOYMENT = "our_deployment", "Our deployment"
    CONFIGURATION = "configuration", "Configuration"
    DATA = "data", "Data"
    THIRD_PARTY = "third_party", "Third party"
    UNKNOWN = "unknown", "Unknown"


class EntryKind(models.TextChoices):
    """What an entry in the history of an incident is; those of the engine tell how it was regrouped."""

    NOTE = "note", "Note"
    ACKNOWLEDGEMENT = "acknowledgement", "Acknowledged"
    ROOT_CAUSE = "root_cause", "Root cause"
    ENGINE = "engine", "Regrouped"


class IncidentState(models.TextChoices):
    """Where an incident is on its way; an acknowledgement clears when the channel has recovered."""

    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RECOVERED = "recovered", "Recovered"
    DROPPED = "dropped", "No longer found"


class WebhookEvent(models.TextChoices):
    """What endpoints are told."""

    ALERT_CREATED = "correlation.alert.created", "An alert is raised"
    ALERT_DISMISSED = "correlation.alert.dismissed", "An alert is dismissed"
    INCIDENT_STARTED = "correlation.incident.started", "An incident has begun"
    INCIDENT_ENDED = "correlation.incident.ended", "An incident is over"
    TEST = "correlation.webhook.test", "Test message"


class TicketSource(models.TextChoices):
    """How a ticket came to be linked."""

    MANUAL = "manual", "Key entered"
    SEARCH = "search", "Found by search"
    CREATED = "created", "Created from here"
    RESULT = "result", "Named by a test result"
    EVENT = "event", "Named by the event"


class RefreshState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"


class RefreshReason(models.TextChoices):
    REQUESTED = "requested", "Asked for"
    INGESTED = "ingested", "New executions"
    SCHEDULED = "scheduled", "Schedule"


def execution_status_choices() -> list[tuple[str, str]]:
    return ExecutionStatus.choices


def execution_source_choices() -> list[tuple[str, str]]:
    return ExecutionSource.choices


def correlation_type_choices() -> list[tuple[str, str]]:
    return CorrelationType.choices


def pattern_choices() -> list[tuple[str, str]]:
    return Pattern.choices


def question_choices() -> list[tuple[str, str]]:
    return Question.choices


def attribution_choices() -> list[tuple[str, str]]:
    return Attribution.choices


def alert_type_choices() -> list[tuple[str, str]]:
    return AlertType.choices


def alert_severity_choices() -> list[tuple[str, str]]:
    return AlertSeverity.choices


def delivery_state_choices() -> list[tuple[str, str]]:
    return DeliveryState.choices


def root_cause_choices() -> list[tuple[str, str]]:
    return RootCause.choices


def entry_kind_choices() -> list[tuple[str, str]]:
    return EntryKind.choices


def webhook_event_choices() -> list[tuple[str, str]]:
    return WebhookEvent.choices


def ticket_source_choices() -> list[tuple[str, str]]:
    return TicketSource.choices


def refresh_state_choices() -> list[tuple[str, str]]:
    return RefreshState.choices


def refresh_reason_choices() -> list[tuple[str, str]]:
    return RefreshReason.choices
