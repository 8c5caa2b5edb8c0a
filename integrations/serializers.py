"""The channels' health as JSON."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from integrations.choices import (
    EventType,
    HealthStatus,
    Severity,
    Source,
    SyncStatus,
    Trend,
    observed_status_choices,
)
from integrations.inputs import EXTERNAL_ID_MAX, MESSAGE_MAX, is_storable
from integrations.models import IntegrationEvent
from integrations.overview import DayPoint
from qa_observability.api.serializers import (
    CamelCaseMixin,
    PageQuery,
    PeriodPageQuery,
    PeriodQuery,
    Serializer,
    utc_text,
)
from qa_observability.periods import PERIOD_DAYS


def rate_field(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=5, decimal_places=4, min_value=0, max_value=1, allow_null=True, help_text="Ratio, 0..1.", **kwargs
    )


class IntegrationHealthSerializer(Serializer):
    """An integration as it is now."""

    integration_id = serializers.SlugField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=HealthStatus.choices)
    pricing_sync_status = serializers.ChoiceField(choices=SyncStatus.choices, allow_null=True)
    fees_sync_status = serializers.ChoiceField(choices=SyncStatus.choices, allow_null=True)
    booking_loss_rate = rate_field()
    error_rate = rate_field()
    last_checked = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField(help_text="Nobody has looked for HEALTH_STALE_AFTER, or its collector fails.")
    trend = serializers.ChoiceField(
        choices=Trend.choices, help_text="Of the mean error rate, or without one of the events, over the period."
    )


class PageSerializer(Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


@extend_schema_serializer(many=False)  # an object that holds the list, not a list of such objects
class HealthOverviewSerializer(PageSerializer):
    integrations = IntegrationHealthSerializer(many=True)
    overall_health = serializers.ChoiceField(choices=HealthStatus.choices)
    period = serializers.ChoiceField(choices=list(PERIOD_DAYS))


class EventCountsSerializer(serializers.Serializer[Any]):
    """Number of events by type."""

    pricing_sync_error = serializers.IntegerField()
    fee_sync_error = serializers.IntegerField()
    booking_loss = serializers.IntegerField()


class DayPointSerializer(Serializer):
    date = serializers.DateField()
    status = serializers.ChoiceField(choices=HealthStatus.choices, help_text="Worst of the day.")
    error_rate = serializers.FloatField(allow_null=True, help_text="Mean of the day, 0..1.")
    booking_loss_rate = serializers.FloatField(allow_null=True, help_text="Mean of the day, 0..1.")
    event_counts = EventCountsSerializer()

    def to_representation(self, instance: DayPoint) -> dict[str, Any]:
        """Return the day as it is: field by field, a year of them takes a third of a request."""
        return {
            "date": instance.date.isoformat(),
            "status": instance.status,
            "errorRate": instance.error_rate,
            "bookingLossRate": instance.booking_loss_rate,
            "eventCounts": instance.event_counts,
        }


class HealthDetailSerializer(IntegrationHealthSerializer):
    history = DayPointSerializer(many=True, help_text="One point for every day of the period, oldest first.")
    event_counts = EventCountsSerializer()
    period = serializers.ChoiceField(choices=list(PERIOD_DAYS))
    stale_reason = serializers.CharField(
        allow_null=True, help_text="Why its collector brings no news, where that makes it stale; else null."
    )


class ObservationSerializer(Serializer):
    """What was seen of an integration at one moment. Without a status, it follows from the rest."""

    id = serializers.UUIDField(read_only=True)
    integration_id = serializers.SlugField(max_length=50)
    status = serializers.ChoiceField(choices=observed_status_choices(), required=False)
    pricing_sync_status = serializers.ChoiceField(choices=SyncStatus.choices, required=False, allow_null=True)
    fees_sync_status = serializers.ChoiceField(choices=SyncStatus.choices, required=False, allow_null=True)
    booking_loss_rate = rate_field(required=False)
    error_rate = rate_field(required=False)
    last_checked = serializers.DateTimeField(required=False, help_text="Default: now.")
    source = serializers.ChoiceField(choices=Source.choices, read_only=True)  # type: ignore[assignment]  # DRF's own
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class EventSerializer(CamelCaseMixin, serializers.ModelSerializer[IntegrationEvent]):
    integration_id = serializers.CharField()

    class Meta:
        model = IntegrationEvent
        fields = (
            "id",
            "integration_id",
            "event_type",
            "severity",
            "message",
            "metadata",
            "occurred_at",
            "external_id",
            "source",
            "created_at",
        )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return an event, or a row of one, as it is: field by field, a page of them takes a third of a request."""
        return {
            "id": str(instance.pk),
            "integrationId": instance.integration_id,
            "eventType": instance.event_type,
            "severity": instance.severity,
            "message": instance.message,
            "metadata": instance.metadata,
            "occurredAt": utc_text(instance.occurred_at),
            "externalId": instance.external_id,
            "source": instance.source,
            "createdAt": utc_text(instance.created_at),
        }


class EventInputSerializer(Serializer):
    """Something that went wrong with an integration."""

    event_type = serializers.ChoiceField(choices=EventType.choices)
    severity = serializers.ChoiceField(choices=Severity.choices)
    message = serializers.CharField(max_length=MESSAGE_MAX)
    metadata = serializers.DictField(
        required=False, help_text="Kept untouched. Revenue reads `affectedBookings` and `lossAmount`."
    )
    occurred_at = serializers.DateTimeField()
    external_id = serializers.CharField(
        max_length=EXTERNAL_ID_MAX, required=False, allow_null=True, help_text="Your own id; seen before = duplicate."
    )


_EVENT_TYPES, _SEVERITIES = frozenset(EventType.values), frozenset(Severity.values)
_REQUIRED = {"eventType", "severity", "message", "occurredAt"}
_KNOWN = _REQUIRED | {"metadata", "externalId"}


def plain_event(row: Any) -> dict[str, Any] | None:
    """Return what `EventInputSerializer` makes of an event that has nothing unusual; None where it should be asked.

    Batches hold thousands of events like it, and field by field they take fifteen times as long. Whatever is unusual,
    wrong or not, is left to the serializer, which has the words for it.
    """
    if type(row) is not dict or not _REQUIRED <= row.keys() <= _KNOWN:
        return None
    event_type, severity = row["eventType"], row["severity"]
    if type(event_type) is not str or type(severity) is not str:
        return None
    message, occurred_at = _plain_text(row["message"], MESSAGE_MAX), _plain_moment(row["occurredAt"])
    if event_type not in _EVENT_TYPES or severity not in _SEVERITIES or message is None or occurred_at is None:
        return None
    event = {"event_type": event_type, "severity": severity, "message": message, "occurred_at": occurred_at}
    if "metadata" in row:
        if type(row["metadata"]) is not dict:
            return None
        event["metadata"] = row["metadata"]
    if "externalId" in row:
        external_id = _plain_text(row["externalId"], EXTERNAL_ID_MAX)
        if external_id is None:
            return None
        event["external_id"] = external_id
    return event


def _plain_text(value: Any, longest: int) -> str | None:
    text = value.strip() if type(value) is str else ""
    return text if 0 < len(text) <= longest and is_storable(text) else None


def _plain_moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


class EventPageSerializer(PageSerializer):
    events = EventSerializer(many=True)


class IngestedSerializer(Serializer):
    created = serializers.IntegerField()
    duplicates = serializers.IntegerField()


class HealthListQuery(PeriodPageQuery):
    page = serializers.IntegerField(min_value=1, max_value=10_000, default=1)


class HealthDetailQuery(PeriodQuery):
    """Period of the history."""


class EventListQuery(PeriodQuery, PageQuery):
    event_type = serializers.ChoiceField(choices=EventType.choices, required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    cursor = serializers.CharField(required=False, help_text="From `next` or `previous`.")
