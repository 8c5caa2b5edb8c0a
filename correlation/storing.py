"""What a refresh found, into the tables. Every function expects to run inside one transaction with the others."""

import math
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from correlation.inputs import Parameters
from correlation.loading import World
from correlation.models import TestCase, TestIntegrationCorrelation
from correlation.results import Correlations
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
