"""Incidents through the API: read by viewers, acknowledged by viewers and leads, written about by leads."""

import uuid

import pytest

from correlation.models import IncidentAlias, IncidentEntry, IncidentWarning
from tests.correlation.factories import DAY, HOUR, MINUTE, NOW, a_test_case
from tests.correlation.test_incident_pages import an_incident
from tests.problems import assert_problem

URL = "/api/v1/correlation/incidents"
pytestmark = pytest.mark.django_db


def test_the_list(viewer_api, now, django_assert_max_num_queries):
    for number in range(5):
        an_incident(onset_at=NOW - number * DAY - HOUR, ended_at=NOW - number * DAY - HOUR)
    an_incident(onset_at=NOW - 40 * DAY, ended_at=NOW - 40 * DAY)
    with django_assert_max_num_queries(8):
        answer = viewer_api.get(URL, {"pageSize": 2, "period": "30d"}).json()
    assert [row["onsetAt"] for row in answer["incidents"]] == ["2026-03-18T13:05:00Z", "2026-03-17T13:05:00Z"]
    assert answer["incidents"][0]["cost"] == 137.5
    assert answer["incidents"][1]["state"] == "recovered"
    assert "page=2" in answer["next"]
    assert len(viewer_api.get(URL, {"state": "open"}).json()["incidents"]) == 0
    assert viewer_api.get(URL, {"format": "csv"}).content.decode().count("\r\n") == 6


@pytest.mark.parametrize("query", ["state=odd", "period=8d", "sort=cost", "rootCause=x", "page=99", "integration=%00"])
def test_bad_parameters_are_named(viewer_api, now, query):
    problem = assert_problem(viewer_api.get(f"{URL}?{query}"), 400)
    assert problem["errors"][0]["field"] == query.partition("=")[0]


def test_one_incident(viewer_api, now):
    incident = an_incident()
    IncidentWarning.objects.create(
        incident=incident, test_case=a_test_case(), first_red_at=incident.onset_at - 5 * MINUTE
    )
    answer = viewer_api.get(f"{URL}/{incident.pk}").json()
    assert answer["eventCounts"] == {"fee_sync_error": {"medium": 8, "critical": 4}}
    assert answer["affectedBookings"] == 14
    assert answer["durationSeconds"] == 110 * 60
    assert answer["warnings"] == [
        {
            "testCaseId": "flow", "testCaseName": "Booking Flow Test", "firstRedAt": "2026-03-18T12:00:00Z",
            "leadSeconds": 300,
        }
    ]  # fmt: skip
    assert (answer["isGoingOn"], answer["state"], answer["rootCause"]) == (True, "open", "")
    assert_problem(viewer_api.get(f"{URL}/{incident.pk}?x=1"), 400)
    assert_problem(viewer_api.get(f"{URL}/{uuid.uuid4()}"), 404)


def test_writing(lead_api, viewer_api, now):
    incident = an_incident()
    seen = viewer_api.post(f"{URL}/{incident.pk}/acknowledge", {"reason": "I am on it"})
    assert (seen.status_code, seen.json()["state"], seen.json()["acknowledgedBy"]) == (200, "acknowledged", "viewers")
    noted = lead_api.post(f"{URL}/{incident.pk}/notes", {"text": "Called them"})
    assert noted.status_code == 201
    cause = lead_api.put(f"{URL}/{incident.pk}/root-cause", {"rootCause": "third_party"})
    assert cause.json()["rootCause"] == "third_party"
    assert sorted(row["kind"] for row in cause.json()["history"]) == ["acknowledgement", "note", "root_cause"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("acknowledge", {}, "reason"),
        ("acknowledge", {"reason": " "}, "reason"),
        ("acknowledge", {"reason": "x" * 501}, "reason"),
        ("acknowledge", {"reason": "a\x00"}, "reason"),
        ("acknowledge", {"reason": "x", "by": "me"}, "by"),
        ("notes", {"text": ["x"]}, "text"),
    ],
)
def test_what_cannot_be_kept_is_named(lead_api, now, path, body, field):
    incident = an_incident()
    problem = assert_problem(lead_api.post(f"{URL}/{incident.pk}/{path}", body, format="json"), 400)
    assert problem["errors"][0]["field"] == field
    assert not IncidentEntry.objects.exists()


def test_a_lone_surrogate_is_refused(lead_api, now):
    url = f"{URL}/{an_incident().pk}/notes"
    problem = assert_problem(lead_api.post(url, b'{"text": "a\\ud800"}', content_type="application/json"), 400)
    assert problem["errors"][0]["field"] == "text"


def test_who_may(viewer_api, ingest_api, lead_api, now):
    incident = an_incident()
    assert_problem(viewer_api.post(f"{URL}/{incident.pk}/notes", {"text": "x"}), 403)
    assert_problem(viewer_api.put(f"{URL}/{incident.pk}/root-cause", {"rootCause": "data"}), 403)
    assert_problem(ingest_api.get(URL), 403)
    assert_problem(lead_api.put(f"{URL}/{incident.pk}/root-cause", {"rootCause": "odd"}), 400)


def test_an_old_id_answers_with_the_incident_that_it_became_a_part_of(lead_api, now):
    incident, old = an_incident(), uuid.uuid4()
    IncidentAlias.objects.create(pk=old, incident=incident)
    assert lead_api.get(f"{URL}/{old}").json()["id"] == str(incident.pk)
    assert lead_api.post(f"{URL}/{old}/notes", {"text": "x"}).json()["id"] == str(incident.pk)
