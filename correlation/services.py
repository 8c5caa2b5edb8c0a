"""Every write of test cases and executions. API, imports, admin and tasks all come through here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from correlation.alerts import sync_test_alerts
from correlation.choices import ExecutionStatus, RefreshReason
from correlation.executions import ExecutionInput, collapse_repeats, execution_errors
from correlation.models import TestCase, TestExecution
from correlation.refreshes import SOON, request_refresh
from integrations.inputs import RowsError

__all__ = [
    "ExecutionInput", "RecordedExecutions", "link_test_cases", "name_test_cases", "placeholder_name",
    "record_executions",
]  # fmt: skip

BATCH = 2000
IDS_PER_QUERY = 5000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecordedExecutions:
    """Counts: executions that are new, executions seen before, and test cases seen for the first time."""

    created: int
    duplicates: int
    test_cases: int


def record_executions(given: Sequence[ExecutionInput], *, now: datetime | None = None) -> RecordedExecutions:
    """Store executions, and the test cases that are new; the same (test case, run, time) is stored once.

    A test case takes the newest name and suite that it was given. Alerts of the test cases are raised at once, and
    a refresh of the correlations is asked for.

    Raises
    ------
    RowsError : with every row that breaks a rule; then nothing is stored.
    """
    now = now or timezone.now()
    errors = {index: found for index, row in enumerate(given) if (found := execution_errors(row, now=now))}
    if errors:
        raise RowsError(errors)
    with transaction.atomic():
        new_cases = _store_test_cases(given)
        rows = collapse_repeats(given)
        seen = _seen_before(rows)
        new = [row for row in rows if row.key not in seen]
        TestExecution.objects.bulk_create(map(_execution, new), batch_size=BATCH, ignore_conflicts=True)
        if new:
            request_refresh(RefreshReason.INGESTED, due_at=now + SOON)
    failed = {row.test_case_id for row in new if row.status == ExecutionStatus.FAILED}
    if failed:
        sync_test_alerts(now=now, only=failed)
    return RecordedExecutions(created=len(new), duplicates=len(given) - len(new), test_cases=new_cases)


def link_test_cases(addresses: Mapping[str, str]) -> None:
    """Give test cases the address of their page in another tool, by id; what a person has entered is kept."""
    without = TestCase.objects.filter(pk__in=addresses).filter(Q(testmo_url=None) | Q(testmo_url="")).only("pk")
    cases = list(without.order_by("pk"))
    for case in cases:
        case.testmo_url = addresses[case.pk]
    TestCase.objects.bulk_update(cases, ["testmo_url"], batch_size=BATCH)


def placeholder_name(test_case_id: str) -> str:
    """Return what a test case is called until its tool tells its name."""
    return f"Test case {test_case_id}"


def name_test_cases(names: Mapping[str, str]) -> None:
    """Give test cases, by id, the name that was not known when they were stored; any other name is kept."""
    cases = [
        case
        for case in TestCase.objects.filter(pk__in=names).only("pk", "name").order_by("pk")
        if case.name == placeholder_name(case.pk)
    ]
    for case in cases:
        case.name = names[case.pk]
    TestCase.objects.bulk_update(cases, ["name"], batch_size=BATCH)


def _store_test_cases(given: Sequence[ExecutionInput]) -> int:
    """Create the test cases that are missing, bring names up to date, lock them all; return how many are new.

    In the order of their ids, so that two writers of the same test cases wait for each other instead of deadlocking.
    """
    latest = {row.test_case_id: row for row in given}
    new = 0
    for ids in _chunks(sorted(latest), IDS_PER_QUERY):
        known = set(TestCase.objects.filter(pk__in=ids).values_list("pk", flat=True))
        missing = [latest[id_] for id_ in ids if id_ not in known]
        new += len(missing)
        TestCase.objects.bulk_create(map(_test_case, missing), batch_size=BATCH, ignore_conflicts=True)
        changed = []
        for case in TestCase.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"):
            row = latest[case.pk]
            name, suite = row.test_case_name, row.suite or case.suite
            if (case.name, case.suite) != (name, suite):
                case.name, case.suite = name, suite
                changed.append(case)
        TestCase.objects.bulk_update(changed, ["name", "suite"], batch_size=BATCH)
    return new


def _seen_before(rows: Iterable[ExecutionInput]) -> set[tuple[str, str, datetime]]:
    """Return the keys of these rows' runs that are stored already."""
    rows = list(rows)
    ids, runs = {row.test_case_id for row in rows}, {row.run_id for row in rows}
    seen: set[tuple[str, str, datetime]] = set()
    for some_runs in _chunks(sorted(runs), IDS_PER_QUERY):
        for some_ids in _chunks(sorted(ids), IDS_PER_QUERY):
            stored = TestExecution.objects.filter(run_id__in=some_runs, test_case__in=some_ids).order_by()
            seen.update(stored.values_list("test_case_id", "run_id", "executed_at"))
    return seen


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _test_case(row: ExecutionInput) -> TestCase:
    return TestCase(
        id=row.test_case_id, name=row.test_case_name, suite=row.suite, source=row.source, identity=row.identity
    )


def _execution(row: ExecutionInput) -> TestExecution:
    return TestExecution(
        test_case_id=row.test_case_id,
        status=row.status,
        executed_at=row.executed_at,
        duration_ms=row.duration_ms,
        run_id=row.run_id,
        source=row.source,
        flaky=row.flaky,
    )
