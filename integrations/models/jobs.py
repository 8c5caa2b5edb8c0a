import uuid

from django.db import models
from django.db.models import F, Q


class JobState(models.TextChoices):
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"


def job_state_choices() -> list[tuple[str, str]]:
    return JobState.choices


class JobRun(models.Model):
    """One run of one background job, and the lock that keeps a second one from running beside it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=job_state_choices, default=JobState.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(help_text="A run that is still going after this was killed.")
    rows = models.PositiveBigIntegerField(default=0, help_text="Rows written or removed.")
    error = models.TextField(blank=True, default="")

    class Meta:
        db_table = "job_runs"
        ordering = ["-started_at"]
        indexes = [
            # the newest run of a job, for pages and readiness
            models.Index("name", F("started_at").desc(), name="jobs_name_started"),
        ]
        constraints = [
            models.UniqueConstraint("name", name="jobs_one_running", condition=Q(state=JobState.RUNNING)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class JobStanding(models.Model):
    """How a job stands after its last run: one row for each name, kept by `run_job`."""

    name = models.CharField(primary_key=True, max_length=100)
    state = models.CharField(max_length=10, choices=job_state_choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    rows = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    succeeded_at = models.DateTimeField(null=True, blank=True, help_text="End of the last run that succeeded.")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="Start of the first of the failed runs.")
    failures = models.PositiveIntegerField(default=0, help_text="Failed runs since the last one that succeeded.")

    class Meta:
        db_table = "job_standings"
        permissions = [("test_connection", "Can test connections")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
