"""`/correlation/test-integration` and `/alerts`: filtered, paginated, closed to strangers."""

import pytest

from correlation.models import Alert
from tests.correlation.factories import DAY, NOW, a_correlation, a_test_case, an_alert
from tests.problems import assert_problem

URL = "/api/v1/correlation/test-integration"
ALERTS = "/api/v1/alerts"
pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(now) -> None:
    a_correlation()
    a_correlation(integration_id="vrbo", correlation_score="0.65", correlation_type="medium")
    fees = a_test_case(id="fees/tax::cap", name="Fee sync")
    a_correlation(test_case=fees, correlation_score="0.20", correlation_type="low", last_correlated=NOW - 40 * DAY)


def names(response) -> list[tuple[str, str]]:
    return [(row["testCaseId"], row["integrationId"]) for row in response.json()["correlations"]]


def test_best_first_with_evidence_and_recommendations(viewer_api, rows) -> None:
    response = viewer_api.get(URL)
    assert names(response) == [("flow", "airbnb"), ("flow", "vrbo")]
    body = response.json()
    row = body["correlations"][0]
    assert (row["correlationScore"], row["confidence"], row["hits"], row["incidents"]) == (0.87, 0.99, 9, 11)
    assert row["pattern"] == "test_failure_precedes_integration_failure"
    assert row["leadTimeSeconds"] == 1440
    assert body["recommendations"][0] == {
        "priority": 1,
        "message": "Prioritize Booking Flow Test for Airbnb - its failures preceded 9 of 11 incidents, "
        "by 24 min on average.",
        "testCaseId": "flow",
        "integrationId": "airbnb",
    }
    assert (body["next"], body["previous"], body["period"]) == (None, None, "30d")


def test_filters(viewer_api, rows) -> None:
    assert names(viewer_api.get(URL, {"integration": "vrbo"})) == [("flow", "vrbo")]
    assert names(viewer_api.get(URL, {"minScore": "0.8"})) == [("flow", "airbnb")]
    assert names(viewer_api.get(URL, {"testCase": "FEE", "period": "90d"})) == [("fees/tax::cap", "airbnb")]
    assert names(viewer_api.get(URL, {"period": "7d"})) == [("flow", "airbnb"), ("flow", "vrbo")]
    assert len(names(viewer_api.get(URL, {"period": "90d"}))) == 3


def test_an_id_is_that_test_case_alone(viewer_api, rows) -> None:
    a_correlation(test_case=a_test_case(id="flow-2", name="Booking Flow Test 2"))
    assert names(viewer_api.get(URL, {"testCase": "flow"})) == [("flow", "airbnb"), ("flow", "vrbo")]
    assert len(names(viewer_api.get(URL, {"testCase": "Flow T"}))) == 3


def test_unknown_names_are_not_found(viewer_api, rows) -> None:
    assert_problem(viewer_api.get(URL, {"testCase": "zzz"}), 404)
    assert_problem(viewer_api.get(URL, {"integration": "zzz"}), 404)
    assert_problem(viewer_api.get(ALERTS, {"integration": "zzz"}), 404)


def test_pages(viewer_api, rows) -> None:
    first = viewer_api.get(URL, {"pageSize": 1})
    assert names(first) == [("flow", "airbnb")]
    assert names(viewer_api.get(first.json()["next"])) == [("flow", "vrbo")]
    assert len(first.json()["recommendations"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"minScore": "1.5"}, "minScore"),
        ({"minScore": "NaN"}, "minScore"),
        ({"integration": "a b"}, "integration"),
        ({"testCase": "\x00"}, "testCase"),
        ({"period": "2d"}, "period"),
        ({"page": "0"}, "page"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_parameters(viewer_api, rows, query, field) -> None:
    assert_problem(viewer_api.get(URL, query), 400, field)


def test_one_test_case_and_unknown_ones(viewer_api, rows) -> None:
    body = viewer_api.get(f"{URL}/fees/tax::cap").json()
    assert (body["testCaseName"], len(body["correlations"])) == ("Fee sync", 1)
    assert body["recommendations"] == []
    assert_problem(viewer_api.get(f"{URL}/nothing"), 404)
    assert_problem(viewer_api.get(f"{URL}/a%00b"), 404)


def test_csv_gives_the_same_rows(viewer_api, rows) -> None:
    lines = viewer_api.get(URL, {"format": "csv"}).content.decode().splitlines()
    assert lines[0].startswith("testCaseId,testCaseName,integrationId,correlationScore")
    assert lines[1].startswith("flow,Booking Flow Test,airbnb,0.87")
    assert len(lines) == 3


def test_a_constant_number_of_queries(viewer_api, rows, django_assert_max_num_queries) -> None:
    for number in range(20):
        a_correlation(test_case=a_test_case(id=f"t{number}", name=f"Test {number}"))
    with django_assert_max_num_queries(8):
        viewer_api.get(URL)


def test_alerts_by_state(viewer_api, now, lead) -> None:
    an_alert()
    an_alert(integration_id="vrbo", dismissed_at=now, dismissed_by=lead)
    everything = viewer_api.get(ALERTS).json()
    assert len(everything["alerts"]) == 2
    (opened,) = viewer_api.get(ALERTS, {"state": "open"}).json()["alerts"]
    assert (opened["integrationId"], opened["state"], opened["dismissedBy"]) == ("airbnb", "open", None)
    (dismissed,) = viewer_api.get(ALERTS, {"state": "dismissed"}).json()["alerts"]
    assert (dismissed["integrationId"], dismissed["dismissedBy"]) == ("vrbo", lead.username)
    assert_problem(viewer_api.get(ALERTS, {"state": "gone"}), 400, "state")


def test_a_viewer_dismisses(viewer_api, ingest_api, now) -> None:
    alert = an_alert()
    assert_problem(ingest_api.post(f"{ALERTS}/{alert.pk}/dismiss"), 403)
    body = viewer_api.post(f"{ALERTS}/{alert.pk}/dismiss").json()
    assert (body["state"], body["dismissedBy"], body["dismissedAt"]) == ("dismissed", "viewers", "2026-03-18T14:05:00Z")
    assert viewer_api.post(f"{ALERTS}/{alert.pk}/dismiss").json()["dismissedAt"] == "2026-03-18T14:05:00Z"
    assert_problem(viewer_api.post(f"{ALERTS}/00000000-0000-0000-0000-000000000000/dismiss"), 404)
    assert_problem(viewer_api.post(f"{ALERTS}/x/dismiss"), 404)


def test_pages_of_alerts(viewer_api, now) -> None:
    for slug in ("airbnb", "vrbo", "hmbn"):
        an_alert(integration_id=slug)
    first = viewer_api.get(ALERTS, {"pageSize": 2}).json()
    second = viewer_api.get(first["next"]).json()
    assert len(first["alerts"]) + len(second["alerts"]) == Alert.objects.count()


def test_strangers_see_nothing(api_for, client, now) -> None:
    for url in (URL, f"{URL}/x", ALERTS):
        assert_problem(api_for(None).get(url), 403)
        assert_problem(client.get(url), 401)
