"""Incidents and what people write about them, as JSON."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from correlation.annotations import REASON_MAX, TEXT_MAX
from correlation.choices import EntryKind, IncidentState, RootCause
from correlation.incident_page import types_of
from correlation.incident_sums import from_json
from correlation.models import Incident, IncidentEntry
from correlation.serializers import PaginatedSerializer
from integrations.choices import EventType, Severity
from qa_observability.api.serializers import CamelCaseMixin, PeriodPageQuery, Serializer

COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


class IncidentSerializer(CamelCaseMixin, serializers.ModelSerializer[Incident]):
    """A burst of failure events of one integration; `cost` is null for those who may not see money."""

    integration_id = serializers.CharField()
    integration_name = serializers.CharField(source="integration.name")
    state = serializers.ChoiceField(choices=IncidentState.choices)
    is_going_on = serializers.BooleanField(source="lasts")
    recovered_at = serializers.DateTimeField(
        allow_null=True, help_text="First observation after its end that is not critical."
    )
    duration_seconds = serializers.SerializerMethodField(
        "get_duration_seconds", help_text="From onset to the last event."
    )
    worst_severity = serializers.ChoiceField(choices=Severity.choices, allow_null=True)
    tests_that_warned = serializers.IntegerField(source="tests")
    cost = serializers.SerializerMethodField(help_text="Of its events, in the configured currency.")
    acknowledged_by = serializers.CharField(source="acknowledged_by.username", allow_null=True, default=None)
    root_cause = serializers.ChoiceField(choices=[("", "None yet"), *RootCause.choices])

    class Meta:
        model = Incident
        fields = (
            "id",
            "integration_id",
            "integration_name",
            "state",
            "onset_at",
            "ended_at",
            "is_going_on",
            "recovered_at",
            "duration_seconds",
            "events",
            "severity_from",
            "worst_severity",
            "tests_that_warned",
            "cost",
            "acknowledged_at",
            "acknowledged_by",
            "acknowledged_because",
            "root_cause",
            "root_cause_text",
            "dropped_at",
        )

    def get_duration_seconds(self, incident: Incident) -> int:
        return round(incident.length.total_seconds())

    def get_cost(self, incident: Incident) -> float | None:
        cost = self.context.get("costs", {}).get(incident.pk)
        return float(cost.total) if cost else None


class IncidentWarningSerializer(Serializer):
    """A test case that failed around the onset."""

    test_case_id = serializers.CharField(source="warning.test_case_id")
    test_case_name = serializers.CharField(source="warning.test_case.name")
    first_red_at = serializers.DateTimeField(source="warning.first_red_at")
    lead_seconds = serializers.IntegerField(help_text="Before the onset; negative after it.")


class IncidentEntrySerializer(CamelCaseMixin, serializers.ModelSerializer[IncidentEntry]):
    """One line of the history of an incident."""

    kind = serializers.ChoiceField(choices=EntryKind.choices)
    root_cause = serializers.ChoiceField(choices=[("", "None"), *RootCause.choices])
    author = serializers.CharField(source="author.username", allow_null=True, default=None)

    class Meta:
        model = IncidentEntry
        fields = ("id", "kind", "text", "root_cause", "author", "written_at")


class IncidentDetailSerializer(IncidentSerializer):
    """An incident with its events by type and severity, the tests that warned, and its history."""

    event_counts = serializers.SerializerMethodField("get_event_counts", help_text="By event type, each by severity.")
    affected_bookings = serializers.SerializerMethodField("get_affected_bookings")
    warnings = IncidentWarningSerializer(many=True, source="warned")
    history = IncidentEntrySerializer(many=True, source="told")

    class Meta(IncidentSerializer.Meta):
        fields = (*IncidentSerializer.Meta.fields, "event_counts", "affected_bookings", "warnings", "history")  # type: ignore[assignment]  # longer than the parent's

    @extend_schema_field({"type": "object", "properties": dict.fromkeys(EventType.values, COUNTS)})
    def get_event_counts(self, incident: Incident) -> dict[str, dict[str, int]]:
        return {kind: row.severities for kind, row in from_json(incident.sums).items()}

    def get_affected_bookings(self, incident: Incident) -> int:
        return sum(row.affected_bookings for row in types_of(incident))


@extend_schema_serializer(many=False)  # an object that holds the list, not a list of such objects
class IncidentPageSerializer(PaginatedSerializer):
    incidents = IncidentSerializer(many=True)
    period = serializers.CharField()
    computed_at = serializers.DateTimeField(allow_null=True)


class IncidentListQuery(PeriodPageQuery):
    page = serializers.IntegerField(min_value=1, max_value=10_000, default=1)
    integration = serializers.SlugField(max_length=50, required=False)
    state = serializers.ChoiceField(choices=IncidentState.choices, required=False, help_text="Default: all.")
    root_cause = serializers.ChoiceField(choices=RootCause.choices, required=False)


class AcknowledgementSerializer(Serializer):
    reason = serializers.CharField(max_length=REASON_MAX)


class NoteSerializer(Serializer):
    text = serializers.CharField(max_length=TEXT_MAX)


class RootCauseSerializer(Serializer):
    root_cause = serializers.ChoiceField(choices=RootCause.choices)
    text = serializers.CharField(max_length=TEXT_MAX, required=False, allow_blank=True, default="")
