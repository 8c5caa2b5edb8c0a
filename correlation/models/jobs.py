import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from correlation.choices import (
    RefreshReason,
    RefreshState,
    refresh_reason_choices,
    refresh_state_choices,
)


class CorrelationRefresh(models.Model):
    """One refresh of the correlations that was asked for; at most one waits at a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=refresh_state_choices, default=RefreshState.QUEUED)
    reason = models.CharField(max_length=10, choices=refresh_reason_choices)
    due_at = models.DateTimeField(help_text="Not before: several ingests in a row share one refresh.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    pairs = models.PositiveIntegerField(default=0, help_text="Pairs of test case and integration that were stored.")
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "correlation_refreshes"
        verbose_name = "correlation refresh"
        verbose_name_plural = "correlation refreshes"
        ordering = ["-created_at"]
        indexes = [
            # the newest one that succeeded, for "computed 12 min ago"
            models.Index("state", F("finished_at").desc(), name="refreshes_state_finished"),
        ]
        constraints = [
            models.UniqueConstraint("state", name="refreshes_one_queued", condition=Q(state="queued")),
            models.CheckConstraint(condition=Q(state__in=RefreshState.values), name="refreshes_state_valid"),
            models.CheckConstraint(condition=Q(reason__in=RefreshReason.values), name="refreshes_reason_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.state}"


class ImportedFile(models.Model):
    """A test report that went in, so that the same bytes again are recognised and change nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64)
    run_id = models.CharField(max_length=200)
    name = models.CharField(max_length=300)
    assumed_at = models.DateTimeField(help_text="The time that results without one of their own were given.")
    executions = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "imported_test_reports"
        verbose_name = "imported test report"
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint("sha256", "run_id", name="reports_once_per_run")]

    def __str__(self) -> str:
        return self.name
