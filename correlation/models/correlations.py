import uuid
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from correlation.choices import (
    Attribution,
    CorrelationType,
    Pattern,
    attribution_choices,
    correlation_type_choices,
    pattern_choices,
    question_choices,
)
from correlation.models.cases import TestCase
from integrations.models import Integration
from qa_observability.periods import Period

HIGH_SCORE = Decimal("0.80")
MEDIUM_SCORE = Decimal("0.60")
CONFIDENT = Decimal("0.95")


class TestIntegrationCorrelationQuerySet(models.QuerySet["TestIntegrationCorrelation"]):
    def in_period(self, period: Period) -> Self:
        return self.filter(last_correlated__gte=period.start, last_correlated__lt=period.end)

    def correlated(self) -> Self:
        """Strong enough, and too unlikely to be chance."""
        return self.filter(correlation_score__gte=MEDIUM_SCORE, confidence__gte=CONFIDENT)

    def worth_acting_on(self) -> Self:
        """Those of type high or medium: the ones that recommendations are made of."""
        return self.filter(correlation_type__in=[CorrelationType.HIGH, CorrelationType.MEDIUM])

    def best_first(self) -> Self:
        return self.order_by("-correlation_score", "-confidence", "test_case__name", "integration")


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
    question = models.CharField(
        max_length=30, choices=question_choices, help_text="Which of the four questions the figures answer."
    )
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

    objects = TestIntegrationCorrelationQuerySet.as_manager()

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

    @property
    def is_correlated(self) -> bool:
        return self.correlation_score >= MEDIUM_SCORE and self.confidence >= CONFIDENT
