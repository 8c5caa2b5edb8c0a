"""What the page of a test case shows of its executions in a period."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date

from django.db.models import QuerySet
from django.http import HttpRequest

from correlation.choices import ExecutionStatus
from correlation.flakiness import ENOUGH_RUNS, count_flips, flip_rate, is_flaky
from correlation.models import TestCase, TestExecution
from qa_observability.api.pagination import NewestFirstPagination
from qa_observability.periods import Period

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Day:
    """Runs of one UTC day; the shares are of the busiest day, for the height of its bar."""

    date: date
    passed: int
    failed: int
    passed_height: float
    failed_height: float
    x: int

    @property
    def title(self) -> str:
        return f"{self.date:%a %d %b %Y}: {self.passed} passed, {self.failed} failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Counts are of runs: several results of one run are one run, whose last result counts."""

    runs: int
    failed: int
    skipped: int
    flaky: int
    pass_rate: float | None
    flip_rate: float | None
    is_flaky: bool
    enough_runs: int
    days: list[Day]
    executions: list[TestExecution]
    newer: str | None
    older: str | None
    status: str


BAR_HEIGHT, DAY_WIDTH = 40, 8


def executions_of(case: TestCase, period: Period, *, status: str = "") -> "QuerySet[TestExecution]":
    """Return the executions of a test case in a period, of one status or of all."""
    executions = TestExecution.objects.in_period(period).filter(test_case=case)
    return executions.filter(status=status) if status else executions


def case_history(request: HttpRequest, case: TestCase, period: Period) -> History:
    """Return the history of a test case over a period. Two queries, and one of columns over its runs."""
    columns = (
        executions_of(case, period)
        .order_by("executed_at", "status")
        .values_list("run_id", "executed_at", "status", "flaky")
    )
    last: dict[str, tuple[date, str]] = {}
    seen: dict[str, set[str]] = defaultdict(set)
    flagged: set[str] = set()
    skipped = 0
    for run, executed_at, status, flaky in columns:
        if status == ExecutionStatus.SKIPPED:
            skipped += 1
            continue
        last.pop(run, None)  # a later attempt moves the run to its own place in the order
        last[run] = (executed_at.astimezone(UTC).date(), status)
        seen[run].add(status)
        if flaky:
            flagged.add(run)
    results = [status for _, status in last.values()]
    failed = results.count(ExecutionStatus.FAILED)
    unsteady = sum(len(statuses) > 1 or run in flagged for run, statuses in seen.items())
    flips = count_flips(results)
    chosen = request.GET.get("status", "")
    chosen = chosen if chosen in ExecutionStatus.values else ""
    pagination = NewestFirstPagination(time_field="executed_at", page_size=PER_PAGE)
    page = pagination.read_page_or_newest(executions_of(case, period, status=chosen), request)
    return History(
        runs=len(results),
        failed=failed,
        skipped=skipped,
        flaky=unsteady,
        pass_rate=1 - failed / len(results) if results else None,
        flip_rate=flip_rate(len(results), flips),
        is_flaky=is_flaky(len(results), flips, unsteady),
        enough_runs=ENOUGH_RUNS,
        days=_days(list(last.values()), period),
        executions=page["results"],
        newer=page["previous"],
        older=page["next"],
        status=chosen,
    )


def _days(results: list[tuple[date, str]], period: Period) -> list[Day]:
    counts: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for day, status in results:
        counts[day][status == ExecutionStatus.FAILED] += 1
    busiest = max((sum(pair) for pair in counts.values()), default=1)
    days = []
    for index, day in enumerate(period.dates):
        passed, failed = counts.get(day, [0, 0])
        # A failed run among a hundred must still be seen.
        failed_height = max(BAR_HEIGHT * failed / busiest, 4.0) if failed else 0.0
        passed_height = max(BAR_HEIGHT * (passed + failed) / busiest - failed_height, 0.0)
        days.append(Day(day, passed, failed, round(passed_height, 2), round(failed_height, 2), index * DAY_WIDTH))
    return days
