import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from correlation.choices import (
    ExecutionSource,
    ExecutionStatus,
    execution_source_choices,
    execution_status_choices,
)
from correlation.flakiness import is_flaky
from qa_observability.periods import Period


class TestCaseQuerySet(models.QuerySet["TestCase"]):
    def matching(self, text: str) -> Self:
        """Those with `text` in their name, suite or id."""
        return self.filter(Q(name__icontains=text) | Q(suite__icontains=text) | Q(id__icontains=text))


class TestCase(models.Model):
    """A test of the QA team's suites, whatever tool runs it."""

    __test__ = False  # pytest collects what is called Test...

    id = models.CharField(primary_key=True, max_length=100)
    name = models.CharField(max_length=500)
    suite = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=10, choices=execution_source_choices, default=ExecutionSource.API)
    identity = models.TextField(
        blank=True,
        default="",
        help_text="What its id was made from, where it came out of a file: class and name in full.",
    )
    testmo_url = models.URLField("Testmo address", max_length=500, null=True, blank=True)
    # Counted over the look-back at each refresh of the correlations; skipped runs are left out.
    runs = models.PositiveIntegerField(default=0, editable=False)
    failed_runs = models.PositiveIntegerField(default=0, editable=False)
    flaky_runs = models.PositiveIntegerField(
        default=0, editable=False, help_text="Runs with more than one result: passed on retry, or failed after passing."
    )
    flips = models.PositiveIntegerField(
        default=0, editable=False, help_text="Runs whose result differs from that of the run before."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TestCaseQuerySet.as_manager()

    class Meta:
        db_table = "test_cases"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_flaky(self) -> bool:
        """Over the look-back of the newest refresh."""
        return is_flaky(self.runs, self.flips, self.flaky_runs)


class TestExecutionQuerySet(models.QuerySet["TestExecution"]):
    def in_period(self, period: Period) -> Self:
        return self.filter(executed_at__gte=period.start, executed_at__lt=period.end)

    def told(self) -> Self:
        """Without the skipped ones, which say nothing about the product."""
        return self.exclude(status=ExecutionStatus.SKIPPED)


class TestExecution(models.Model):
    """One run of one test case."""

    __test__ = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    test_case = models.ForeignKey(TestCase, on_delete=models.CASCADE, related_name="executions", db_index=False)
    status = models.CharField(max_length=10, choices=execution_status_choices)
    executed_at = models.DateTimeField()
    flaky = models.BooleanField(
        default=False, help_text="One run, more than one result: it passed on retry, or failed after passing."
    )
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
            # executions of one pipeline run: its page, and what was stored of it before
            models.Index("run_id", name="executions_run"),
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
