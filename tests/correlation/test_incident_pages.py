"""The incidents' pages: the list, one incident, what people write, and what other pages show of them."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from correlation import annotations
from correlation.computing import refresh_correlations
from correlation.models import Alert, Incident, IncidentAlias, IncidentEntry, IncidentWarning
from integrations.models import IntegrationEvent
from integrations.services import record_observations
from tests.correlation import world
from tests.correlation.factories import DAY, HOUR, MINUTE, NOW, a_test_case, an_alert
from tests.integrations.factories import an_observation

URL = "/dashboard/incidents/"
pytestmark = pytest.mark.django_db


def an_incident(**fields) -> Incident:
    defaults = {
        "integration_id": "vrbo",
        "onset_at": NOW - 2 * HOUR,
        "ended_at": NOW - 10 * MINUTE,
        "events": 12,
        "severity_from": "medium",
        "worst_severity": "critical",
        "sums": {
            "fee_sync_error": {
                "severities": {"medium": 8, "critical": 4},
                "affectedBookings": 14,
                "unpricedBookings": 10,
                "lostAmount": "12.50",
            }
        },
    }
    return Incident.objects.create(**defaults | fields)


def text_of(client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def page_of(incident: Incident) -> str:
    return f"{URL}{incident.pk}/"


@pytest.fixture
def some(now) -> dict[str, Incident]:
    """One that goes on, one that goes on and is acknowledged, one that is over, and one that is found no more."""
    over = an_incident(integration_id="airbnb", onset_at=NOW - 3 * DAY, ended_at=NOW - 3 * DAY + HOUR, events=40)
    record_observations([an_observation(integration_id="airbnb", last_checked=NOW - 2 * DAY)], now=now)
    dropped = an_incident(integration_id="hmbn", onset_at=NOW - 5 * DAY, ended_at=NOW - 5 * DAY, dropped_at=NOW)
    seen = an_incident(integration_id="booking-com", acknowledged_at=NOW, acknowledged_because="I am on it")
    return {"open": an_incident(), "acknowledged": seen, "recovered": over, "dropped": dropped}


@pytest.mark.parametrize("state", ["open", "acknowledged", "recovered", "dropped"])
def test_the_list_filters_by_state(as_viewer, some, state):
    text = text_of(as_viewer, URL, state=state)
    assert "1 incident " in text
    assert page_of(some[state]) in text


def test_the_list_filters_by_channel_and_cause(as_viewer, some):
    Incident.objects.filter(pk=some["recovered"].pk).update(root_cause="data")
    assert "4 incidents" in text_of(as_viewer, URL)
    assert page_of(some["recovered"]) in text_of(as_viewer, URL, rootCause="data", integration="airbnb")
    assert "No incident of this period matches" in text_of(as_viewer, URL, rootCause="data", integration="vrbo")
    assert "4 incidents" in text_of(as_viewer, URL, state="odd", rootCause="\x00", sort="colour", page="-1")


@pytest.mark.parametrize(("sort", "first"), [("-events", "recovered"), ("onset", "dropped"), ("-cost", "open")])
def test_the_list_sorts(as_viewer, some, sort, first):
    Incident.objects.filter(pk=some["open"].pk).update(
        sums={"booking_loss": {"severities": {"high": 1}, "affectedBookings": 9, "unpricedBookings": 9,
                               "lostAmount": "0"}}
    )  # fmt: skip
    text = text_of(as_viewer, URL, sort=sort)
    assert min((text.find(page_of(incident)), name) for name, incident in some.items())[1] == first
    assert "aria-sort=" in text


def test_money_is_for_those_who_may_see_it(as_viewer, client, make_user, some):
    assert "$137.50" in text_of(as_viewer, URL)
    assert "10 bookings × $250.00 × 5 % + $12.50" in text_of(as_viewer, page_of(some["open"]))
    other = make_user("Viewers", username="no-money")
    group = other.groups.get()
    group.permissions.remove(group.permissions.get(codename="view_impact"))
    client.force_login(other)
    assert "$" not in text_of(client, URL)
    assert "$" not in text_of(client, page_of(some["open"]))


def test_the_list_costs_as_many_queries_for_many(as_viewer, some, django_assert_max_num_queries):
    for number in range(60):
        an_incident(onset_at=NOW - DAY - number * 3 * HOUR, ended_at=NOW - DAY - number * 3 * HOUR)
    with django_assert_max_num_queries(9):
        text = text_of(as_viewer, URL)
    assert "Page 1 of 2" in text


def test_the_page_tells_what_happened(as_viewer, now, django_assert_max_num_queries):
    world.load(now)
    refresh_correlations(now=now)
    incident = Incident.objects.first()
    with django_assert_max_num_queries(15):
        text = text_of(as_viewer, page_of(incident))
    assert "Booking Flow Test" in text
    assert "before" in text
    assert "Rate sync failure" in text
    assert "Events per 2 min" in text
    assert "$250.00" in text
    IntegrationEvent.objects.all().delete()
    assert "have been cleaned up since" in text_of(as_viewer, page_of(incident))


def test_it_goes_on_until_the_channel_has_recovered(as_viewer, viewer, now):
    incident = an_incident()
    annotations.acknowledge(incident.pk, user=viewer, reason="I am on it", now=now)
    text = text_of(as_viewer, page_of(incident))
    assert "Going on since" in text
    assert "Acknowledged by viewers" in " ".join(text.split())
    record_observations([an_observation(last_checked=NOW - 5 * MINUTE)], now=now)
    text = text_of(as_viewer, page_of(incident))
    assert "The channel recovered" in text
    assert "Cleared when the channel recovered." in text


def test_a_channel_that_is_still_critical_has_not_recovered(as_viewer, now):
    old = an_incident(onset_at=NOW - 9 * HOUR, ended_at=NOW - 8 * HOUR)
    assert "nobody has looked at the channel since" in text_of(as_viewer, page_of(old))
    record_observations(
        [an_observation(status="critical", error_rate=Decimal("0.2"), last_checked=NOW - HOUR)], now=now
    )
    assert "Going on since" in text_of(as_viewer, page_of(old))


def test_a_viewer_acknowledges_with_a_reason_and_writes_nothing_else(as_viewer, viewer, now):
    incident = an_incident()
    refused = as_viewer.post(f"{page_of(incident)}acknowledge", {"ack-reason": "  "})
    assert b"This field is required." in refused.content
    assert as_viewer.post(f"{page_of(incident)}acknowledge", {"ack-reason": "On it <b>"}).status_code == 302
    incident.refresh_from_db()
    assert (incident.acknowledged_by, incident.acknowledged_at) == (viewer, now)
    text = text_of(as_viewer, page_of(incident))
    assert "On it &lt;b&gt;" in text
    assert "Add a note" not in text
    assert as_viewer.post(f"{page_of(incident)}notes", {"note-text": "x"}).status_code == 403
    assert as_viewer.post(f"{page_of(incident)}root-cause", {}).status_code == 403


def test_a_lead_writes_notes_and_the_root_cause_which_stay_as_history(as_lead, lead, now):
    incident = an_incident()
    as_lead.post(f"{page_of(incident)}notes", {"note-text": "First\r\nSecond"})
    for cause in ("data", "data", "configuration"):
        as_lead.post(f"{page_of(incident)}root-cause", {"cause-root_cause": cause, "cause-text": "Why"})
    kinds = list(IncidentEntry.objects.values_list("kind", "root_cause", "author"))
    assert kinds == [
        ("note", "", lead.pk), ("root_cause", "data", lead.pk), ("root_cause", "configuration", lead.pk),
    ]  # fmt: skip
    text = text_of(as_lead, page_of(incident))
    assert "Root cause: Configuration." in text
    assert "Root cause: Data" in text


@pytest.mark.parametrize("text", ["", "x" * 5001, "a\x00b"])
def test_what_cannot_be_kept_is_refused_and_still_there_to_correct(as_lead, now, text):
    incident = an_incident()
    response = as_lead.post(f"{page_of(incident)}notes", {"note-text": text})
    assert b'aria-invalid="true"' in response.content
    assert f'hx-get="{page_of(incident)}"' in response.content.decode()
    assert not IncidentEntry.objects.exists()


def test_an_old_address_leads_to_the_incident_that_it_became_a_part_of(as_lead, now):
    incident, old = an_incident(), uuid.uuid4()
    IncidentAlias.objects.create(pk=old, incident=incident)
    assert as_lead.get(f"{URL}{old}/").headers["Location"] == page_of(incident)
    assert as_lead.post(f"{URL}{old}/notes", {"note-text": "x"}).headers["Location"] == page_of(incident)


def test_what_is_not_there_is_not_found(as_lead, now):
    assert as_lead.get(f"{URL}{uuid.uuid4()}/").status_code == 404
    assert as_lead.post(f"{URL}{uuid.uuid4()}/notes", {"note-text": "x"}).status_code == 404
    assert as_lead.get(f"{URL}x/").status_code == 404


def test_strangers_are_sent_away(client, make_user, now):
    assert client.get(URL).status_code == 302
    client.force_login(make_user("Ingest"))
    assert client.get(URL).status_code == 403


def test_other_pages_lead_to_it(as_viewer, some):
    link = page_of(some["open"])
    assert link in text_of(as_viewer, "/dashboard/integrations/vrbo/")
    assert 'href="/dashboard/incidents/?period=30d"' in text_of(as_viewer, "/dashboard/")
    an_alert(alert_type="integration_critical", integration_id="vrbo", failed_at=NOW - HOUR, title="Vrbo is critical")
    Alert.objects.update(test_case=None)
    alert = text_of(as_viewer, "/dashboard/alerts/")
    assert link in alert


def test_an_alert_before_any_incident_leads_to_none(as_viewer, some):
    an_alert(integration_id="vrbo", test_case=a_test_case())
    assert URL + str(some["open"].pk) not in text_of(as_viewer, "/dashboard/alerts/")


def test_a_deleted_author_leaves_the_entry(as_lead, make_user, now):
    incident, gone = an_incident(), make_user("QA leads", username="gone")
    annotations.add_note(incident.pk, user=gone, text="Bye", now=now)
    annotations.acknowledge(incident.pk, user=gone, reason="Me", now=now)
    gone.delete()
    assert text_of(as_lead, page_of(incident)).count("a former user") == 3


def test_tests_that_warned_lead_to_their_pages_and_to_testmo(as_viewer, now):
    incident = an_incident()
    case = a_test_case(testmo_url="https://qa.testmo.net/cases/4")
    bad = a_test_case(id="bad", name="Bad", testmo_url="javascript:alert(1)")
    for one in (case, bad):
        IncidentWarning.objects.create(
            incident=incident, test_case=one, first_red_at=incident.onset_at - timedelta(minutes=24)
        )
    text = text_of(as_viewer, page_of(incident))
    assert "24 min before" in text
    assert '<a href="https://qa.testmo.net/cases/4" rel="noreferrer">Testmo</a>' in text
    assert "javascript:" not in text
