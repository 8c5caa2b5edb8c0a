"""POST /integrations/health/{integrationId}/events."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import IntegrationDay, IntegrationEvent, IntegrationHealth
from tests.integrations.factories import assert_days_agree_with_rows
from tests.problems import assert_problem

URL = "/api/v1/integrations/health/vrbo/events"
pytestmark = pytest.mark.usefixtures("now")


def event(**fields):
    return {
        "eventType": "fee_sync_error",
        "severity": "high",
        "message": "Cleaning fee was not sent",
        "occurredAt": "2026-03-18T14:00:00Z",
    } | fields


def raw(api, content):
    return api.post(URL, content, content_type="application/json")


def nothing_is_stored():
    return not (
        IntegrationEvent.objects.exists() or IntegrationDay.objects.exists() or IntegrationHealth.objects.exists()
    )


def test_one_event(ingest_api):
    response = ingest_api.post(URL, event(externalId="E-1"))
    assert (response.status_code, response.json()) == (201, {"created": 1, "duplicates": 0})
    row = IntegrationEvent.objects.get()
    assert (row.integration_id, row.event_type, row.external_id, row.source) == ("vrbo", "fee_sync_error", "E-1", "api")
    assert IntegrationHealth.objects.get().status == "critical"
    assert_days_agree_with_rows()


def test_a_list_of_events(lead_api):
    response = lead_api.post(URL, [event(), event(eventType="booking_loss", severity="low")])
    assert (response.status_code, response.json()) == (201, {"created": 2, "duplicates": 0})
    assert_days_agree_with_rows()


def test_events_seen_before_are_counted_as_duplicates(ingest_api):
    batch = [event(externalId="1"), event(externalId="2"), event(externalId="1"), event()]
    assert ingest_api.post(URL, batch).json() == {"created": 3, "duplicates": 1}
    assert ingest_api.post(URL, batch).json() == {"created": 1, "duplicates": 3}
    again = ingest_api.post(URL, batch[:3])
    assert (again.status_code, again.json()) == (200, {"created": 0, "duplicates": 3})
    assert IntegrationEvent.objects.count() == 4
    assert_days_agree_with_rows()


def test_an_empty_list_is_nothing_to_do(ingest_api):
    response = ingest_api.post(URL, [])
    assert (response.status_code, response.json()) == (200, {"created": 0, "duplicates": 0})


def test_metadata_passes_through_untouched(ingest_api, viewer_api):
    metadata = {
        "snake_case": 1,
        "camelCase": 2,
        "UPPER_Case": {"inner_key": [True, None, 1.5, "ü", ""]},
        "with space": {},
        "nested": [[{"deep_key": "x"}]],
        "ключ": "значение",
        "": "empty key",
        "big": 2**70,
    }
    assert ingest_api.post(URL, event(metadata=metadata)).status_code == 201
    stored = viewer_api.get(URL).json()["events"][0]["metadata"]
    assert stored == metadata
    assert list(stored["UPPER_Case"]) == ["inner_key"]


def test_ten_thousand_events_go_in_at_once_and_one_more_does_not(ingest_api):
    batch = [event(externalId=str(number), metadata={"lossAmount": 1}) for number in range(10_000)]
    assert ingest_api.post(URL, batch).json() == {"created": 10_000, "duplicates": 0}
    assert_days_agree_with_rows()
    assert ingest_api.post(URL, batch).json() == {"created": 0, "duplicates": 10_000}
    problem = assert_problem(ingest_api.post(URL, [*batch, event()]), 400)
    assert "10,000" in problem["detail"]
    assert IntegrationEvent.objects.count() == 10_000


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"eventType": "outage"}, "eventType"),
        ({"eventType": None}, "eventType"),
        ({"severity": "HIGH"}, "severity"),
        ({"message": ""}, "message"),
        ({"message": " \n"}, "message"),
        ({"message": "x" * 4001}, "message"),
        ({"message": "nul \x00"}, "message"),
        ({"message": {"text": "x"}}, "message"),
        ({"occurredAt": "2026-03-18T14:11:00Z"}, "occurredAt"),
        ({"occurredAt": "2026-02-30T00:00:00Z"}, "occurredAt"),
        ({"occurredAt": "0001-01-01T00:00:00+14:00"}, "occurredAt"),
        ({"occurredAt": ""}, "occurredAt"),
        ({"externalId": ""}, "externalId"),
        ({"externalId": "x" * 201}, "externalId"),
        ({"externalId": ["a"]}, "externalId"),
        ({"metadata": None}, "metadata"),
        ({"metadata": []}, "metadata"),
        ({"metadata": "{}"}, "metadata"),
        ({"metadata": {"affectedBookings": -1}}, "metadata"),
        ({"metadata": {"lossAmount": "a lot"}}, "metadata"),
        ({"metadata": {"lossAmount": 10**250}}, "metadata"),
        ({"metadata": {"nul": ["\x00"]}}, "metadata"),
        ({"metadata": {"nul \x00": 1}}, "metadata"),
        ({"metadata": {"big": 10**4000}}, "metadata"),
        ({"event_type": "booking_loss"}, "event_type"),
        ({"integrationId": "vrbo"}, "integrationId"),
        ({"source": "manual"}, "source"),
    ],
)
def test_bad_values_are_named_in_one_event_and_with_their_place_in_a_list(ingest_api, fields, field):
    assert_problem(ingest_api.post(URL, event(**fields)), 400, field)
    problem = assert_problem(ingest_api.post(URL, [event(), event(), event(**fields)]), 400, f"[2].{field}")
    assert problem["detail"].startswith(f"[2].{field}: ")
    assert nothing_is_stored()


@pytest.mark.parametrize("name", ["eventType", "severity", "message", "occurredAt"])
def test_missing_fields_are_named(ingest_api, name):
    incomplete = event()
    del incomplete[name]
    assert_problem(ingest_api.post(URL, incomplete), 400, name)
    assert_problem(ingest_api.post(URL, [incomplete]), 400, f"[0].{name}")


def test_every_bad_row_of_a_list_is_named(ingest_api):
    batch = [event(severity="x"), event(), event(occurredAt="y", message="")]
    problem = assert_problem(ingest_api.post(URL, batch), 400)
    assert {error["field"] for error in problem["errors"]} == {"[0].severity", "[2].occurredAt", "[2].message"}


@pytest.mark.parametrize("content", ["null", "5", '"text"', "true", "[5]", "[[]]", "[null]", '["a"]'])
def test_what_is_neither_an_event_nor_a_list_of_events_is_refused(ingest_api, content):
    assert_problem(raw(ingest_api, content), 400)
    assert nothing_is_stored()


@pytest.mark.parametrize(
    "broken",
    [
        '"metadata": {"a": NaN}',
        '"metadata": {"a": -Infinity}',
        '"metadata": {"a": 1e400}',
        '"metadata": {"a": ' + "9" * 5000 + "}",
        '"metadata": {"a": "\\ud800"}',
        '"metadata": {"\\udfff": 1}',
        '"message": "\\ud83d"',
        '"externalId": "\\udc00"',
        '"metadata": {"a": ' + "[" * 21 + "]" * 21 + "}",
        '"metadata": {"a": ' + "[" * 900 + "]" * 900 + "}",
        '"metadata": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_json_that_no_database_can_hold_is_refused(ingest_api, broken):
    sound = json.dumps(event())
    assert_problem(raw(ingest_api, sound[:-1] + ", " + broken + "}"), 400)
    assert_problem(raw(ingest_api, f"[{sound}, {sound[:-1]}, {broken}}}]"), 400)
    assert nothing_is_stored()


def test_query_parameters_are_refused_as_everywhere(ingest_api):
    assert_problem(ingest_api.post(f"{URL}?severity=high", event()), 400, "severity")
    assert nothing_is_stored()


def test_the_answer_can_be_csv(ingest_api):
    response = ingest_api.post(f"{URL}?format=csv", event())
    assert response.content.decode().splitlines() == ["created,duplicates", "1,0"]


def test_a_batch_costs_as_many_queries_for_many_events_as_for_few_but_for_their_inserts(ingest_api):
    def cost(events, first):
        batch = [event(externalId=str(first + number)) for number in range(events)]
        with CaptureQueriesContext(connection) as queries:
            assert ingest_api.post(URL, batch).status_code == 201
        return len([query for query in queries if not query["sql"].startswith('INSERT INTO "integration_events"')])

    ingest_api.post(URL, event())
    assert cost(300, first=0) == cost(2, first=1000)
