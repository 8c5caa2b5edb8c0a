"""Executions, correlations and alerts as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from correlation.choices import (
    AlertSeverity,
    AlertType,
    Attribution,
    CorrelationType,
    ExecutionStatus,
    Pattern,
    Question,
    RefreshState,
)
from correlation.executions import DURATION_MAX_MS, ID_MAX, NAME_MAX, RUN_MAX, SUITE_MAX
from correlation.models import Alert, CorrelationRefresh, TestIntegrationCorrelation
from qa_observability.api.serializers import CamelCaseMixin, PageQuery, PeriodPageQuery, Serializer

RATE = {"help_text": "Ratio, 0..1."}


class PaginatedSerializer(Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ExecutionInputSerializer(Serializer):
    """One run of one test case."""

    test_case_id = serializers.CharField(max_length=ID_MAX)
    test_case_name = serializers.CharField(max_length=NAME_MAX)
    status = serializers.ChoiceField(choices=ExecutionStatus.choices)
    executed_at = serializers.DateTimeField()
    run_id = serializers.CharField(max_length=RUN_MAX, help_text="The pipeline run.")
    duration_ms = serializers.IntegerField(min_value=0, max_value=DURATION_MAX_MS, required=False, allow_null=True)
    suite = serializers.CharField(max_length=SUITE_MAX, required=False, allow_blank=True)


class RecordedExecutionsSerializer(Serializer):
    created = serializers.IntegerField()
    duplicates = serializers.IntegerField(help_text="Stored before: the same test case, run and time.")
    test_cases = serializers.IntegerField(help_text="Seen for the first time.")


class OutcomesSerializer(serializers.Serializer[Any]):
    """Number of testcase elements by outcome; the flaky ones are among the passed."""

    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    error = serializers.IntegerField()
    skipped = serializers.IntegerField()
    flaky = serializers.IntegerField()


class TimesSerializer(serializers.Serializer[Any]):
    """Number of results by where their time came from."""

    testcase = serializers.IntegerField()
    suite = serializers.IntegerField()
    file = serializers.IntegerField()
    upload = serializers.IntegerField()


class ImportedReportSerializer(RecordedExecutionsSerializer):
    file = serializers.CharField()
    sha256 = serializers.CharField()
    producer = serializers.CharField(help_text="The tool that wrote it, as far as one can tell.")
    run_id = serializers.CharField()
    outcomes = OutcomesSerializer()
    repeats = serializers.IntegerField(help_text="Results of one test case at the same time: the last one counts.")
    times = TimesSerializer(help_text="Where the times of the results came from.")
    warnings = serializers.ListField(child=serializers.CharField())
    link = serializers.URLField(help_text="Page of the run.")


class ImportedReportsSerializer(RecordedExecutionsSerializer):
    files = ImportedReportSerializer(many=True)


class JunitUploadSerializer(serializers.Serializer[Any]):
    """JUnit XML files as multipart/form-data; any part that is a file is taken."""

    file = serializers.ListField(child=serializers.FileField())
    runId = serializers.CharField(required=False, help_text="Default: made from the files.")  # noqa: N815  public name
    timeZone = serializers.CharField(required=False, help_text="Of times without one; default UTC.")  # noqa: N815  public name
    source = serializers.CharField(required=False, help_text="A project, where two share test names.")  # type: ignore[assignment]  # DRF's own name


class ImportQuery(Serializer):
    """What may stand beside the files, as form fields or in the address."""

    run_id = serializers.CharField(max_length=RUN_MAX, required=False, allow_blank=True, default="")
    time_zone = serializers.CharField(max_length=64, required=False, default="UTC")
    source = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")  # type: ignore[assignment]  # DRF's own name


class CorrelationSerializer(CamelCaseMixin, serializers.ModelSerializer[TestIntegrationCorrelation]):
    """How well one test case warns of one integration's incidents, with the evidence."""

    test_case_id = serializers.CharField()
    test_case_name = serializers.CharField(source="test_case.name")
    integration_id = serializers.CharField()
    correlation_score = serializers.FloatField(help_text="0..1, two decimals.")
    confidence = serializers.FloatField(help_text="1 - adjusted p, 0..1.")
    correlation_type = serializers.ChoiceField(choices=CorrelationType.choices)
    pattern = serializers.ChoiceField(choices=Pattern.choices)
    question = serializers.ChoiceField(choices=Question.choices)
    attribution = serializers.ChoiceField(choices=Attribution.choices)

    class Meta:
        model = TestIntegrationCorrelation
        fields = (
            "test_case_id",
            "test_case_name",
            "integration_id",
            "correlation_score",
            "correlation_type",
            "pattern",
            "confidence",
            "last_correlated",
            "incidents",
            "hits",
            "usual_rate",
            "expected_hits",
            "p_value",
            "question",
            "lead_time_seconds",
            "episodes",
            "episodes_followed",
            "predictive_value",
            "base_rate",
            "executions",
            "first_executed_at",
            "last_executed_at",
            "attribution",
            "window_seconds",
            "lookback_seconds",
            "updated_at",
        )


class RecommendationSerializer(Serializer):
    priority = serializers.IntegerField(help_text="1 is the most urgent.")
    message = serializers.CharField()
    test_case_id = serializers.CharField()
    integration_id = serializers.CharField()


@extend_schema_serializer(many=False)  # an object that holds the list, not a list of such objects
class CorrelationListSerializer(PaginatedSerializer):
    correlations = CorrelationSerializer(many=True)
    recommendations = RecommendationSerializer(many=True)
    period = serializers.CharField()
    computed_at = serializers.DateTimeField(allow_null=True)


class TestCaseCorrelationsSerializer(Serializer):
    """One test case and its correlations."""

    __test__ = False

    test_case_id = serializers.CharField()
    test_case_name = serializers.CharField()
    suite = serializers.CharField()
    runs = serializers.IntegerField(help_text="In the look-back, skipped ones left out.")
    failed_runs = serializers.IntegerField()
    flaky_runs = serializers.IntegerField(help_text="Runs with more than one result.")
    flip_rate = serializers.FloatField(allow_null=True, help_text="Share of runs that differ from the one before.")
    correlations = CorrelationSerializer(many=True)
    recommendations = RecommendationSerializer(many=True)


class CorrelationListQuery(PeriodPageQuery):
    page = serializers.IntegerField(min_value=1, max_value=10_000, default=1)
    integration = serializers.SlugField(max_length=50, required=False)
    test_case = serializers.CharField(
        max_length=200, required=False, help_text="An id; where there is none like it, part of a name, suite or id."
    )
    min_score = serializers.DecimalField(max_digits=3, decimal_places=2, min_value=0, max_value=1, required=False)


class RefreshSerializer(CamelCaseMixin, serializers.ModelSerializer[CorrelationRefresh]):
    state = serializers.ChoiceField(choices=RefreshState.choices)

    class Meta:
        model = CorrelationRefresh
        fields = ("id", "state", "due_at", "started_at", "finished_at", "pairs", "error", "created_at")


class AlertSerializer(CamelCaseMixin, serializers.ModelSerializer[Alert]):
    alert_type = serializers.ChoiceField(choices=AlertType.choices)
    severity = serializers.ChoiceField(choices=AlertSeverity.choices)
    state = serializers.ChoiceField(choices=["open", "dismissed"])
    integration_id = serializers.CharField()
    integration_name = serializers.CharField(source="integration.name")
    test_case_id = serializers.CharField(allow_null=True)
    test_case_name = serializers.CharField(source="test_case.name", allow_null=True, default=None)
    dismissed_by = serializers.CharField(source="dismissed_by.username", allow_null=True, default=None)

    class Meta:
        model = Alert
        fields = (
            "id",
            "alert_type",
            "severity",
            "state",
            "integration_id",
            "integration_name",
            "test_case_id",
            "test_case_name",
            "title",
            "message",
            "recommendation",
            "failed_at",
            "failures",
            "created_at",
            "updated_at",
            "dismissed_at",
            "dismissed_by",
            "notified_at",
        )


@extend_schema_serializer(many=False)  # an object that holds the list, not a list of such objects
class AlertPageSerializer(PaginatedSerializer):
    alerts = AlertSerializer(many=True)


class AlertListQuery(PageQuery):
    state = serializers.ChoiceField(choices=["open", "dismissed"], required=False, help_text="Default: both.")
    integration = serializers.SlugField(max_length=50, required=False)
    severity = serializers.ChoiceField(choices=AlertSeverity.choices, required=False)
    cursor = serializers.CharField(required=False, help_text="From `next` or `previous`.")
