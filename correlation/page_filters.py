"""Filters and order of the insights table, as the address names them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest

from correlation.insights import Filters
from correlation.models import TestIntegrationCorrelation
from qa_observability.pages import page_number
from qa_observability.spoken import storable

DEFAULT_SORT = "-score"
SORTS: dict[str, tuple[str, Callable[[TestIntegrationCorrelation], Any]]] = {
    "test": ("Test case", lambda row: row.test_case.name.casefold()),
    "integration": ("Integration", lambda row: (row.integration.position, row.integration.name)),
    "score": ("Score", lambda row: (row.correlation_score, row.confidence)),
    "confidence": ("Confidence", lambda row: row.confidence),
    "hits": ("Incidents", lambda row: (row.hits / max(row.incidents, 1), row.hits)),
    "lead": ("Lead time", lambda row: row.lead_time_seconds if row.lead_time_seconds is not None else -(10**9)),
    "failures": ("Failures", lambda row: row.test_case.failed_runs),
    "seen": ("Last seen", lambda row: row.last_correlated),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightFilters:
    integration: str
    test_case: str
    min_score: Decimal
    correlated: bool
    sort: str
    page: int

    @property
    def active(self) -> bool:
        return bool(self.integration or self.test_case or self.min_score or self.correlated)

    @property
    def of_rows(self) -> Filters:
        return Filters(
            integration=self.integration,
            test_case=self.test_case,
            min_score=self.min_score,
            correlated=self.correlated,
        )


def insight_filters(request: HttpRequest) -> InsightFilters:
    """Return the filters in the address; what cannot be read filters nothing."""
    sort = request.GET.get("sort", DEFAULT_SORT)
    return InsightFilters(
        integration=storable(request.GET.get("integration", ""), most=50),
        test_case=storable(request.GET.get("testCase", ""), most=200).strip(),
        min_score=_score(request.GET.get("minScore", "")),
        correlated=request.GET.get("correlated") == "1",
        sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
        page=page_number(request),
    )


def _score(text: str) -> Decimal:
    try:
        score = Decimal(text[:10])
    except InvalidOperation:
        return Decimal(0)
    return round(score, 2) if score.is_finite() and 0 <= score <= 1 else Decimal(0)


def sorted_rows(rows: Sequence[TestIntegrationCorrelation], sort: str) -> list[TestIntegrationCorrelation]:
    """Return the rows in the order that `sort` names; a leading minus turns it round. Ties keep the best first."""
    _, key = SORTS[sort.removeprefix("-")]
    return sorted(rows, key=key, reverse=sort.startswith("-"))


def sort_links(request: HttpRequest, current: str) -> dict[str, dict[str, str]]:
    """Return `{label, query, direction}` of every column that sorts, for its heading."""
    links = {}
    for name, (label, _) in SORTS.items():
        descending = current == f"-{name}" or (current != name and name not in {"test", "integration"})
        query = request.GET.copy()
        query["sort"] = name if current == f"-{name}" else f"-{name}" if current == name or descending else name
        query.pop("page", None)
        direction = "ascending" if current == name else "descending" if current == f"-{name}" else ""
        links[name] = {"label": label, "query": query.urlencode(), "direction": direction}
    return links
