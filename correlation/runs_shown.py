"""What the page of one pipeline run shows."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet

from correlation.choices import ExecutionStatus
from correlation.models import ImportedFile, TestExecution

SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: what went wrong first. `executions` holds at most SHOWN of them."""

    run_id: str
    executions: list[TestExecution]
    total: int
    passed: int
    failed: int
    skipped: int
    flaky: int
    first_at: datetime
    last_at: datetime
    files: list[ImportedFile]


def results_of_run(run_id: str) -> "QuerySet[TestExecution]":
    """Return the results of a run with their test cases, what went wrong first."""
    rows = TestExecution.objects.filter(run_id=run_id).select_related("test_case")
    # "failed" comes before "passed" and "skipped".
    return rows.order_by("status", "-flaky", "test_case__name", "executed_at")


def run_shown(run_id: str) -> Run | None:
    """Return the run of this id; None where no execution names it."""
    rows = TestExecution.objects.filter(run_id=run_id)
    counts = rows.aggregate(
        total=Count("pk"),
        first=Min("executed_at"),
        last=Max("executed_at"),
        flaky=Count("pk", filter=Q(flaky=True)),
        **{status.value: Count("pk", filter=Q(status=status)) for status in ExecutionStatus},
    )
    if not counts["total"]:
        return None
    return Run(
        run_id=run_id,
        executions=list(results_of_run(run_id)[:SHOWN]),
        total=counts["total"],
        passed=counts["passed"],
        failed=counts["failed"],
        skipped=counts["skipped"],
        flaky=counts["flaky"],
        first_at=counts["first"],
        last_at=counts["last"],
        files=list(ImportedFile.objects.filter(run_id=run_id).order_by("name")[:50]),
    )
