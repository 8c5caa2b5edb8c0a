import uuid

from django.db import models
from django.db.models import Q


class TestmoRunKind(models.TextChoices):
    MANUAL = "manual", "Manual"
    AUTOMATION = "automation", "Automation"


class TestmoRunState(models.TextChoices):
    OPEN = "open", "Results may follow"
    CLOSED = "closed", "Closed, to be read to its end"
    DONE = "done", "Read to its end"


def testmo_run_kind_choices() -> list[tuple[str, str]]:
    return TestmoRunKind.choices


def testmo_run_state_choices() -> list[tuple[str, str]]:
    return TestmoRunState.choices


class TestmoProject(models.Model):
    """A project whose results are fetched. The cursors are the creation times of the newest runs that were found."""

    __test__ = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    testmo_id = models.PositiveBigIntegerField(
        "project id", unique=True, help_text="The number in the project's address: /projects/view/12 is 12."
    )
    name = models.CharField(max_length=100, blank=True, help_text="Empty: as Testmo calls it.")
    manual_runs = models.BooleanField(default=True, help_text="Fetch the results that people enter.")
    automation_runs = models.BooleanField(default=True, help_text="Fetch the tests of automation runs.")
    manual_cursor = models.DateTimeField(null=True, blank=True, editable=False)
    automation_cursor = models.DateTimeField(null=True, blank=True, editable=False)
    names_page = models.PositiveIntegerField(default=1, editable=False)
    names_at = models.DateTimeField(null=True, blank=True, editable=False)
    note = models.CharField(max_length=300, blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "testmo_projects"
        verbose_name = "Testmo project"
        ordering = ["name", "testmo_id"]

    def __str__(self) -> str:
        return self.name or f"Project {self.testmo_id}"

    @property
    def job_name(self) -> str:
        return f"Testmo: {self.name[:60]} ({self.testmo_id})"


class TestmoRun(models.Model):
    """A run of Testmo's and how far it has been read: results keep arriving in runs that are long known.

    `cursor` is the time of the newest result that is stored (manual), `page` the first page that has not been read to
    its end (automation). Either moves in the transaction that stores the results.
    """

    __test__ = False

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(TestmoProject, on_delete=models.CASCADE, related_name="runs", db_index=False)
    kind = models.CharField(max_length=10, choices=testmo_run_kind_choices)
    run_id = models.PositiveBigIntegerField()
    name = models.CharField(max_length=300, blank=True, default="")
    began_at = models.DateTimeField(help_text="When it was created in Testmo.")
    state = models.CharField(max_length=10, choices=testmo_run_state_choices)
    cursor = models.DateTimeField(null=True, blank=True)
    page = models.PositiveIntegerField(default=1)
    counts = models.CharField(max_length=16, blank=True, default="", help_text="Digest of Testmo's own counts.")
    changed = models.BooleanField(default=True, help_text="The counts have changed since it was read to its end.")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "testmo_runs"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("project", "kind", "run_id", name="testmo_runs_once"),
            models.CheckConstraint(condition=Q(kind__in=TestmoRunKind.values), name="testmo_runs_kind_valid"),
            models.CheckConstraint(condition=Q(state__in=TestmoRunState.values), name="testmo_runs_state_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} run {self.run_id}"


class TestmoCase(models.Model):
    """What Testmo calls a test case."""

    __test__ = False

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(TestmoProject, on_delete=models.CASCADE, related_name="cases", db_index=False)
    case_id = models.PositiveBigIntegerField()
    name = models.CharField(max_length=500, blank=True, default="", help_text="Empty: Testmo does not list it.")

    class Meta:
        db_table = "testmo_cases"
        default_permissions = ()
        constraints = [models.UniqueConstraint("project", "case_id", name="testmo_cases_once")]

    def __str__(self) -> str:
        return self.name or f"Test case {self.case_id}"
