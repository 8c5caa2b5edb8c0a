"""The incidents of a period as list and API show them: filtered by the database, with their cost and warnings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from correlation.models import Incident
from correlation.stakes import costs_of
from integrations.choices import Severity
from qa_observability.periods import Period
from revenue.services import EventsCost

_SEVERITIES = [severity.value for severity in Severity]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilters:
    """Which incidents to show; empty text filters nothing."""

    integration: str = ""
    state: str = ""
    root_cause: str = ""

    @property
    def active(self) -> bool:
        return bool(self.integration or self.state or self.root_cause)


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident, how many tests warned of it, and what its events cost; None where nobody may or can know."""

    incident: Incident
    tests: int
    cost: EventsCost | None


SORTS: dict[str, tuple[str, Callable[[IncidentRow], Any]]] = {
    "onset": ("Began", lambda row: row.incident.onset_at),
    "integration": ("Integration", lambda row: (row.incident.integration.position, row.incident.integration.name)),
    "length": ("Lasted", lambda row: row.incident.length),
    "severity": ("Worst", lambda row: severity_rank(row.incident)),
    "events": ("Events", lambda row: row.incident.events),
    "tests": ("Tests that warned", lambda row: row.tests),
    "cost": ("Cost", lambda row: row.cost.total if row.cost else Decimal(0)),
}
DEFAULT_SORT = "-onset"


def severity_rank(incident: Incident) -> int:
    """Return how bad an incident was; one that only an observation tells of was critical."""
    return _SEVERITIES.index(incident.worst_severity) if incident.worst_severity else len(_SEVERITIES) - 1


def incidents(
    period: Period, filters: IncidentFilters, *, now: datetime, with_costs: bool, sort: str = DEFAULT_SORT
) -> list[IncidentRow]:
    """Return the incidents that began in the period, of active integrations or of the one asked for.

    Parameters
    ----------
    with_costs : whether whoever asks may see money.
    sort : a key of SORTS, with a leading minus to turn it round; of equal ones the newest comes first.

    Notes
    -----
    Two queries. Ones that the newest refresh did not find are there where they are asked for, and where no state is.
    """
    rows = Incident.objects.in_period(period).with_recovery(now=now)
    if filters.integration:
        rows = rows.filter(integration_id=filters.integration)
    else:
        rows = rows.filter(integration__is_active=True)
    if filters.state:
        rows = rows.in_state(filters.state)
    if filters.root_cause:
        rows = rows.filter(root_cause=filters.root_cause)
    counted = rows.with_tests().select_related("integration", "acknowledged_by")
    return sorted_rows(_with_costs(list(counted.order_by("-onset_at", "integration")), with_costs), sort)


def newest_of(integration_id: str, period: Period, *, now: datetime, with_costs: bool, count: int) -> list[IncidentRow]:
    """Return the newest incidents of one integration in a period, for its page. Two queries."""
    rows = Incident.objects.found().in_period(period).filter(integration=integration_id).with_recovery(now=now)
    counted = rows.with_tests().select_related("integration", "acknowledged_by")
    return _with_costs(list(counted.order_by("-onset_at")[:count]), with_costs)


def sorted_rows(rows: Sequence[IncidentRow], sort: str) -> list[IncidentRow]:
    _, key = SORTS[sort.removeprefix("-")]
    return sorted(rows, key=key, reverse=sort.startswith("-"))


def near(incident: Incident) -> tuple[Incident | None, Incident | None]:
    """Return the incidents of the same integration before and after this one. Two queries."""
    others = Incident.objects.found().filter(integration=incident.integration_id).exclude(pk=incident.pk)
    before = others.filter(onset_at__lt=incident.onset_at).order_by("-onset_at").first()
    return before, others.filter(onset_at__gt=incident.onset_at).order_by("onset_at").first()


def of_alerts(alerts: Sequence[Any], *, within: timedelta) -> dict[Any, Incident]:
    """Return the incident that each alert about a critical integration is about, where one is known. One query.

    That is the newest one of its integration which began at most `within` after it turned critical, and which was not
    over by more than `within` before.
    """
    told = [alert for alert in alerts if alert.test_case_id is None]
    if not told:
        return {}
    first, last = min(alert.failed_at for alert in told), max(alert.failed_at for alert in told)
    known = Incident.objects.found().filter(
        integration__in={alert.integration_id for alert in told},
        ended_at__gte=first - within,
        onset_at__lte=last + within,
    )
    oldest_first = list(known.order_by("onset_at"))
    return {
        alert.pk: incident
        for alert in told
        for incident in oldest_first
        if incident.integration_id == alert.integration_id
        and incident.onset_at - within <= alert.failed_at <= incident.ended_at + within
    }


def _with_costs(found: list[Any], with_costs: bool) -> list[IncidentRow]:
    costs = costs_of(found) if with_costs else None
    return [
        IncidentRow(incident, incident.tests, costs[at] if costs is not None else None)
        for at, incident in enumerate(found)
    ]
