"""Test results as JSON: stored once, all or nothing, by those who may."""

import json
from datetime import timedelta

import pytest

from correlation.models import CorrelationRefresh, TestCase, TestExecution
from correlation.services import record_executions
from integrations.inputs import RowsError
from tests.conftest import NOW
from tests.correlation.factories import MINUTE, an_execution, as_json
from tests.problems import assert_problem

URL = "/api/v1/correlation/executions"
pytestmark = pytest.mark.django_db


def test_a_list_is_stored_and_counted(ingest_api, now) -> None:
    rows = [
        as_json(),
        as_json(testCaseId="fees", testCaseName="Fee sync", status="passed", durationMs=840, suite="Fees"),
    ]
    response = ingest_api.post(URL, rows)
    assert response.status_code == 201
    assert response.json() == {"created": 2, "duplicates": 0, "testCases": 2}
    assert TestExecution.objects.get(test_case="fees").duration_ms == 840
    assert TestCase.objects.get(pk="fees").suite == "Fees"


def test_the_same_list_again_changes_nothing(ingest_api, now) -> None:
    rows = [as_json(), as_json(testCaseId="fees")]
    ingest_api.post(URL, rows)
    response = ingest_api.post(URL, rows)
    assert response.status_code == 200
    assert response.json() == {"created": 0, "duplicates": 2, "testCases": 0}
    assert TestExecution.objects.count() == 2


def test_one_object_is_a_list_of_one(ingest_api, now) -> None:
    assert ingest_api.post(URL, as_json()).json() == {"created": 1, "duplicates": 0, "testCases": 1}


def test_one_bad_row_and_none_is_stored(ingest_api, now) -> None:
    response = ingest_api.post(URL, [as_json(), as_json(status="exploded")])
    assert_problem(response, 400, "[1].status")
    assert not TestExecution.objects.exists()
    assert not TestCase.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"executedAt": "2026-03-18T16:00:00Z"}, "[0].executedAt"),
        ({"executedAt": "1999-12-31T23:59:59Z"}, "[0].executedAt"),
        ({"executedAt": "soon"}, "[0].executedAt"),
        ({"durationMs": -1}, "[0].durationMs"),
        ({"durationMs": 10**30}, "[0].durationMs"),
        ({"testCaseId": "x" * 101}, "[0].testCaseId"),
        ({"testCaseId": "a\nb"}, "[0].testCaseId"),
        ({"testCaseId": "a\x00b"}, "[0].testCaseId"),
        ({"testCaseId": ""}, "[0].testCaseId"),
        ({"runId": "r" * 201}, "[0].runId"),
        ({"status": None}, "[0].status"),
        ({"status": ["failed"]}, "[0].status"),
        ({"colour": "red"}, "[0].colour"),
    ],
)
def test_bad_values_are_refused_by_field(ingest_api, now, fields, field) -> None:
    assert_problem(ingest_api.post(URL, [as_json(**fields)]), 400, field)


def test_a_lone_surrogate_is_refused(ingest_api, now) -> None:
    body = json.dumps([as_json(testCaseName="\ud800")])
    assert_problem(ingest_api.generic("POST", URL, body, "application/json"), 400, "[0].testCaseName")


def test_bad_bodies_are_refused(ingest_api, now) -> None:
    for body in ("[[]]", "3", '"x"', "null", "[", "[" * 100_000):
        response = ingest_api.generic("POST", URL, body, content_type="application/json")
        assert_problem(response, 400)
    assert_problem(ingest_api.post(URL, [as_json()] * 10_001), 400)


def test_who_may(viewer_api, lead_api, ingest_api, api_for, now) -> None:
    assert_problem(viewer_api.post(URL, [as_json()]), 403)
    assert_problem(api_for(None).post(URL, [as_json()]), 403)
    assert lead_api.post(URL, [as_json()]).status_code == 201
    assert_problem(ingest_api.get(URL), 405)


def test_a_test_case_takes_its_newest_name(now) -> None:
    record_executions([an_execution()], now=now)
    record_executions([an_execution(test_case_name="Booking Flow", run_id="build-2")], now=now)
    assert TestCase.objects.get().name == "Booking Flow"


def test_retries_within_one_moment_are_one_flaky_execution(now) -> None:
    recorded = record_executions(
        [an_execution(), an_execution(status="passed"), an_execution(status="skipped")], now=now
    )
    execution = TestExecution.objects.get()
    assert (execution.status, execution.flaky) == ("passed", True)
    assert (recorded.created, recorded.duplicates) == (1, 2)


def test_new_executions_ask_for_one_refresh(now) -> None:
    record_executions([an_execution()], now=now)
    record_executions([an_execution(run_id="build-2")], now=now + 2 * MINUTE)
    refresh = CorrelationRefresh.objects.get()
    assert refresh.due_at == now + timedelta(minutes=1)


def test_a_bad_row_is_named_by_its_index() -> None:
    with pytest.raises(RowsError) as caught:
        record_executions([an_execution(), an_execution(executed_at=NOW + timedelta(days=1))], now=NOW)
    assert list(caught.value.errors) == [1]


def test_queries_do_not_grow_with_the_rows(django_assert_max_num_queries, now) -> None:
    rows = [an_execution(test_case_id=f"t{n}", status="passed") for n in range(200)]
    with django_assert_max_num_queries(15):
        record_executions(rows, now=now)
