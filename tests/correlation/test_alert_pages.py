"""The alerts' page and the bell of every page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from correlation.models import Alert, AlertDelivery, AlertMute
from integrations.models import MaintenanceWindow
from qa_observability import roles
from tests.correlation.factories import HOUR, NOW, a_test_case, an_alert

URL = "/dashboard/alerts/"
CHANGE = "/dashboard/alerts/change"
pytestmark = pytest.mark.django_db


def text_of(client, **query: str) -> str:
    response = client.get(URL, query)
    assert response.status_code == 200
    return response.content.decode()


def test_open_and_dismissed(as_viewer, viewer, now) -> None:
    an_alert()
    an_alert(integration_id="vrbo", title="Vrbo is likely", dismissed_at=now, dismissed_by=viewer)
    assert "Airbnb is likely to follow" in text_of(as_viewer)
    assert "Vrbo is likely" not in text_of(as_viewer)
    text = text_of(as_viewer, state="dismissed")
    assert "Vrbo is likely" in text
    assert "by viewers" in text


def test_filters(as_viewer, now) -> None:
    an_alert()
    an_alert(integration_id="vrbo", severity="warning", title="Second")
    assert "Second" not in text_of(as_viewer, integration="airbnb")
    assert "Second" in text_of(as_viewer, severity="warning")
    assert "No open alert matches" in text_of(as_viewer, type="integration_critical")
    assert "Second" in text_of(as_viewer, type="x", severity="x", state="x", cursor="x", integration="\x00")


def test_empty_says_when_one_is_raised(as_viewer, now) -> None:
    assert "An alert is raised when" in text_of(as_viewer)
    assert "Nobody has dismissed" in text_of(as_viewer, state="dismissed")


def test_dismiss_one_or_many(as_viewer, viewer, now) -> None:
    alerts = [an_alert(integration_id=slug) for slug in ("airbnb", "vrbo", "hmbn")]
    as_viewer.post(CHANGE, {"only": str(alerts[0].pk), "alert": [str(alerts[1].pk)]})
    assert Alert.objects.open().count() == 2
    answer = as_viewer.post(
        CHANGE, {"alert": [str(alert.pk) for alert in alerts[1:]], "next": f"{URL}?state=open"}, follow=True
    )
    assert "2 alerts dismissed" in answer.content.decode()
    assert answer.redirect_chain[0][0] == f"{URL}?state=open"
    assert set(Alert.objects.values_list("dismissed_by", "dismissed_at")) == {(viewer.pk, now)}


def test_odd_forms_change_nothing(as_viewer, now) -> None:
    an_alert()
    for data in ({}, {"alert": "x"}, {"only": "\x00"}, {"mute": "x"}, {"next": "https://elsewhere.example/"}):
        answer = as_viewer.post(CHANGE, data)
        assert (answer.status_code, answer.headers["Location"]) == (302, URL)
    assert Alert.objects.open().count() == 1


def test_a_lead_mutes_and_ends_it(as_lead, lead, now) -> None:
    alert = an_alert()
    as_lead.post(CHANGE, {"mute": str(alert.pk), f"length-{alert.pk}": "8h", f"reason-{alert.pk}": "Known, QA-12"})
    mute = AlertMute.objects.get()
    assert (mute.integration_id, mute.test_case_id, mute.until) == ("airbnb", "flow", now + timedelta(hours=8))
    assert (mute.created_by, mute.reason) == (lead, "Known, QA-12")
    assert not Alert.objects.open().exists()
    assert "Known, QA-12" in text_of(as_lead)
    as_lead.post(f"/dashboard/alerts/mutes/{mute.pk}/end")
    assert "Known, QA-12" not in text_of(as_lead)


def test_a_viewer_does_not_mute(as_viewer, now) -> None:
    alert = an_alert()
    assert "Mute" not in text_of(as_viewer)
    as_viewer.post(CHANGE, {"mute": str(alert.pk), f"length-{alert.pk}": "8h"})
    assert not AlertMute.objects.exists()


@pytest.mark.parametrize(("role", "left"), [(roles.REVENUE_ADMINS, 1), (roles.QA_LEADS, 0)])
def test_in_the_admin_too_only_those_end_mutes_who_may(as_viewer, viewer, now, role, left) -> None:
    """A viewer who gets into the admin for its revenue figures sees the mutes there."""
    viewer.groups.add(Group.objects.get(name=role))
    mute = AlertMute.objects.create(integration_id="vrbo", until=now + HOUR, reason="Known", created_at=now)
    data = {"action": "end_now", "_selected_action": str(mute.pk)}
    assert as_viewer.post("/admin/correlation/alertmute/", data, follow=True).status_code == 200
    assert AlertMute.objects.active(now).count() == left


def test_an_old_link_starts_at_the_newest_alert_and_leads_on(as_viewer, now) -> None:
    for days in range(52):
        an_alert(integration_id="vrbo", test_case=a_test_case(id=f"case-{days}"))
    newest = as_viewer.get(URL).context
    again = as_viewer.get(URL, {"cursor": "mangled"}).context
    assert again["alerts"] == newest["alerts"]
    assert as_viewer.get(again["older"]).context["alerts"] == as_viewer.get(newest["older"]).context["alerts"]


def test_maintenance_and_deliveries_are_shown(as_viewer, now) -> None:
    alert = an_alert()
    AlertDelivery.objects.create(alert=alert, channel="slack:0123", state="pending", attempts=2, due_at=now + HOUR)
    MaintenanceWindow.objects.create(integration_id="vrbo", starts_at=NOW - HOUR, ends_at=NOW + HOUR, reason="Move")
    text = text_of(as_viewer)
    assert "slack: to be sent, failed 2 times" in text
    assert "vrbo (Move)" in text


def test_queries_do_not_grow(as_viewer, now, django_assert_max_num_queries) -> None:
    for slug in ("airbnb", "vrbo", "hmbn", "booking-com"):
        alert = an_alert(integration_id=slug)
        AlertDelivery.objects.create(alert=alert, channel="slack:0123", due_at=now)
    with django_assert_max_num_queries(14):
        as_viewer.get(URL)


def test_the_bell_has_the_newest_five(as_viewer, now, django_assert_max_num_queries) -> None:
    for number in range(6):
        an_alert(title=f"Alert {number}", test_case=a_test_case(id=f"t{number}", name=f"Test {number}"))
    an_alert(title="Gone", dismissed_at=now)
    with django_assert_max_num_queries(6):
        answer = as_viewer.get("/dashboard/alerts/bell", headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "Alerts: 6 open" in text
    assert text.count("<li>") == 5
    assert answer.headers["X-Content-Version"]


def test_the_bell_without_javascript_leads_to_the_page(as_viewer, now) -> None:
    assert as_viewer.get("/dashboard/alerts/bell").headers["Location"] == URL


def test_every_page_has_the_bell_of_those_who_may(as_viewer, client, make_user, now) -> None:
    assert 'hx-get="/dashboard/alerts/bell"' in as_viewer.get("/dashboard/").content.decode()
    client.force_login(make_user("Ingest"))
    assert client.get("/dashboard/alerts/bell").status_code == 403


def test_the_dashboard_counts_alerts_and_incidents(as_viewer, now) -> None:
    an_alert()
    text = as_viewer.get("/dashboard/").content.decode()
    assert "Open alerts" in text
    assert "Incidents" in text
