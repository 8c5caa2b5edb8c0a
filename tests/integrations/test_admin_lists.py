"""Lists of big tables: no full count, no scan for dates, and filters that find what they say."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.services import record_events, record_observations
from qa_observability import admin_lists
from qa_observability.admin_lists import date_steps
from tests.conftest import NOW
from tests.integrations.factories import DAY, MINUTE, an_event, an_observation

pytestmark = pytest.mark.usefixtures("now", "db")
EVENTS = "/admin/integrations/integrationevent/"
OBSERVATIONS = "/admin/integrations/integrationhealth/"


@pytest.fixture
def some_rows() -> None:
    record_events([an_event(message=f"Fee {n}", occurred_at=NOW - n * DAY) for n in range(60)], now=NOW)
    record_observations([an_observation(last_checked=NOW - 2 * DAY - n * MINUTE) for n in range(3)], now=NOW)
    record_observations([an_observation(integration_id="airbnb", last_checked=NOW - MINUTE)], now=NOW)


def rows_of(response) -> int:
    return len(response.context["cl"].result_list)


@pytest.mark.parametrize(
    "url",
    [
        EVENTS,
        OBSERVATIONS,
        "/admin/auditlog/logentry/",
        "/admin/integrations/importbatch/",
        "/admin/integrations/jobrun/",
        "/admin/correlation/testexecution/",
    ],
)
def test_no_query_of_a_list_counts_or_scans_the_whole_table(as_lead, some_rows, url):
    with CaptureQueriesContext(connection) as queries:
        assert as_lead.get(url).status_code == 200
    asked = [
        query["sql"]
        for query in queries
        if re.search("integration_|auditlog|job_runs|test_exec|import_batches", query["sql"])
    ]
    assert asked
    assert not [sql for sql in asked if "COUNT(" in sql and "LIMIT 10000" not in sql]
    assert not [sql for sql in asked if "DISTINCT" in sql and "trunc" in sql.lower()]


@pytest.mark.parametrize("url", [EVENTS, OBSERVATIONS])
def test_a_list_takes_as_many_queries_however_many_rows_it_shows(as_lead, url, django_assert_max_num_queries):
    as_lead.get(url)
    with CaptureQueriesContext(connection) as empty:
        as_lead.get(url)
    record_events([an_event(occurred_at=NOW - n * MINUTE) for n in range(40)], now=NOW)
    record_observations([an_observation(last_checked=NOW - n * MINUTE) for n in range(40)], now=NOW)
    with django_assert_max_num_queries(len(empty) + 1):
        as_lead.get(url)


def test_a_count_ends_at_its_bound(as_lead, some_rows, monkeypatch):
    monkeypatch.setattr(admin_lists, "COUNTED", 55)
    assert "more than 54 events" in as_lead.get(EVENTS).content.decode()


@pytest.mark.parametrize(
    ("url", "query", "found"),
    [
        (EVENTS, "q=Fee+59", 1), (EVENTS, "severity__exact=low", 0), (EVENTS, "integration__slug__exact=vrbo", 50),
        (EVENTS, "occurred_at__year=2026&occurred_at__month=2", 28), (EVENTS, "source__exact=api", 50),
        (EVENTS, "event_type__exact=booking_loss", 0), (OBSERVATIONS, "newest=any", 2),
        (OBSERVATIONS, "newest=stale", 0), (OBSERVATIONS, "source__exact=manual", 4),
        ("/admin/integrations/integration/", "stale=no", 2), ("/admin/integrations/integration/", "stale=yes", 3),
    ],
)  # fmt: skip
def test_a_filter_finds_what_it_says(as_lead, some_rows, url, query, found):
    assert rows_of(as_lead.get(f"{url}?{query}")) == found


def test_the_dates_above_a_list_follow_from_its_ends():
    first, last = date(2025, 11, 20), date(2026, 3, 18)
    assert [title for title, _ in date_steps("at", {}, first, last)["choices"]] == ["2025", "2026"]
    months = date_steps("at", {"at__year": "2025"}, first, last)
    assert [title for title, _ in months["choices"]] == ["November 2025", "December 2025"]
    days = date_steps("at", {"at__year": "2026", "at__month": "3"}, first, last)
    assert days["choices"][-1] == ("18 Mar", {"at__year": 2026, "at__month": 3, "at__day": 18})
    assert date_steps("at", {"at__year": "2026", "at__month": "3", "at__day": "2"}, first, last)["choices"] == []


@pytest.mark.parametrize("query", ["occurred_at__year=2026&occurred_at__month=99", "occurred_at__year=0", "p=9999"])
def test_a_date_that_there_is_not_breaks_nothing(as_lead, some_rows, query):
    assert as_lead.get(f"{EVENTS}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize("url", [EVENTS, f"{EVENTS}export/csv/", f"{EVENTS}export/xlsx/"])
@pytest.mark.parametrize("query", ["occurred_at__year=" + "9" * 30, "occurred_at__gte=soon", "colour=red"])
def test_a_filter_that_there_is_not_leads_back_to_the_whole_list(as_lead, url, query):
    response = as_lead.get(f"{url}?{query}", follow=True)
    assert (response.status_code, response.request["PATH_INFO"]) == (200, EVENTS)


def test_an_export_takes_the_list_s_filters_and_can_be_imported_again(as_lead, some_rows):
    response = as_lead.get(f"{EVENTS}export/csv/?q=Fee+59")
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("integration,occurred_at,type,severity,message")
    assert lines[1].startswith("vrbo,2026-01-18T14:05:00Z,fee_sync_error,high,Fee 59")
    file = b"".join(as_lead.get(f"{OBSERVATIONS}export/xlsx/").streaming_content)
    assert file[:2] == b"PK"
    assert as_lead.get(f"{EVENTS}export/pdf/").status_code == 404
