"""The tables of the correlation's pages as they are exported; the same rows that the pages show."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from correlation.case_history import Day
from correlation.choices import ExecutionStatus, Pattern
from correlation.lanes import Row
from correlation.models import TestExecution, TestIntegrationCorrelation
from correlation.page_filters import InsightFilters
from correlation.recommendations import Recommendation
from correlation.runs_shown import Run, results_of_run
from correlation.wording import PATTERN_WORDS
from qa_observability.exports.documents import Column, Document, Kind, Table

CHUNK = 2000
NEVER = "It never failed around an incident."
CAUSE_NOTE = "Association in time, not proof of cause."
_TEST = (Column("Test case", width=34), Column("Test case id", width=16), Column("Suite", width=16))
_INTEGRATION = Column("Integration", width=13)
_CORRELATION = (
    Column("Score", Kind.NUMBER, width=6, places=2),
    Column("Type", width=8),
    Column("Confidence", Kind.NUMBER, places=2),
    Column("Pattern", width=16),
    Column("Hits", Kind.NUMBER, width=6),
    Column("Incidents", Kind.NUMBER, width=9),
    Column("Expected by chance", Kind.NUMBER, width=11, places=2),
    Column("Median lead (s)", Kind.NUMBER, width=9),
)
_CORRELATION_END = (Column("Attribution", width=12), Column("Last seen", Kind.TIME, width=13))
_INSIGHTS = (
    *_TEST, _INTEGRATION, *_CORRELATION, Column("Failed runs", Kind.NUMBER, width=8),
    Column("Runs", Kind.NUMBER, width=7), *_CORRELATION_END,
)  # fmt: skip
_EVIDENCE = (
    _INTEGRATION,
    *_CORRELATION,
    Column("Episodes", Kind.NUMBER, width=9),
    Column("Followed by an incident", Kind.NUMBER, width=11),
    *_CORRELATION_END,
)
_FIGURES = (
    _INTEGRATION,
    Column("Question", width=36),
    Column("Usual rate", Kind.RATE),
    Column("p-value", width=10),
    Column("Predictive value", Kind.RATE),
    Column("Base rate", Kind.RATE),
    Column("Executions", Kind.NUMBER),
    Column("First execution", Kind.TIME),
    Column("Last execution", Kind.TIME),
    Column("Window (s)", Kind.NUMBER),
    Column("Look-back (s)", Kind.NUMBER),
)
_RECOMMENDATIONS = (
    Column("Priority", Kind.NUMBER, width=8),
    Column("Recommendation", width=60),
    Column("Test case id"),
    Column("Integration id", width=16),
)
_PAIRS = (
    Column("Incident began", Kind.TIME), _INTEGRATION, Column("Test case", width=34),
    Column("First failed", Kind.TIME), Column("Test failed", width=18),
)  # fmt: skip
_RESULT = (Column("Result", width=9), Column("Flaky", width=6))
_EXECUTIONS = (
    Column("Time", Kind.TIME),
    *_RESULT,
    Column("Duration (ms)", Kind.NUMBER, width=13),
    Column("Run", width=36),
    Column("Source", width=14),
)
_RESULTS = (*_RESULT, *_TEST, Column("Time", Kind.TIME), Column("Duration (ms)", Kind.NUMBER, width=13))
_DAYS = (Column("Day", Kind.DAY), Column("Passed", Kind.NUMBER), Column("Failed", Kind.NUMBER))
_FILES = (
    Column("File", width=40), Column("Results", Kind.NUMBER), Column("SHA-256", width=40),
    Column("Imported", Kind.TIME),
)  # fmt: skip


def insights_document(
    shown: dict[str, Any],
    *,
    rows: Sequence[TestIntegrationCorrelation],
    recommendations: Iterable[Recommendation],
    pairs: Iterable[Row],
    now: datetime,
) -> Document:
    """Return the page of the insights, whose context is `shown`, with all of its rows."""
    filters: InsightFilters = shown["filters"]
    names = {row.slug: row.name for row in shown["integrations"]}
    return Document(
        name="correlations",
        title="Which test warns of which incident",
        facts=(("Computed", _moment(shown["computed_at"]) or "not yet"),),
        period=shown["period"],
        filters=(
            ("Integration", names.get(filters.integration, filters.integration)),
            ("Test case contains", filters.test_case),
            ("Minimum score", filters.min_score),
            ("Correlated only", "yes" if filters.correlated else ""),
        ),
        tables=(
            Table("insights", "Insights", _INSIGHTS, map(_insight, rows)),
            recommendations_table(recommendations),
            Table("pairs", "Failures and their incidents", _PAIRS, map(_pair, pairs)),
        ),
        notes=(CAUSE_NOTE,),
        generated_at=now,
    )


def recommendations_table(rows: Iterable[Recommendation]) -> Table:
    """Return what to do, most urgent first."""
    cells = ((row.priority, row.message, row.test_case_id, row.integration_id) for row in rows)
    return Table("recommendations", "Recommendations", _RECOMMENDATIONS, cells, "Nothing to recommend.")


def test_case_document(shown: dict[str, Any], executions: "QuerySet[TestExecution]", *, now: datetime) -> Document:
    """Return the page of a test case, whose context is `shown`, with all pages of its executions."""
    case, history = shown["case"], shown["history"]
    days = [day for day in reversed(history.days) if day.passed or day.failed]
    return Document(
        name=f"test-case-{case.pk}",
        title=case.name,
        facts=(
            ("Test case id", case.pk),
            ("Suite", case.suite),
            ("Runs", f"{history.runs:,}, of which {history.failed:,} failed and {history.flaky:,} were flaky"),
            ("Skipped", f"{history.skipped:,}"),
        ),
        period=shown["period"],
        filters=(("Result", ExecutionStatus(history.status).label if history.status else ""),),
        tables=(
            Table("correlations", "What it warns of", _EVIDENCE, map(_evidence, shown["rows"]), NEVER),
            Table("figures", "All figures", _FIGURES, map(_figures, shown["rows"]), NEVER),
            Table("days", "Runs a day", _DAYS, map(_day, days), "It did not run in this period."),
            Table("executions", "Executions", _EXECUTIONS, _executions(executions)),
        ),
        notes=(f"{CAUSE_NOTE} The correlations are those of the newest computation, whatever the period.",),
        generated_at=now,
    )


def run_document(run: Run, *, now: datetime) -> Document:
    """Return the page of a run with all of its results, failures first."""
    counts = f"{run.passed:,} passed, {run.failed:,} failed, {run.skipped:,} skipped, {run.flaky:,} flaky"
    files = ((file.name, file.executions, file.sha256, file.created_at) for file in run.files)
    return Document(
        name=f"run-{run.run_id}",
        title=f"Run {run.run_id}",
        facts=(("Ran", f"{_moment(run.first_at)} to {_moment(run.last_at)}"), ("Results", counts)),
        tables=(
            Table("results", "Results", _RESULTS, _results(run.run_id)),
            Table("files", "Files", _FILES, files, "It came through the API, without a file."),
        ),
        generated_at=now,
    )


def _insight(row: TestIntegrationCorrelation) -> tuple[Any, ...]:
    case = row.test_case
    return (
        case.name, case.pk, case.suite, row.integration.name, *_correlation(row),
        case.failed_runs, case.runs, row.get_attribution_display(), row.last_correlated,
    )  # fmt: skip


def _correlation(row: TestIntegrationCorrelation) -> tuple[Any, ...]:
    """Return the figures of a correlation; like the page, no score where there are too few incidents for one."""
    scored = row.pattern != Pattern.INSUFFICIENT
    return (
        row.correlation_score if scored else None,
        row.get_correlation_type_display() if scored else None,
        row.confidence if scored else None,
        PATTERN_WORDS[Pattern(row.pattern)],
        row.hits,
        row.incidents,
        row.expected_hits,
        row.lead_time_seconds,
    )


def _evidence(row: TestIntegrationCorrelation) -> tuple[Any, ...]:
    return (
        row.integration.name, *_correlation(row), row.episodes, row.episodes_followed, row.get_attribution_display(),
        row.last_correlated,
    )  # fmt: skip


def _figures(row: TestIntegrationCorrelation) -> tuple[Any, ...]:
    return (
        row.integration.name, row.get_question_display(), row.usual_rate, f"{row.p_value:.2g}", row.predictive_value,
        row.base_rate, row.executions, row.first_executed_at, row.last_executed_at, row.window_seconds,
        row.lookback_seconds,
    )  # fmt: skip


def _pair(row: Row) -> tuple[Any, ...]:
    return row.onset_at, row.integration, row.test_case, row.first_red_at, row.lead


def _day(day: Day) -> tuple[Any, ...]:
    return day.date, day.passed, day.failed


def _executions(rows: "QuerySet[TestExecution]") -> Iterator[tuple[Any, ...]]:
    for row in rows.order_by("-executed_at", "-id").iterator(chunk_size=CHUNK):
        yield row.executed_at, *_result(row), row.duration_ms, row.run_id, row.get_source_display()


def _results(run_id: str) -> Iterator[tuple[Any, ...]]:
    for row in results_of_run(run_id).iterator(chunk_size=CHUNK):
        case = row.test_case
        yield *_result(row), case.name, case.pk, case.suite, row.executed_at, row.duration_ms


def _result(row: TestExecution) -> tuple[str, str]:
    return row.get_status_display(), "Yes" if row.flaky else "No"


def _moment(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if value else ""
