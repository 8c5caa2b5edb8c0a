import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from correlation.choices import (
    EntryKind,
    IncidentState,
    RootCause,
    entry_kind_choices,
    root_cause_choices,
)
from correlation.models.cases import TestCase
from integrations.choices import HealthStatus, Severity, severity_choices
from integrations.models import Integration, IntegrationHealth
from qa_observability.periods import Period


class IncidentQuerySet(models.QuerySet["Incident"]):
    def in_period(self, period: Period) -> Self:
        return self.filter(onset_at__gte=period.start, onset_at__lt=period.end)

    def found(self) -> Self:
        """Those that the newest refresh found; the others are kept for what people wrote about them."""
        return self.filter(dropped_at=None)

    def with_recovery(self, *, now: datetime) -> Self:
        """Add `recovered_at`, and `lasts`: whether it is going on.

        It has recovered with the first observation after its end that is not critical. Without one it goes on while
        another event would still belong to it, and while somebody goes on finding the channel critical.
        """
        after = IntegrationHealth.objects.filter(
            integration=OuterRef("integration"), last_checked__gt=OuterRef("ended_at")
        )
        mended = after.exclude(status=HealthStatus.CRITICAL).order_by("last_checked").values("last_checked")[:1]
        still_ill = after.filter(last_checked__gt=now - settings.HEALTH_STALE_AFTER)
        annotated = self.annotate(recovered_at=Subquery(mended), is_seen_ill=Exists(still_ill))
        lasting = Q(ended_at__gt=now - settings.CORRELATION_WINDOW) | Q(is_seen_ill=True)
        return annotated.annotate(lasts=models.ExpressionWrapper(
            Q(dropped_at=None) & Q(recovered_at=None) & lasting, output_field=models.BooleanField()
        ))  # fmt: skip

    def with_tests(self) -> Self:
        """Add `tests`: how many test cases warned of it."""
        warnings = IncidentWarning.objects.filter(incident=OuterRef("pk")).order_by().values("incident")
        return self.annotate(tests=Coalesce(Subquery(warnings.annotate(count=Count("pk")).values("count")), 0))

    def in_state(self, state: str) -> Self:
        """Those in one of IncidentState; after `with_recovery`."""
        if state == IncidentState.DROPPED:
            return self.filter(dropped_at__isnull=False)
        if state == IncidentState.RECOVERED:
            return self.filter(dropped_at=None, lasts=False)
        return self.filter(lasts=True, acknowledged_at__isnull=state == IncidentState.OPEN)


class Incident(models.Model):
    """A burst of failure events of one integration, as the newest refresh grouped them.

    A refresh that finds the incident again, a little longer or with an earlier onset, keeps the row and its id. One
    that people have written about is never deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="incidents", db_index=False)
    onset_at = models.DateTimeField("onset")
    ended_at = models.DateTimeField("end", help_text="Its last event.")
    events = models.PositiveIntegerField(help_text="0 where an observation that turned critical is all there is.")
    severity_from = models.CharField(
        max_length=10,
        choices=severity_choices,
        default=Severity.LOW,
        help_text="Its events are those of the integration between onset and end of this severity or worse.",
    )
    worst_severity = models.CharField(max_length=10, choices=severity_choices, null=True, blank=True)
    sums = models.JSONField(default=dict, blank=True, help_text="Its events by type; outlives the events themselves.")
    dropped_at = models.DateTimeField(
        null=True, blank=True, help_text="When a refresh did not find it again, and it was kept for its notes."
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    acknowledged_because = models.CharField("reason", max_length=500, blank=True, default="")
    root_cause = models.CharField(max_length=20, choices=root_cause_choices, blank=True, default="")
    root_cause_text = models.TextField("explanation", blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        db_table = "incidents"
        ordering = ["-onset_at", "integration"]
        permissions = [
            ("acknowledge_incident", "Can acknowledge incidents"),
            ("annotate_incident", "Can write notes and root causes of incidents"),
        ]
        indexes = [
            # incidents of a period, newest first
            models.Index(F("onset_at").desc(), name="incidents_onset"),
        ]
        constraints = [
            models.UniqueConstraint("integration", "onset_at", name="incidents_once"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("onset_at")), name="incidents_end_after_onset"),
            models.CheckConstraint(
                condition=Q(root_cause="") | Q(root_cause__in=RootCause.values), name="incidents_root_cause_valid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} at {self.onset_at:%Y-%m-%d %H:%M} UTC"

    @property
    def length(self) -> timedelta:
        return self.ended_at - self.onset_at

    @property
    def state(self) -> IncidentState:
        """Where it is; of rows that were read `with_recovery`."""
        if self.dropped_at:
            return IncidentState.DROPPED
        lasts: Any = getattr(self, "lasts")  # noqa: B009  an annotation, which the type checker does not know
        if not lasts:
            return IncidentState.RECOVERED
        return IncidentState.ACKNOWLEDGED if self.acknowledged_at else IncidentState.OPEN


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


class IncidentEntry(models.Model):
    """One line of an incident's history: a note, an acknowledgement, a root cause, or how it was regrouped.

    Only ever added to. It protects its incident: no refresh and no clean-up can delete what somebody wrote.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=20, choices=entry_kind_choices)
    text = models.TextField(blank=True, default="")
    root_cause = models.CharField(max_length=20, choices=root_cause_choices, blank=True, default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "incident_entries"
        verbose_name_plural = "incident entries"
        ordering = ["written_at", "created_at"]
        indexes = [
            # the history of one incident
            models.Index("incident", "written_at", name="incident_entries_history"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="incident_entries_kind_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.written_at:%Y-%m-%d %H:%M} UTC"


class IncidentAlias(models.Model):
    """The id of an incident that became part of another one, so that its address still leads somewhere."""

    id = models.UUIDField(primary_key=True, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="aliases")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "incident_aliases"
        verbose_name_plural = "incident aliases"

    def __str__(self) -> str:
        return str(self.id)
