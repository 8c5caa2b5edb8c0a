"""Every write of test cases and executions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from correlation.choices import ExecutionStatus
from correlation.models import TestCase, TestExecution

BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionInput:
    """One run of one test case; `duration_ms` is in milliseconds, `executed_at` aware."""

    test_case_id: str
    test_case_name: str
    status: str
    executed_at: datetime
    run_id: str
    source: str
    duration_ms: int | None = None
    suite: str = ""


@dataclass(frozen=True, slots=True)
class RecordedExecutions:
    """Counts: executions that are new, executions seen before, and test cases seen for the first time."""

    created: int
    duplicates: int
    test_cases: int


def record_executions(given: Sequence[ExecutionInput]) -> RecordedExecutions:
    """Store executions, and the test cases that are new; the same (test case, run, time) is stored once.

    Raises
    ------
    ValueError : for a status that is none; then nothing is stored.
    """
    allowed = ExecutionStatus.values
    for row in given:
        if row.status not in allowed:
            raise ValueError(f"{row.status!r} is not one of {', '.join(allowed)}")
    with transaction.atomic():
        cases_before = TestCase.objects.count()
        cases = {row.test_case_id: row for row in given}
        TestCase.objects.bulk_create(
            (
                TestCase(id=row.test_case_id, name=row.test_case_name, suite=row.suite, source=row.source)
                for row in cases.values()
            ),
            batch_size=BATCH,
            ignore_conflicts=True,
        )
        fresh = {(row.test_case_id, row.run_id, row.executed_at): row for row in given}
        seen = set(
            TestExecution.objects.filter(run_id__in={row.run_id for row in given}, test_case__in=cases).values_list(
                "test_case_id", "run_id", "executed_at"
            )
        )
        new = [row for key, row in fresh.items() if key not in seen]
        TestExecution.objects.bulk_create(
            (
                TestExecution(
                    test_case_id=row.test_case_id,
                    status=row.status,
                    executed_at=row.executed_at,
                    duration_ms=row.duration_ms,
                    run_id=row.run_id,
                    source=row.source,
                )
                for row in new
            ),
            batch_size=BATCH,
            ignore_conflicts=True,
        )
        return RecordedExecutions(
            created=len(new),
            duplicates=len(given) - len(new),
            test_cases=TestCase.objects.count() - cases_before,
        )
