import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from correlation.models.cases import TestCase
from integrations.models import Integration
from qa_observability.periods import Period


class IncidentQuerySet(models.QuerySet["Incident"]):
    def in_period(self, period: Period) -> Self:
        return self.filter(onset_at__gte=period.start, onset_at__lt=period.end)


class Incident(models.Model):
    """A burst of failure events of one integration, as the newest refresh grouped them.

    A refresh that finds the incident again, a little longer or with an earlier onset, keeps the row and its id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="incidents", db_index=False)
    onset_at = models.DateTimeField("onset")
    ended_at = models.DateTimeField("end", help_text="Its last event.")
    events = models.PositiveIntegerField(help_text="0 where an observation that turned critical is all there is.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        db_table = "incidents"
        ordering = ["-onset_at", "integration"]
        indexes = [
            # incidents of a period, newest first
            models.Index(F("onset_at").desc(), name="incidents_onset"),
        ]
        constraints = [
            models.UniqueConstraint("integration", "onset_at", name="incidents_once"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("onset_at")), name="incidents_end_after_onset"),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} at {self.onset_at:%Y-%m-%d %H:%M} UTC"


class IncidentWarning(models.Model):
    """A failure episode of a correlated test case within the window around an incident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="warnings", db_index=False)
    test_case = models.ForeignKey(TestCase, on_delete=models.CASCADE, related_name="warnings")
    first_red_at = models.DateTimeField("first red run")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "incident_warnings"
        ordering = ["first_red_at"]
        constraints = [models.UniqueConstraint("incident", "test_case", name="warnings_once")]

    def __str__(self) -> str:
        return f"{self.test_case_id} at {self.first_red_at:%Y-%m-%d %H:%M} UTC"
