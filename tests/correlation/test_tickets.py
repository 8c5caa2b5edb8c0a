"""Tickets linked by key, with or without Jira, and kept up to date by the job."""

from datetime import timedelta

import pytest

from correlation.checks import check_jira
from correlation.choices import TicketSource
from correlation.jira import JiraError, try_out
from correlation.models import Ticket, TicketLink
from correlation.tasks import JIRA_TICKETS, refresh_jira
from correlation.tickets import (
    TicketError,
    link_ticket,
    refresh_subject,
    tickets_of,
    tickets_of_events,
    unlink_ticket,
)
from integrations.models import JobRun, JobStanding
from tests.conftest import NOW
from tests.correlation.tickets_world import an_event, an_incident
from tests.standins.jira import TOKEN
from tests.standins.server import serving

pytestmark = pytest.mark.usefixtures("now")
MANUAL = TicketSource.MANUAL


def linked(*keys, subject=None):
    subject = subject or an_incident()
    for key in keys:
        link_ticket(subject, key, source=MANUAL, user=None)
    return subject


def known():
    return {
        ticket.key: (ticket.title, ticket.status, ticket.status_category, ticket.is_missing)
        for ticket in Ticket.objects.all()
    }


def test_a_key_is_linked_once_without_any_jira(db, lead):
    subject = an_incident()
    assert link_ticket(subject, "pms-12", source=MANUAL, user=lead)[1] is True
    assert link_ticket(subject, "https://x.atlassian.net/browse/PMS-12", source=MANUAL, user=lead)[1] is False
    (shown,) = tickets_of(subject)
    assert (shown.ticket.key, shown.ticket.url, shown.ticket.fetched_at) == ("PMS-12", "", None)
    assert TicketLink.objects.get().created_by == lead
    assert unlink_ticket(subject, "PMS-12") is True
    assert unlink_ticket(subject, "PMS-12") is False
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "12", "PMS", "PMS-0", "PMS-", "P-1", "PMS-1\nPMS-2", "PMS-1\x00", "x" * 5000, "–"]
)
def test_what_is_no_key_is_refused_in_words(db, text):
    with pytest.raises(TicketError, match="PMS-12"):
        link_ticket(an_incident(), text, source=MANUAL, user=None)


def test_fifty_tickets_are_enough(db):
    subject = linked(*(f"PMS-{number}" for number in range(1, 51)))
    linked("PMS-50", subject=subject)
    with pytest.raises(TicketError, match="50"):
        linked("PMS-51", subject=subject)


def test_tickets_that_the_event_names_are_shown_beside_the_linked_ones(db):
    subject = an_event(metadata={"ticketKeys": ["QA-1", "qa-2", "QA-1", 5, "none"]})
    linked("QA-2", subject=subject)
    shown = [(row.ticket.key, row.source) for row in tickets_of(subject)]
    assert shown == [("QA-2", "manual"), ("QA-1", "event")]
    for odd in ({}, {"ticketKeys": None}, {"ticketKeys": "QA-7"}, {"ticketKeys": {"a": 1}}):
        tickets_of(an_event(metadata=odd))


def test_a_page_of_events_costs_two_queries(db, django_assert_num_queries):
    rows = [linked("QA-9", subject=an_event(metadata={"ticketKeys": [f"QA-{n}"]})).row for n in range(1, 8)]
    with django_assert_num_queries(2):
        found = tickets_of_events(rows)
    assert [shown.ticket.key for shown in found[rows[0].pk]] == ["QA-9", "QA-1"]


def test_the_job_asks_in_batches_page_by_page(jira):
    for number in range(1, 6):
        jira.add(f"PMS-{number}", f"Ticket {number}", "In Progress")
    linked(*jira.issues)
    assert refresh_jira() == 5
    assert known()["PMS-5"] == ("Ticket 5", "In Progress", "indeterminate", False)
    searches = [body for _, path, body in jira.asked if path.endswith("/search/jql")]
    assert [body.get("nextPageToken") for body in searches] == [None, "t2", "t4"]
    assert searches[0]["jql"] == "key in (PMS-1, PMS-2, PMS-3, PMS-4, PMS-5)"
    assert "assignee" not in searches[0]["fields"]


def test_one_unknown_key_does_not_spoil_the_others(jira):
    jira.add("PMS-1", "There", "Done")
    linked("PMS-1", "PMS-404")
    for strict in (True, False):
        Ticket.objects.update(fetched_at=None, is_missing=False)
        jira.strict = strict
        refresh_jira()
        assert known() == {"PMS-1": ("There", "Done", "done", False), "PMS-404": ("", "", "", True)}


def test_a_ticket_that_was_moved_keeps_the_key_by_which_it_was_linked(jira):
    jira.add("PMS-1", "Moved", "To Do")
    jira.issues["PMS-1"]["moved_to"] = "OPS-9"
    linked("PMS-1")
    refresh_jira()
    assert known() == {"PMS-1": ("Moved", "To Do", "new", False)}


def test_the_job_asks_again_after_a_while_and_about_what_is_done_once_a_day(jira, time_machine_later):
    jira.add("PMS-1", "Open")
    jira.add("PMS-2", "Closed", "Done")
    linked("PMS-1", "PMS-2")
    assert refresh_jira() == 2
    assert refresh_jira() == 0
    time_machine_later(timedelta(minutes=15))
    assert refresh_jira() == 1
    time_machine_later(timedelta(hours=25))
    assert refresh_jira() == 2


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ([(401, {}, {})], "JIRA_EMAIL and JIRA_TOKEN"),
        ([(403, {}, {})], "lacks a permission"),
        ([(404, {}, {})], "does not know it"),
        ([(410, {}, {})], "410"),
        ([(400, {"errorMessages": ["Field 'x' does not exist."]}, {})] + [(500, b"", {})] * 3, "500"),
        ([(429, {}, {"Retry-After": "3600"})], "429"),
        ([(503, b"<html>", {})] * 3, "503"),
        ([(200, b"<html>", {"Content_Type": "text/html"})], "did not answer in JSON"),
        ([(200, {"issues": "none"}, {})], "something else"),
        (
            [(200, {"issues": [{"key": "PMS-1"}]}, {}), (200, {}, {}), (200, {"key": "PMS-1"}, {})],
            "PMS-1: Jira answered with something that is no ticket",
        ),
        ([(200, [], {})], "something else"),
        ([(302, b"", {"Location": "https://elsewhere.example.com/"})], "redirects"),
        ([(200, b" " * 4_100_000, {})], "more than"),
    ],
)
def test_a_jira_that_does_not_answer_leaves_what_was_known_and_the_run_says_why(jira, plan, words):
    jira.add("PMS-1", "Known", "Done")
    linked("PMS-1")
    Ticket.objects.update(title="Known before", status="To Do", fetched_at=NOW - timedelta(days=2))
    jira.plan = plan
    assert refresh_jira() == 0
    standing = JobStanding.objects.get(name=JIRA_TICKETS)
    assert words in standing.error
    assert TOKEN not in standing.error
    ticket = Ticket.objects.get()
    assert (ticket.title, ticket.fetched_at) == ("Known before", NOW - timedelta(days=2))
    jira.plan = []
    assert refresh_jira() == 1


def test_bad_credentials_do_not_make_every_ticket_unknown(jira, settings):
    jira.add("PMS-1", "There")
    linked("PMS-1")
    settings.JIRA_TOKEN = "expired"
    assert refresh_jira() == 0
    assert known()["PMS-1"][3] is False
    assert "credentials" in JobStanding.objects.get(name=JIRA_TICKETS).error


def test_a_short_wait_that_jira_asks_for_is_kept(jira):
    jira.add("PMS-1", "There")
    linked("PMS-1")
    jira.plan = [(429, {}, {"Retry-After": "0"})]
    assert refresh_jira() == 1


def test_a_data_center_is_asked_in_its_own_way(jira, settings):
    settings.JIRA_EMAIL = ""
    for number in range(1, 6):
        jira.add(f"PMS-{number}", "There")
    linked(*jira.issues)
    assert refresh_jira() == 5
    assert [body.get("startAt", 0) for _, _, body in jira.asked] == [0, 2, 4]
    assert "Data Center" in try_out()


def test_asking_for_one_subject_links_what_its_metadata_name(jira, lead):
    jira.add("QA-1", "Named", "Done")
    subject = an_event(metadata={"ticketKeys": ["QA-1"]})
    assert refresh_subject(subject, user=lead, now=NOW) == 1
    assert [(row.ticket.title, row.source) for row in tickets_of(subject)] == [("Named", "event")]


def test_without_jira_the_job_does_nothing_and_asking_says_why(db, settings):
    settings.JIRA_URL = settings.JIRA_TOKEN = ""
    subject = linked("PMS-1")
    assert refresh_jira() == 0
    assert not JobRun.objects.exists()
    with pytest.raises(JiraError, match="JIRA_URL and JIRA_TOKEN is missing"):
        refresh_subject(subject, user=None, now=NOW)


def test_the_settings_are_checked(settings):
    settings.JIRA_URL, settings.JIRA_TOKEN = "", ""
    assert check_jira() == []
    settings.JIRA_TOKEN = "t"
    assert [error.id for error in check_jira()] == ["correlation.E005"]
    settings.JIRA_URL = "https://x.atlassian.net"
    assert check_jira() == []
    settings.JIRA_TOKEN = ""  # tickets are linked to, and nobody asks about them
    assert check_jira() == []
    for bad in ("x.atlassian.net", "ftp://x", "https://u:p@x", "https://x?a=b"):
        settings.JIRA_URL = bad
        assert [error.id for error in check_jira()] == ["correlation.E006"]


def test_a_jira_that_breaks_off_is_told_apart_from_none(jira, settings):
    with serving(lambda exchange: exchange.connection.close()) as broken:
        settings.JIRA_URL = broken.url("")
        with pytest.raises(JiraError, match="broke off"):
            try_out()
    with pytest.raises(JiraError, match="cannot be reached"):
        try_out()
