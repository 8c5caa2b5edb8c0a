"""What is known of tickets while Jira is slow or partly ill, and when the events that they are about are gone."""

from datetime import timedelta

import pytest

from correlation.jira import JiraError
from correlation.models import TicketLink
from correlation.tasks import JIRA_TICKETS, refresh_jira
from correlation.tickets import refresh_subject, refresh_tickets
from integrations.models import JobStanding
from integrations.retention import purge
from tests.conftest import NOW
from tests.correlation.test_tickets import known, linked
from tests.correlation.tickets_world import an_event

pytestmark = pytest.mark.usefixtures("now")


def test_one_ticket_that_jira_cannot_tell_of_does_not_keep_the_others_waiting(jira):
    for key in ("PMS-2", "PMS-3"):
        jira.add(key, "There")
    linked("PMS-1", "PMS-2", "PMS-3")
    jira.plan = [(400, {"errorMessages": ["An issue with key 'PMS-1' does not exist."]}, {})] + [(500, b"", {})] * 3
    refresh_jira()
    assert [key for key, row in known().items() if row[0] == "There"] == ["PMS-2", "PMS-3"]
    assert "500" in JobStanding.objects.get(name=JIRA_TICKETS).error


def test_one_row_that_is_no_ticket_does_not_keep_its_batch_waiting_and_is_named(jira):
    for key in ("PMS-1", "PMS-2", "PMS-3"):
        jira.add(key, "There")
    linked("PMS-1", "PMS-2", "PMS-3")
    ill = {"id": "1", "key": "PMS-2", "fields": None}
    jira.plan = [(200, {"issues": [jira._issue("PMS-1"), ill, jira._issue("PMS-3")], "isLast": True}, {}),
                 (200, ill, {})]  # fmt: skip
    refresh_jira()
    assert [key for key, row in known().items() if row[0] == "There"] == ["PMS-1", "PMS-3"]
    standing = JobStanding.objects.get(name=JIRA_TICKETS)
    assert (standing.state, standing.error) == ("failed", "PMS-2: Jira answered with something that is no ticket.")
    refresh_jira()
    assert known()["PMS-2"][0] == "There"
    assert JobStanding.objects.get(name=JIRA_TICKETS).state == "succeeded"


def test_somebody_who_waits_is_told_when_jira_takes_too_long_for_everything_together(jira, monkeypatch):
    for number in range(9):
        jira.add(f"PMS-{number + 1}", "There")
    subject = linked(*jira.issues)
    monkeypatch.setattr("correlation.jira.WAITING_MAX", 0)
    with pytest.raises(JiraError, match="for everything together"):
        refresh_subject(subject, user=None, now=NOW)
    assert jira.asked == []


def test_what_a_slow_jira_has_said_is_stored_before_the_run_ends(jira):
    for number in (1, 2, 3):
        jira.add(f"PMS-{number}", "There")
    linked(*jira.issues)
    jira.plan = [(400, {"errorMessages": ["?"]}, {})]
    ticks = iter([NOW, NOW, NOW + timedelta(minutes=4)])
    assert refresh_tickets(now=NOW, clock=lambda: next(ticks)) == 1
    assert [row[0] for row in known().values()] == ["There", "", ""]


def test_the_clean_up_takes_links_of_old_events_along_and_counts_events_alone(db):
    old = an_event(occurred_at=NOW - timedelta(days=1000))
    an_event(occurred_at=NOW - timedelta(days=1001))
    linked("PMS-1", subject=old)
    linked("PMS-2", subject=an_event())
    assert purge(now=NOW).events == 2
    assert list(TicketLink.objects.values_list("ticket_id", flat=True)) == ["PMS-2"]
