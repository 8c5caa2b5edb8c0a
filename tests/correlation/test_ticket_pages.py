"""The panel of tickets: linked, found and created by people, with and without JavaScript."""

import uuid

import pytest
from django.contrib.messages import get_messages
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse

from correlation.models import Ticket, TicketLink
from tests.conftest import NOW
from tests.correlation.tickets_world import an_event, an_incident

pytestmark = pytest.mark.usefixtures("now")
HTMX = {"HX-Request": "true"}


def address(subject, name="panel"):
    return reverse(f"tickets:{name}", args=[subject.kind, subject.row.pk])


def text_of(response):
    return response.content.decode()


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_key_is_linked_and_unlinked_without_javascript(as_lead, db):
    subject = an_incident()
    back = f"/dashboard/integrations/airbnb/?x={subject.row.pk}"
    response = as_lead.post(address(subject, "change"), {"key": "pms-12", "next": back})
    assert (response.status_code, response.url) == (302, back)
    assert said(response) == ["PMS-12 is linked."]
    page = text_of(as_lead.get(address(subject)))
    assert "PMS-12" in page
    assert "Status not known" in page
    assert "never asked" in page
    assert "Without JIRA_URL and JIRA_TOKEN" in page
    as_lead.post(address(subject, "change"), {"unlink": "PMS-12"})
    assert not TicketLink.objects.exists()


def test_with_htmx_the_panel_alone_is_exchanged(as_lead, db):
    subject = an_event()
    response = as_lead.post(address(subject, "change"), {"key": "PMS-12"}, headers=HTMX)
    assert response.status_code == 200
    assert text_of(response).lstrip().startswith('<section id="tickets"')
    assert "PMS-12 is linked." in text_of(response)
    wrong = as_lead.post(address(subject, "change"), {"key": "<b>12"}, headers=HTMX)
    assert "This is no key of a ticket" in text_of(wrong)
    assert 'value="&lt;b&gt;12"' in text_of(wrong)


def test_what_is_wrong_is_said_without_javascript_too(as_lead, db):
    response = as_lead.post(address(an_incident(), "change"), {"key": "nothing"})
    assert response.status_code == 200
    assert "This is no key of a ticket" in text_of(response)


def test_nobody_is_sent_to_another_site(as_lead, db):
    subject = an_incident()
    response = as_lead.post(address(subject, "change"), {"key": "PMS-1", "next": "https://evil.example.com/"})
    assert response.url == address(subject)


def test_jira_is_asked_and_its_age_is_shown(as_lead, jira):
    jira.add("PMS-1", "Rates <late>", "In Progress")
    subject = an_incident()
    as_lead.post(address(subject, "change"), {"key": "PMS-1"})
    assert "Jira was asked about 1 ticket." in said(as_lead.post(address(subject, "change"), {"refresh": "1"}))
    page = text_of(as_lead.get(address(subject)))
    assert "Rates &lt;late&gt;" in page
    assert "ticket-status--indeterminate" in page
    assert f'href="{Ticket.objects.get().url}"' in page
    assert 'datetime="2026-03-18T14:05:00Z"' in page
    jira.plan = [(401, {}, {})]
    assert "does not accept the credentials" in text_of(as_lead.post(address(subject, "change"), {"refresh": "1"}))
    assert Ticket.objects.get().fetched_at == NOW


def test_related_tickets_are_found_and_linked(as_lead, jira):
    jira.add("PMS-7", "Rates are late", labels=("integration-airbnb",))
    subject = an_incident()
    found = text_of(as_lead.get(address(subject), {"find": "1", "q": ""}))
    assert "Rates are late" in found
    response = as_lead.post(address(subject, "change"), {"found": "PMS-7"})
    assert said(response) == ["PMS-7 is linked."]
    assert TicketLink.objects.get().source == "search"
    none = text_of(as_lead.get(address(subject), {"find": "1", "q": "nothing\x00 like this"}, headers=HTMX))
    assert "Jira knows no other ticket with these words" in none
    jira.plan = [(503, {}, {})]
    assert "503" in text_of(as_lead.get(address(subject), {"find": "1"}))


def test_a_ticket_is_created_from_a_filled_in_form(as_lead, jira):
    subject = an_incident()
    page = text_of(as_lead.get(address(subject, "new")))
    assert 'value="PMS"' in page
    assert "Airbnb: incident of 2026-03-18 13:05 UTC" in page
    given = {
        "project": "pms",
        "issue_type": "Bug",
        "summary": "Rates fail",
        "description": "See",
        "next": "/dashboard/",
    }
    response = as_lead.post(address(subject, "new"), given)
    assert (response.url, said(response)) == ("/dashboard/", ["PMS-100 was created and linked."])
    assert jira.issues["PMS-100"]["summary"] == "Rates fail"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"project": "XYZ"}, "valid project is required"),
        ({"project": "not a key"}, "key of a Jira project"),
        ({"summary": ""}, "This field is required"),
        ({"summary": "x\x00"}, "Null characters"),
        ({"description": "x" * 10_001}, "at most 10000 characters"),
    ],
)
def test_a_form_that_is_refused_keeps_what_was_typed(as_lead, jira, fields, words):
    given = {"project": "PMS", "issue_type": "Bug", "summary": "Kept summary", "description": ""} | fields
    response = as_lead.post(address(an_incident(), "new"), given)
    assert response.status_code == 200
    assert words in text_of(response)
    assert not TicketLink.objects.exists()
    if "summary" not in fields:
        assert "Kept summary" in text_of(response)


def test_viewers_see_tickets_and_change_nothing(as_viewer, jira):
    subject = an_incident()
    page = text_of(as_viewer.get(address(subject)))
    assert "No ticket is linked" in page
    assert "<button" not in page[page.index('id="tickets"') :]
    for given in ({"key": "PMS-1"}, {"unlink": "PMS-1"}, {"refresh": "1"}, {"found": "PMS-1"}):
        assert as_viewer.post(address(subject, "change"), given).status_code == 403
    assert as_viewer.get(address(subject, "new")).status_code == 403


def test_unknown_subjects_are_404(as_lead, db):
    for kind in ("incident", "event", "nothing"):
        url = reverse("tickets:panel", args=[kind, uuid.uuid4()])
        assert as_lead.get(url).status_code == 404
        assert as_lead.post(f"{url}change", {"key": "PMS-1"}).status_code == 404


def test_other_pages_show_the_panel_by_a_tag(lead, viewer, make_user, db):
    subject = an_incident()
    template = Template('{% load tickets %}{% tickets_panel "incident" row %}')
    for user, seen in ((lead, True), (viewer, True), (make_user(), False)):
        request = RequestFactory().get("/somewhere/")
        request.user = user
        html = template.render(Context({"row": subject.row, "request": request}))
        assert ('id="tickets"' in html) is seen
        assert ('value="/somewhere/"' in html) is (user == lead)


def test_the_page_of_the_integration_and_the_admin_show_the_tickets_of_events(as_lead, db, settings):
    settings.JIRA_URL = "https://x.atlassian.net"
    subject = an_event(metadata={"ticketKeys": ["QA-1"]})
    as_lead.post(address(subject, "change"), {"key": "PMS-2"})
    page = text_of(as_lead.get("/dashboard/integrations/airbnb/"))
    for key in ("QA-1", "PMS-2"):
        assert f'href="https://x.atlassian.net/browse/{key}"' in page
    assert address(subject) in page
    admin = text_of(as_lead.get(reverse("admin:integrations_integrationevent_change", args=[subject.row.pk])))
    assert "PMS-2" in admin
    assert address(subject) in admin
