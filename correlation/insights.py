"""What pages and API show of the correlations: stored rows in, sorted and filtered rows out, few queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from correlation.choices import RefreshState
from correlation.models import CorrelationRefresh, TestCase, TestIntegrationCorrelation
from correlation.recommendations import Candidate, Recommendation, recommend
from correlation.stakes import revenue_at_risk
from correlation.stored_evidence import evidence_of
from qa_observability.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which correlations to show; what is empty filters nothing. `test_case` is part of a name, suite or id."""

    integration: str = ""
    test_case_id: str = ""
    test_case: str = ""
    min_score: Decimal = Decimal(0)
    correlated: bool = False


def correlations(period: Period, filters: Filters) -> list[TestIntegrationCorrelation]:
    """Return the correlations whose newest hit lies in the period, best first, with test case and integration."""
    rows = TestIntegrationCorrelation.objects.in_period(period).filter(integration__is_active=True)
    if filters.correlated:
        rows = rows.correlated()
    if filters.integration:
        rows = rows.filter(integration_id=filters.integration)
    if filters.test_case_id:
        rows = rows.filter(test_case_id=filters.test_case_id)
    if filters.test_case:
        rows = rows.filter(test_case__in=TestCase.objects.matching(filters.test_case))
    if filters.min_score:
        rows = rows.filter(correlation_score__gte=filters.min_score)
    return list(rows.select_related("test_case", "integration").best_first())


def recommendations(rows: Sequence[TestIntegrationCorrelation], period: Period) -> list[Recommendation]:
    """Return what to do about these correlations, most urgent first."""
    if not rows:
        return []
    candidates = [
        Candidate(
            test_case_id=row.test_case_id,
            integration_id=row.integration_id,
            score=row.correlation_score,
            confidence=row.confidence,
            correlation_type=row.correlation_type,
            evidence=evidence_of(row),
        )
        for row in rows
    ]
    return recommend(candidates, revenue_at_risk(period))


def top_recommendations(period: Period, count: int) -> list[Recommendation]:
    """Return the most urgent things to do about all correlations of the period."""
    rows = TestIntegrationCorrelation.objects.in_period(period).filter(integration__is_active=True).worth_acting_on()
    return recommendations(list(rows.select_related("test_case", "integration")), period)[:count]


def computed_at() -> datetime | None:
    """Return when the correlations were last computed."""
    done = CorrelationRefresh.objects.filter(state=RefreshState.SUCCEEDED, finished_at__isnull=False)
    return done.order_by("-finished_at").values_list("finished_at", flat=True).first()


def under_way() -> CorrelationRefresh | None:
    """Return the refresh that waits or runs, if there is one."""
    return CorrelationRefresh.objects.filter(state__in=[RefreshState.QUEUED, RefreshState.RUNNING]).first()
