"""Totals of an export judged: what they say, and do not say, about the health of each integration; pure.

Inbound logs do not show the system pushing to channels, and channels answer HTTP 200 with errors inside: a good
rate is no proof of good synchronisation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import nsmallest
from typing import Literal

from integrations.splunk.classification import Area
from integrations.splunk.totals import EndpointSum, Group, Tally, Totals, endpoint_sum

Basis = Literal["total", "server"]
Status = Literal["insufficient", "healthy", "warning", "critical"]
SyncStatus = Literal["ok", "warning", "error"]

WORST_SHOWN = 5
_INCLUDED = [area for area in Area if not area.excluded]
_SYNC: Mapping[Status | None, SyncStatus] = {"healthy": "ok", "warning": "warning", "critical": "error"}


@dataclass(frozen=True, slots=True)
class AreaFinding:
    """One area of one integration; all four are there, met or not. `errors` and `rate` follow the chosen basis.

    rate: errors per request, 0..1 with four decimals; None without requests. status: None without requests,
    "insufficient" below the minimum, otherwise from the rate.
    """

    area: Area
    requests: int
    errors: int
    rate: Decimal | None
    status: Status | None
    worst_endpoints: tuple[EndpointSum, ...] = ()


@dataclass(frozen=True, slots=True)
class IntegrationFinding:
    """What one bucket, or the whole export where `start` is None, says about one integration.

    Rates are errors per request, 0..1 with four decimals. Everything is None for which there were too few requests;
    when `is_conclusive` is False, that is everything, and nothing should be stored as an observation.
    """

    integration: str
    start: datetime | None
    areas: tuple[AreaFinding, ...]
    requests: int
    errors: int
    pricing_sync_status: SyncStatus | None
    fees_sync_status: SyncStatus | None
    booking_loss_rate: Decimal | None
    error_rate: Decimal | None
    worst_endpoints: tuple[EndpointSum, ...]

    @property
    def is_conclusive(self) -> bool:
        return self.error_rate is not None


def judge(
    totals: Totals, *, warning_rate: Decimal, critical_rate: Decimal, min_requests: int, basis: Basis = "total"
) -> list[IntegrationFinding]:
    """Return a finding per integration and bucket, sorted by both; integrations in `totals.unknown` have none.

    Parameters: `warning_rate` <= `critical_rate`, ratios in 0..1; from each of them on, the rate has that status.
    `min_requests` >= 1: fewer requests are insufficient data. `basis`: "total" counts 4xx, 5xx and keyword hits as
    errors, "server" only 5xx, since 404 and 409 are often normal answers.

    Raises ValueError for thresholds or a minimum outside these ranges, and for another basis.

    Rates are rounded half up to four decimals once, and classified as rounded: 0.01995 is 0.0200 and a warning at 0.02.
    """
    if not 0 <= warning_rate <= critical_rate <= 1:
        raise ValueError("The rates must satisfy 0 <= warning <= critical <= 1.")
    if min_requests < 1:
        raise ValueError("The minimum of requests must be at least 1.")
    if basis not in ("total", "server"):
        raise ValueError(f"Unknown basis {basis!r}.")
    judgement = _Judgement(Decimal(warning_rate), Decimal(critical_rate), min_requests, basis)
    buckets: dict[tuple[str, datetime | None], dict[Area, Group]] = {}
    for key, group in totals.groups.items():
        buckets.setdefault((key.integration, key.start), {})[key.area] = group
    # Rows without a time come first among the findings of an integration.
    order = sorted(buckets, key=lambda place: (place[0], place[1] is not None, place[1]))
    return [judgement.of_integration(integration, start, buckets[integration, start]) for integration, start in order]


@dataclass(frozen=True, slots=True)
class _Judgement:
    warning_rate: Decimal
    critical_rate: Decimal
    min_requests: int
    basis: Basis

    def of_integration(self, integration: str, start: datetime | None, groups: dict[Area, Group]) -> IntegrationFinding:
        areas = {area: self.of_area(area, groups.get(area, Group())) for area in _INCLUDED}
        requests = sum(area.requests for area in areas.values())
        errors = sum(area.errors for area in areas.values())
        booking = areas[Area.BOOKING]
        return IntegrationFinding(
            integration=integration,
            start=start,
            areas=tuple(areas.values()),
            requests=requests,
            errors=errors,
            pricing_sync_status=_sync_status(areas[Area.PRICING]),
            fees_sync_status=_sync_status(areas[Area.FEES]),
            booking_loss_rate=booking.rate if booking.requests >= self.min_requests else None,
            error_rate=_rate(errors, requests) if requests >= self.min_requests else None,
            worst_endpoints=self.worst(groups.values()),
        )

    def of_area(self, area: Area, group: Group) -> AreaFinding:
        total = group.total
        errors = self.errors_of(total)
        rate = _rate(errors, total.requests)
        return AreaFinding(area, total.requests, errors, rate, self.status(rate, total.requests), self.worst([group]))

    def status(self, rate: Decimal | None, requests: int) -> Status | None:
        if rate is None:
            return None
        if requests < self.min_requests:
            return "insufficient"
        if rate >= self.critical_rate:
            return "critical"
        return "warning" if rate >= self.warning_rate else "healthy"

    def worst(self, groups: Iterable[Group]) -> tuple[EndpointSum, ...]:
        """Return the paths with the most errors, all areas together; a path without errors is never among them."""
        failing = (item for group in groups for item in group.paths.items() if self.errors_of(item[1]))
        ranked = nsmallest(WORST_SHOWN, failing, key=self._rank)
        return tuple(endpoint_sum(path, tally) for path, tally in ranked)

    def _rank(self, item: tuple[str, Tally]) -> tuple[int, int, str]:
        path, tally = item
        return -self.errors_of(tally), -tally.requests, path

    def errors_of(self, tally: Tally) -> int:
        return tally.errors if self.basis == "total" else tally.server_errors


def _rate(errors: int, requests: int) -> Decimal | None:
    if requests == 0:
        return None
    # In whole numbers, since a quotient rounded to 28 digits first could turn just below a half into a half.
    return Decimal((2 * 10_000 * errors + requests) // (2 * requests)).scaleb(-4)


def _sync_status(finding: AreaFinding) -> SyncStatus | None:
    return _SYNC.get(finding.status)
