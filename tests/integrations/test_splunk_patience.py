"""How long a Splunk that takes its time is waited for: seconds by people, minutes by the worker, never for ever."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from integrations import splunk_searches, tasks
from integrations.splunk_rest import Patience
from tests.conftest import NOW
from tests.integrations.test_splunk_searches import a_search
from tests.standins import splunk

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("patience", [Patience(0.2, 10**6), Patience(60, 10)])
def test_a_try_ends_soon_and_says_so_while_the_fetch_waits_for_longer(server, as_lead, now, monkeypatch, patience):
    row, tried = a_search(), threading.Event()

    def slow(exchange):
        tried.wait(30)
        splunk.answer(exchange)

    if patience.seconds < 1:
        server.handle_exchange = slow
    monkeypatch.setattr("integrations.splunk_rest.TRYING", patience)
    url = reverse("admin:integrations_splunksearch_try", args=[row.pk])
    page = as_lead.post(url).content.decode()
    tried.set()
    assert "A try ends after 15 s or 20 MiB; the scheduled fetch has 2 min" in page
    assert tasks.run_splunk_searches() == 1


def test_a_run_that_takes_long_leaves_the_other_windows_to_the_next_one(server):
    row = a_search(reckoned_from=NOW - timedelta(hours=2))

    def slow(exchange):
        clock.shift(timedelta(seconds=80))
        splunk.answer(exchange)

    server.handle_exchange = slow
    with time_machine.travel(NOW, tick=False) as clock:
        a_search(name="Another", reckoned_from=NOW - timedelta(hours=2))
        splunk_searches.run_due(now=NOW)
    assert len(server.seen) == 2, "both searches together end before the queue ends them"
    server.handle_exchange = splunk.answer
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        splunk_searches.run_due(now=NOW + timedelta(hours=1))
    row.refresh_from_db()
    assert row.reckoned_from == NOW + timedelta(hours=1, minutes=15)
