"""`.../tickets` of incidents and events."""

import uuid

import pytest

from correlation.models import TicketLink
from tests.correlation.tickets_world import an_event, an_incident
from tests.problems import assert_problem

pytestmark = pytest.mark.usefixtures("now")


def url_of(subject):
    if subject.kind == "incident":
        return f"/api/v1/correlation/incidents/{subject.row.pk}/tickets"
    return f"/api/v1/integrations/health/airbnb/events/{subject.row.pk}/tickets"


@pytest.mark.parametrize("make", [an_incident, an_event])
def test_a_ticket_is_linked_listed_and_unlinked(make, lead_api, viewer_api):
    subject = make()
    response = lead_api.post(url_of(subject), {"key": "pms-12"})
    expected = {
        "key": "PMS-12",
        "url": "",
        "title": "",
        "status": "",
        "statusCategory": "",
        "fetchedAt": None,
        "isMissing": False,
        "source": "manual",
    }
    assert response.status_code == 201
    linked = response.json()
    assert linked.pop("linkedAt").endswith("Z")
    assert linked == expected
    assert lead_api.post(url_of(subject), {"key": "PMS-12"}).status_code == 200
    (row,) = viewer_api.get(url_of(subject)).json()["tickets"]
    assert row["key"] == "PMS-12"
    assert viewer_api.get(f"{url_of(subject)}?format=csv").content.decode().splitlines()[1].startswith("PMS-12,")
    assert lead_api.delete(f"{url_of(subject)}/PMS-12").status_code == 204
    assert_problem(lead_api.delete(f"{url_of(subject)}/PMS-12"), 404)
    assert not TicketLink.objects.exists()


def test_tickets_that_the_event_names_are_listed(viewer_api):
    subject = an_event(metadata={"ticketKeys": ["QA-1"]})
    (row,) = viewer_api.get(url_of(subject)).json()["tickets"]
    assert (row["key"], row["source"], row["linkedAt"]) == ("QA-1", "event", None)


@pytest.mark.parametrize("body", [{}, {"key": ""}, {"key": "x"}, {"key": None}, {"key": "PMS-1\x00"}, {"key": ["a"]}])
def test_what_is_no_key_is_named(lead_api, body):
    assert_problem(lead_api.post(url_of(an_incident()), body), 400, "key")


def test_unknown_names_and_subjects(lead_api):
    subject = an_event()
    assert_problem(lead_api.post(url_of(subject), {"key": "PMS-1", "title": "x"}), 400, "title")
    assert_problem(lead_api.get(f"{url_of(subject)}?page=2"), 400, "page")
    assert_problem(lead_api.get(f"/api/v1/correlation/incidents/{uuid.uuid4()}/tickets"), 404)
    elsewhere = f"/api/v1/integrations/health/vrbo/events/{subject.row.pk}/tickets"
    assert_problem(lead_api.get(elsewhere), 404)
    assert_problem(lead_api.post(elsewhere, {"key": "PMS-1"}), 404)


def test_viewers_only_read(viewer_api, ingest_api):
    subject = an_incident()
    assert_problem(viewer_api.post(url_of(subject), {"key": "PMS-1"}), 403)
    assert_problem(viewer_api.delete(f"{url_of(subject)}/PMS-1"), 403)
    assert_problem(ingest_api.get(url_of(subject)), 403)


def test_who_may_get_them_may_ask_for_their_head(viewer_api, client):
    url = url_of(an_incident())
    assert viewer_api.head(url).status_code == viewer_api.get(url).status_code == 200
    assert client.head(url).status_code == 401
