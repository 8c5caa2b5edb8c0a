"""Reads what the timeline draws: failures counted by the database, incidents, and which failure belongs to which."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import Floor

from correlation.choices import ExecutionStatus
from correlation.models import Incident, IncidentWarning, TestExecution, TestIntegrationCorrelation
from correlation.timeline import BINS, Lane, Match, Scale, Span, lay_out
from correlation.wording import lead_in_words, span
from integrations.maintenance import occurrences_between
from integrations.models import Integration
from qa_observability.expressions import Epoch
from qa_observability.periods import Period


@dataclass(frozen=True, slots=True)
class Row:
    """One matched pair, for the table behind the drawing."""

    integration: str
    test_case: str
    test_case_id: str
    first_red_at: datetime
    onset_at: datetime
    lead: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One integration's lanes with their numbers in words."""

    integration: Integration
    lane: Lane
    summary: str


@dataclass(frozen=True, slots=True)
class Timeline:
    scale: Scale
    lanes: list[Drawn]
    rows: list[Row]

    @property
    def has_maintenance(self) -> bool:
        return any(drawn.lane.maintenance for drawn in self.lanes)


def timeline(shown: Sequence[TestIntegrationCorrelation], period: Period, *, now: datetime) -> Timeline:
    """Return the timeline of the correlated pairs among those shown. Four queries, however many pairs."""
    scale = Scale(period.start, min(period.end, now + timedelta(minutes=1)))
    pairs = [row for row in shown if row.is_correlated]
    integrations = {row.integration_id: row.integration for row in pairs}
    tests_of: dict[str, set[str]] = defaultdict(set)
    for row in pairs:
        tests_of[row.integration_id].add(row.test_case_id)
    by_test = _failures({row.test_case_id for row in pairs}, scale)
    incidents, matches, rows = _incidents(tests_of, period)
    maintenance = occurrences_between(scale.start, scale.end) if pairs else []
    counted = {slug: _summed(by_test, tests) for slug, tests in tests_of.items()}
    most = max((count for bins in counted.values() for count in bins.values()), default=1)
    lanes = []
    for slug, integration in sorted(integrations.items(), key=lambda item: (item[1].position, item[0])):
        windows = [
            Span(window.start, window.end, f"Maintenance{': ' if window.reason else ''}{window.reason}")
            for window in maintenance
            if window.integration_id in (None, slug)
        ]
        lane = lay_out(
            scale,
            failures=counted[slug],
            most=most,
            incidents=incidents[slug],
            matches=matches[slug],
            maintenance=windows,
        )
        lanes.append(
            Drawn(integration, lane, _in_words(sum(counted[slug].values()), len(incidents[slug]), matches[slug]))
        )
    return Timeline(scale, lanes, rows)


def _failures(tests: Collection[str], scale: Scale) -> dict[str, dict[int, int]]:
    """Return how often each test case failed in each bin."""
    if not tests:
        return {}
    start, width = scale.start.timestamp(), (scale.end - scale.start).total_seconds() / BINS
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    failed = TestExecution.objects.filter(
        test_case__in=tests,
        status=ExecutionStatus.FAILED,
        executed_at__gte=scale.start,
        executed_at__lt=scale.end,
    )
    grouped = (
        failed.order_by()
        .annotate(bin=Floor((Epoch("executed_at") - start) / width))
        .values("test_case_id", "bin")
        .annotate(count=Count("pk"))
    )
    for row in grouped.values_list("test_case_id", "bin", "count"):
        counts[row[0]][min(max(int(row[1]), 0), BINS - 1)] += row[2]
    return counts


def _summed(by_test: dict[str, dict[int, int]], tests: Collection[str]) -> dict[int, int]:
    total: dict[int, int] = defaultdict(int)
    for test in tests:
        for number, count in by_test.get(test, {}).items():
            total[number] += count
    return dict(total)


def _incidents(tests_of: dict[str, set[str]], period: Period) -> tuple[Any, Any, list[Row]]:
    """Return incidents and matches by integration, and the rows of the table, newest first."""
    spans: dict[str, list[Span]] = defaultdict(list)
    matches: dict[str, list[Match]] = defaultdict(list)
    rows: list[Row] = []
    if not tests_of:
        return spans, matches, rows
    found = Incident.objects.found().in_period(period).filter(integration__in=list(tests_of)).order_by("onset_at")
    for incident in found:
        length = span((incident.ended_at - incident.onset_at).total_seconds())
        title = f"Incident {incident.onset_at:%Y-%m-%d %H:%M} UTC, {length}, {incident.events} events"
        spans[incident.integration_id].append(Span(incident.onset_at, incident.ended_at, title))
    warnings = (
        IncidentWarning.objects.filter(
            incident__in=[incident.pk for incident in found],
            test_case__in={test for tests in tests_of.values() for test in tests},
        )
        .select_related("incident__integration", "test_case")
        .order_by("-incident__onset_at", "first_red_at")
    )
    for warning in warnings:
        slug = warning.incident.integration_id
        if warning.test_case_id not in tests_of[slug]:
            continue
        onset_at = warning.incident.onset_at
        lead = lead_in_words(round((onset_at - warning.first_red_at).total_seconds()))
        title = f"{warning.test_case.name}: failed {lead} the incident of {onset_at:%Y-%m-%d %H:%M} UTC"
        matches[slug].append(Match(warning.first_red_at, onset_at, title))
        rows.append(
            Row(
                warning.incident.integration.name,
                warning.test_case.name,
                warning.test_case_id,
                warning.first_red_at,
                onset_at,
                lead,
            )
        )
    return spans, matches, rows


def _in_words(failures: int, incidents: int, matches: Sequence[Match]) -> str:
    return (
        f"{failures:,} failure{'s' if failures != 1 else ''}, {incidents} incident{'s' if incidents != 1 else ''}, "
        f"{len(matches)} matched pair{'s' if len(matches) != 1 else ''}"
    )
