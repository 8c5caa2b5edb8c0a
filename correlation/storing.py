"""What a refresh found, into the tables. Every function expects to run inside one transaction with the others."""

import math
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from correlation.incidents import Incidents
from correlation.inputs import Parameters
from correlation.loading import World
from correlation.models import Incident, IncidentWarning, TestCase, TestIntegrationCorrelation
from correlation.results import Correlations, MatchedFailures
from correlation.steadiness import Steadiness

BATCH = 500
_KEYS = ("test_case", "integration")
_COLUMNS = [
    field.name
    for field in TestIntegrationCorrelation._meta.concrete_fields
    if field.name not in {"id", "created_at", *_KEYS}
]


def store_pairs(found: Correlations, world: World, parameters: Parameters) -> None:
    """Insert or update every pair that was found, and remove those that have no hit any more."""
    rows = [_pair(found, at, world, parameters) for at in range(len(found))]
    kept = {(row.test_case_id, row.integration_id) for row in rows}
    stored = TestIntegrationCorrelation.objects.select_for_update().order_by("pk")
    gone = [pk for pk, *pair in stored.values_list("pk", "test_case_id", "integration_id") if tuple(pair) not in kept]
    TestIntegrationCorrelation.objects.filter(pk__in=gone).delete()
    TestIntegrationCorrelation.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=list(_KEYS), update_fields=_COLUMNS
    )


def _pair(found: Correlations, at: int, world: World, parameters: Parameters) -> TestIntegrationCorrelation:
    lead = float(found.lead_time[at])
    return TestIntegrationCorrelation(
        test_case_id=world.tests[found.test[at]],
        integration_id=world.integrations[found.integration[at]],
        correlation_score=Decimal(f"{found.score[at]:.2f}"),
        confidence=Decimal(f"{found.confidence[at]:.2f}"),
        correlation_type=str(found.correlation_type[at]),
        pattern=str(found.pattern[at]),
        last_correlated=_moment(found.last_correlated[at]),
        incidents=int(found.incidents[at]),
        hits=int(found.hits[at]),
        usual_rate=float(found.usual_rate[at]),
        expected_hits=float(found.expected_hits[at]),
        p_value=float(found.p_value[at]),
        question=str(found.question[at]),
        lead_time_seconds=None if math.isnan(lead) else round(lead),
        episodes=int(found.episodes[at]),
        episodes_followed=int(found.episodes_followed[at]),
        predictive_value=float(found.predictive_value[at]),
        base_rate=float(found.base_rate[at]),
        executions=int(found.executions[at]),
        first_executed_at=_moment(found.first_execution[at]),
        last_executed_at=_moment(found.last_execution[at]),
        attribution=str(found.attribution[at]),
        window_seconds=round(parameters.window),
        lookback_seconds=round(parameters.lookback),
    )


def store_incidents(incidents: Incidents, warnings: MatchedFailures, world: World, *, since: datetime) -> None:
    """Bring the incidents of the look-back up to date, and which test cases warned of each.

    An incident that overlaps a stored one of its integration is that one: it keeps its row, and with it what people
    attach to it. Stored ones of the look-back that were not found again are removed; older ones stay.
    """
    stored: dict[str, list[Incident]] = {}
    for row in Incident.objects.select_for_update().filter(ended_at__gte=since).order_by("onset_at"):
        stored.setdefault(row.integration_id, []).append(row)
    rows, new, changed = [], [], []
    for slug_at, onset, end, events in zip(
        incidents.integration, incidents.onset, incidents.end, incidents.events, strict=True
    ):
        slug, onset_at, ended_at = world.integrations[slug_at], _moment(onset), _moment(end)
        same = next(
            (row for row in stored.get(slug, []) if row.onset_at <= ended_at and row.ended_at >= onset_at), None
        )
        if same is None:
            same = Incident(integration_id=slug, onset_at=onset_at, ended_at=ended_at, events=int(events))
            new.append(same)
        else:
            stored[slug].remove(same)
            if (same.onset_at, same.ended_at, same.events) != (onset_at, ended_at, int(events)):
                same.onset_at, same.ended_at, same.events = onset_at, ended_at, int(events)
                changed.append(same)
        rows.append(same)
    gone = [row.pk for left in stored.values() for row in left if row.onset_at >= since]
    Incident.objects.filter(pk__in=gone).delete()
    Incident.objects.bulk_update(changed, ["onset_at", "ended_at", "events"], batch_size=BATCH)
    Incident.objects.bulk_create(new, batch_size=BATCH)
    _store_warnings(rows, warnings, world)


def _store_warnings(rows: list[Incident], warnings: MatchedFailures, world: World) -> None:
    incident_of = {(row.integration_id, row.onset_at): row.pk for row in rows}
    wanted = {
        (incident_of[world.integrations[integration], _moment(onset)], world.tests[test]): _moment(first_red)
        for test, integration, first_red, onset in zip(
            warnings.test, warnings.integration, warnings.first_red, warnings.onset, strict=True
        )
    }
    stored = IncidentWarning.objects.filter(incident__in=[row.pk for row in rows])
    gone = []
    for pk, incident, test, first_red_at in stored.values_list("pk", "incident_id", "test_case_id", "first_red_at"):
        if wanted.get((incident, test)) == first_red_at:
            del wanted[incident, test]
        else:
            gone.append(pk)
    IncidentWarning.objects.filter(pk__in=gone).delete()
    IncidentWarning.objects.bulk_create(
        (
            IncidentWarning(incident_id=incident, test_case_id=test, first_red_at=first_red_at)
            for (incident, test), first_red_at in wanted.items()
        ),
        batch_size=BATCH,
    )


def store_steadiness(steadiness: Steadiness, tests: list[str]) -> None:
    """Note on each test case how it ran over the look-back."""
    names = ["runs", "failed_runs", "flaky_runs", "flips"]
    counts = np.stack([steadiness.runs, steadiness.failed, steadiness.flaky, steadiness.flips], axis=1).tolist()
    index_of = {pk: index for index, pk in enumerate(tests)}
    changed = []
    for case in TestCase.objects.filter(pk__in=tests).order_by("pk").only(*names):
        wanted = counts[index_of[case.pk]]
        if [case.runs, case.failed_runs, case.flaky_runs, case.flips] != wanted:
            case.runs, case.failed_runs, case.flaky_runs, case.flips = wanted
            changed.append(case)
    TestCase.objects.bulk_update(changed, names, batch_size=BATCH)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(float(seconds), 3), UTC)
