"""POST /integrations/health."""

import pytest

from integrations.models import IntegrationHealth
from tests.integrations.factories import MINUTE, NOW, assert_days_agree_with_rows
from tests.problems import assert_problem

URL = "/api/v1/integrations/health"
pytestmark = pytest.mark.usefixtures("now")
ANSWER = [
    "id",
    "integrationId",
    "status",
    "pricingSyncStatus",
    "feesSyncStatus",
    "bookingLossRate",
    "errorRate",
    "lastChecked",
    "source",
    "createdAt",
    "updatedAt",
]


def body(**fields):
    return {"integrationId": "vrbo", "errorRate": 0.031, "lastChecked": "2026-03-18T13:00:00Z"} | fields


def raw(api, text, **extra):
    content = text if isinstance(text, bytes) else text.encode()
    return api.post(URL, content, content_type="application/json", **extra)


def test_an_observation_is_created_and_answered_as_stored(ingest_api):
    response = ingest_api.post(URL, body(pricingSyncStatus="ok", feesSyncStatus=None, bookingLossRate=0))
    assert response.status_code == 201
    answer = response.json()
    assert list(answer) == ANSWER
    row = IntegrationHealth.objects.get()
    assert answer == {
        "id": str(row.pk),
        "integrationId": "vrbo",
        "status": "warning",
        "pricingSyncStatus": "ok",
        "feesSyncStatus": None,
        "bookingLossRate": 0.0,
        "errorRate": 0.031,
        "lastChecked": "2026-03-18T13:00:00Z",
        "source": "api",
        "createdAt": "2026-03-18T14:05:00Z",
        "updatedAt": "2026-03-18T14:05:00Z",
    }
    assert_days_agree_with_rows()


def test_the_same_moment_again_updates_it(ingest_api):
    first = ingest_api.post(URL, body())
    again = ingest_api.post(URL, body(errorRate=0.09))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["status"] == "critical"
    assert ingest_api.post(URL, body(errorRate=0.09)).json() == again.json()
    assert IntegrationHealth.objects.count() == 1


def test_the_same_moment_in_another_time_zone_is_the_same_moment(ingest_api):
    ingest_api.post(URL, body())
    assert ingest_api.post(URL, body(lastChecked="2026-03-18T15:00:00+02:00")).status_code == 200


def test_without_a_time_it_is_now(ingest_api):
    fields = body()
    del fields["lastChecked"]
    assert ingest_api.post(URL, fields).json()["lastChecked"] == "2026-03-18T14:05:00Z"


def test_a_given_status_is_kept_though_it_contradicts_the_numbers(lead_api):
    assert lead_api.post(URL, body(status="healthy", errorRate=0.5)).json()["status"] == "healthy"


@pytest.mark.parametrize("rate", [0, 1, 0.0001, "0.0310", 1.0])
def test_rates_from_0_to_1_are_accepted(ingest_api, rate):
    assert ingest_api.post(URL, body(errorRate=rate)).json()["errorRate"] == float(rate)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"integrationId": None}, "integrationId"),
        ({"integrationId": "expedia"}, "integrationId"),
        ({"integrationId": ""}, "integrationId"),
        ({"integrationId": "x" * 51}, "integrationId"),
        ({"integrationId": ["vrbo"]}, "integrationId"),
        ({"integrationId": "vr\x00bo"}, "integrationId"),
        ({"status": "unknown"}, "status"),
        ({"status": None}, "status"),
        ({"status": {}}, "status"),
        ({"errorRate": None}, "status"),  # nothing else is known
        ({"errorRate": 1.0001}, "errorRate"),
        ({"errorRate": -0.1}, "errorRate"),
        ({"errorRate": 3.1}, "errorRate"),
        ({"errorRate": 0.00001}, "errorRate"),
        ({"errorRate": True}, "errorRate"),
        ({"errorRate": "NaN"}, "errorRate"),
        ({"errorRate": "1e-999999999"}, "errorRate"),
        ({"errorRate": []}, "errorRate"),
        ({"bookingLossRate": "Infinity"}, "bookingLossRate"),
        ({"pricingSyncStatus": "fine"}, "pricingSyncStatus"),
        ({"feesSyncStatus": 0}, "feesSyncStatus"),
        ({"lastChecked": "yesterday"}, "lastChecked"),
        ({"lastChecked": None}, "lastChecked"),
        ({"lastChecked": 1773842700}, "lastChecked"),
        ({"lastChecked": "2026-03-18T14:11:00Z"}, "lastChecked"),  # six minutes ahead
        ({"lastChecked": "1999-12-31T23:59:59Z"}, "lastChecked"),
        ({"lastChecked": "0001-01-01T00:00:00+14:00"}, "lastChecked"),
        ({"lastChecked": "9999-12-31T23:59:59-14:00"}, "lastChecked"),
        ({"error_rate": 0.1}, "error_rate"),
        ({"detail": 1}, "detail"),
        ({"source": "manual"}, None),  # read-only: ignored, see below
    ],
)
def test_bad_values_are_named_and_nothing_is_stored(ingest_api, fields, field):
    response = ingest_api.post(URL, body(**fields))
    if field is None:
        assert response.json()["source"] == "api"
        return
    assert_problem(response, 400, field)
    assert not IntegrationHealth.objects.exists()


def test_several_bad_fields_are_all_named(ingest_api):
    problem = assert_problem(ingest_api.post(URL, body(errorRate=2, status="x", lastChecked="y")), 400)
    assert {error["field"] for error in problem["errors"]} == {"errorRate", "status", "lastChecked"}


@pytest.mark.parametrize("content", ["[]", '"text"', "5", "null", "true", '[{"integrationId": "vrbo"}]'])
def test_a_body_that_is_no_object_is_refused(ingest_api, content):
    assert_problem(raw(ingest_api, content), 400)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "{'integrationId': 'vrbo'}",
        '{"integrationId": "vrbo", "errorRate": NaN}',
        '{"integrationId": "vrbo", "errorRate": Infinity}',
        '{"integrationId": "vrbo", "errorRate": ' + "9" * 5000 + "}",
        '{"integrationId": "vrbo", "errorRate": 1e999999}',
        '{"integrationId": "\\ud800", "errorRate": 0.1}',
        '{"integrationId": "vrbo", "errorRate": 0.1, "\\ud800": 1}',
        '{"integrationId": "vrbo", "errorRate": 0.1, "\\u0000": 1}',
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "[" * 200_000,
        b"\xff\xfe{}",
        b'{"integrationId": "vrbo\xff"}',
    ],
)
def test_what_is_no_sound_json_is_refused(ingest_api, content):
    assert_problem(raw(ingest_api, content), 400)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_another_media_type_is_415(ingest_api, content_type):
    response = ingest_api.post(URL, b'{"integrationId": "vrbo"}', content_type=content_type)
    assert_problem(response, 415)


def test_a_body_beyond_the_limit_is_413(ingest_api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert_problem(raw(ingest_api, '{"integrationId": "vrbo", "errorRate": ' + " " * 100 + "0.1}"), 413)


def test_query_parameters_are_refused_as_everywhere(ingest_api):
    assert_problem(ingest_api.post(f"{URL}?dryRun=true", body()), 400, "dryRun")
    assert not IntegrationHealth.objects.exists()


def test_the_answer_can_be_csv(ingest_api):
    response = ingest_api.post(f"{URL}?format=csv", body())
    header, row = response.content.decode().splitlines()
    assert header == ",".join(ANSWER)
    assert ",vrbo,warning," in row


def test_a_stored_observation_is_what_the_next_reader_sees(ingest_api, viewer_api):
    ingest_api.post(URL, body())
    assert viewer_api.get(f"{URL}/vrbo").json()["errorRate"] == 0.031


def test_an_observation_costs_the_same_however_much_is_stored(ingest_api, django_assert_max_num_queries):
    moments = [(NOW - number * MINUTE).isoformat() for number in range(1, 60)]
    for moment in moments:
        ingest_api.post(URL, body(lastChecked=moment))
    with django_assert_max_num_queries(17):
        assert ingest_api.post(URL, body(lastChecked=NOW.isoformat())).status_code == 201
