"""What is known of tickets while Jira is slow or partly ill, and when the events that they are about are gone."""

from datetime import timedelta

import pytest

from correlation.models import TicketLink
from correlation.tasks import JIRA_TICKETS, refresh_jira
from correlation.tickets import refresh_tickets
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
