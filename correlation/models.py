"""Test cases, their executions, what they warn of, and the alerts that follow."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from correlation.choices import (
    AlertSeverity,
    AlertType,
    Attribution,
    CorrelationType,
    ExecutionSource,
    ExecutionStatus,
    Pattern,
    alert_severity_choices,
    alert_type_choices,
    attribution_choices,
    correlation_type_choices,
    execution_source_choices,
    execution_status_choices,
    pattern_choices,
)
from integrations.models import Integration
from qa_observability.periods import Period


class TestCase(models.Model):
    """A test of the QA team's suites, whatever tool runs it."""

    __test__ = False  # pytest collects what is called Test...

    id = models.CharField(primary_key=True, max_length=100)
    name = models.CharField(max_length=500)
    suite = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=10, choices=execution_source_choices, default=ExecutionSource.API)
    testmo_url = models.URLField(max_length=500, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "test_cases"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class TestExecutionQuerySet(models.QuerySet["TestExecution"]):
    def in_period(self, period: Period) -> Self:
        return self.filter(executed_at__gte=period.start, executed_at__lt=period.end)


class TestExecution(models.Model):
    """One run of one test case."""

    __test__ = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    test_case = models.ForeignKey(TestCase, on_delete=models.CASCADE, related_name="executions", db_index=False)
    status = models.CharField(max_length=10, choices=execution_status_choices)
    executed_at = models.DateTimeField()
    duration_ms = models.PositiveBigIntegerField("duration (ms)", null=True, blank=True)
    run_id = models.CharField(max_length=200)
    source = models.CharField(max_length=10, choices=execution_source_choices, default=ExecutionSource.API)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TestExecutionQuerySet.as_manager()

    class Meta:
        db_table = "test_executions"
        ordering = ["-executed_at", "-id"]
        indexes = [
            # executions of one test case, newest first
            models.Index("test_case", F("executed_at").desc(), name="executions_case_executed"),
            # the engine's look-back; the clean-up
            models.Index(F("executed_at").desc(), name="executions_executed"),
        ]
        constraints = [
            models.UniqueConstraint("test_case", "run_id", "executed_at", name="executions_once"),
            models.CheckConstraint(condition=Q(status__in=ExecutionStatus.values), name="executions_status_valid"),
            models.CheckConstraint(condition=Q(source__in=ExecutionSource.values), name="executions_source_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.test_case_id} {self.status} at {self.executed_at:%Y-%m-%d %H:%M} UTC"


class TestIntegrationCorrelation(models.Model):
    """How well one test case warns of one integration's incidents, with the evidence a sceptic asks for."""

    __test__ = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    test_case = models.ForeignKey(TestCase, on_delete=models.CASCADE, related_name="correlations")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="correlations")
    correlation_score = models.DecimalField(max_digits=3, decimal_places=2)
    confidence = models.DecimalField(max_digits=3, decimal_places=2)
    correlation_type = models.CharField(max_length=10, choices=correlation_type_choices)
    pattern = models.CharField(max_length=50, choices=pattern_choices)
    last_correlated = models.DateTimeField(help_text="Onset of the newest incident that the test was red around.")

    incidents = models.PositiveIntegerField(help_text="Incidents around which the test ran (N).")
    hits = models.PositiveIntegerField(help_text="Incidents around which the test was red (K).")
    usual_rate = models.FloatField(help_text="Share of comparable times without an incident at which it was red.")
    expected_hits = models.FloatField(help_text="Hits to expect by chance.")
    p_value = models.FloatField(help_text="Before correction for the number of pairs.")
    question = models.CharField(max_length=30, help_text="Which of the four questions the figures answer.")
    lead_time_seconds = models.IntegerField(null=True, blank=True, help_text="Median, test to incident.")
    episodes = models.PositiveIntegerField(help_text="Failure episodes that started outside incidents.")
    episodes_followed = models.PositiveIntegerField(help_text="Those that an incident followed within the window.")
    predictive_value = models.FloatField(null=True, blank=True)
    base_rate = models.FloatField(null=True, blank=True)
    executions = models.PositiveIntegerField()
    first_executed_at = models.DateTimeField()
    last_executed_at = models.DateTimeField()
    attribution = models.CharField(max_length=10, choices=attribution_choices, default=Attribution.DIRECT)
    window_seconds = models.PositiveIntegerField()
    lookback_seconds = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "test_integration_correlations"
        verbose_name = "correlation"
        ordering = ["-correlation_score", "test_case", "integration"]
        permissions = [("refresh_correlations", "Can start a refresh of the correlations")]
        indexes = [
            # insights table: best first; the foreign keys index test case and integration
            models.Index(F("correlation_score").desc(), name="correlations_score"),
        ]
        constraints = [
            models.UniqueConstraint("test_case", "integration", name="correlations_one_per_pair"),
            models.CheckConstraint(condition=Q(correlation_score__range=(0, 1)), name="correlations_score_0_to_1"),
            models.CheckConstraint(condition=Q(confidence__range=(0, 1)), name="correlations_confidence_0_to_1"),
            models.CheckConstraint(
                condition=Q(correlation_type__in=CorrelationType.values), name="correlations_type_valid"
            ),
            models.CheckConstraint(condition=Q(pattern__in=Pattern.values), name="correlations_pattern_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.test_case_id} ~ {self.integration_id}: {self.correlation_score}"


class Alert(models.Model):
    """A warning that someone should look; dismissed by a person, kept as history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alert_type = models.CharField(max_length=30, choices=alert_type_choices)
    severity = models.CharField(max_length=10, choices=alert_severity_choices)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="alerts")
    test_case = models.ForeignKey(TestCase, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts")
    title = models.CharField(max_length=200)
    message = models.TextField()
    recommendation = models.TextField(blank=True, default="")
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    notified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "alerts"
        ordering = ["-created_at"]
        permissions = [("dismiss_alert", "Can dismiss alerts")]
        indexes = [
            # the bell and the list of open alerts
            models.Index(F("created_at").desc(), name="alerts_open", condition=Q(dismissed_at=None)),
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
