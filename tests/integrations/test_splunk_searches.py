"""Splunk searches: window after window comes in, none is lost while Splunk is away, and errors under 200 are errors."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs

import pytest
import time_machine
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from integrations import splunk_searches, tasks
from integrations.models import IntegrationEvent, IntegrationHealth, JobRun, SplunkSearch
from integrations.splunk.times import TimeError, resolve, time_in_name
from qa_observability.spoken import SpokenError
from tests.conftest import NOW
from tests.integrations.factories import HOUR, MINUTE
from tests.standins import splunk

REFERENCE = datetime(2026, 1, 31, 14, 5, 7, tzinfo=UTC)


def a_search(**fields):
    given_ = {"name": "Channels", "search": "index=web | stats count", "earliest": "-15m", "latest": "now"}
    row = SplunkSearch.objects.create(**given_ | {"interval": 15} | fields)
    row.refresh_from_db()
    return row


def windows(server):
    """Return the windows that were asked for, as (earliest, latest) in minutes from NOW."""
    forms = [parse_qs(seen.body.decode()) for seen in server.seen]
    ends = [[float(form[name][0]) - NOW.timestamp() for name in ("earliest_time", "latest_time")] for form in forms]
    return [tuple(round(end / 60) for end in pair) for pair in ends]


def failure(row, at=NOW):
    with pytest.raises(SpokenError) as caught:
        splunk_searches.run(row, now=at)
    row.refresh_from_db()
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-01-31T14:05:07"), ("-15m", "2026-01-31T13:50:07"), ("@h", "2026-01-31T14:00:00"),
        ("-1h@h", "2026-01-31T13:00:00"), ("-1d@d+6h", "2026-01-30T06:00:00"), ("@d", "2026-01-31T00:00:00"),
        ("+1d", "2026-02-01T14:05:07"), ("1769868307", "2026-01-31T14:05:07"), ("now-1h", "2026-01-31T13:05:07"),
    ],
)  # fmt: skip
def test_a_time_modifier_names_a_moment(text, moment):
    assert resolve(text, REFERENCE) == datetime.fromisoformat(f"{moment}+00:00")


@pytest.mark.parametrize("text", ["", "1h", "-1y", "@w", "yesterday", "-1h-2h", "-1h@h@d", "-99999d", "-\u0661h"])
def test_what_is_no_time_modifier_is_refused(text):
    with pytest.raises(TimeError):
        resolve(text, datetime(2026, 1, 31, tzinfo=UTC) if text != "-99999d" else datetime(30, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("errors_2026-01-31T14-05Z.json", "2026-01-31T14:05:00"), ("stats 2026-01-31 14.05.csv", "2026-01-31T14:05:00"),
        ("20260131T140507Z.json", "2026-01-31T14:05:07"), ("202601311405.csv", "2026-01-31T14:05:00"),
        ("x-2026-01-31.json", "2026-01-31T23:59:59"), ("20261399-20260131_1405.json", "2026-01-31T14:05:00"),
        ("export.json", None), ("export-123456789.json", None), ("2026-02-30.json", None), ("1769868307.json", None),
    ],
)  # fmt: skip
def test_a_file_name_tells_a_moment_or_none(name, moment):
    assert time_in_name(name) == (datetime.fromisoformat(f"{moment}+00:00") if moment else None)


@given(st.text())
def test_any_name_tells_a_moment_or_none(text):
    assert time_in_name(text) is None or time_in_name(text).tzinfo is UTC


@pytest.mark.django_db
def test_a_result_is_imported_for_the_end_of_its_window(server, now):
    row = a_search()
    assert tasks.run_splunk_searches() == 1
    seen = IntegrationHealth.objects.get()
    assert (seen.integration_id, seen.last_checked, seen.source) == ("vrbo", NOW, "splunk")
    assert (seen.error_rate, seen.pricing_sync_status) == (Decimal("0.07"), "error")
    assert windows(server) == [(-15, 0)]
    form = parse_qs(server.seen[0].body.decode())
    assert form["search"] == ["search index=web | stats count"]
    assert (form["output_mode"], form["preview"]) == (["json"], ["false"])
    row.refresh_from_db()
    assert (row.succeeded_at, row.next_run_at) == (NOW, NOW + 15 * MINUTE)
    assert tasks.run_splunk_searches() == 0
    assert JobRun.objects.get().name == "Splunk search: Channels"


@pytest.mark.django_db
def test_what_splunk_could_not_answer_is_fetched_when_it_is_back(server):
    row = a_search()
    with time_machine.travel(NOW, tick=False):
        splunk_searches.run_due(now=NOW)
    server.handle_exchange = lambda exchange: exchange.answer(503, splunk.messages("FATAL", "Service down"))
    at = NOW + 15 * MINUTE
    with time_machine.travel(at, tick=False):
        assert splunk_searches.run_due(now=at) == 0
    row.refresh_from_db()
    assert (row.failing_since, row.error) == (at, "Splunk answered 503: Service down")
    assert at + 15 * MINUTE <= row.next_run_at <= at + 17 * MINUTE
    server.handle_exchange = splunk.answer
    server.seen.clear()
    back = NOW + 50 * MINUTE
    with time_machine.travel(back, tick=False):
        assert splunk_searches.run_due(now=back) == 3
    assert windows(server) == [(0, 15), (15, 30), (30, 45)]
    row.refresh_from_db()
    assert (row.failing_since, row.next_run_at) == (None, NOW + 60 * MINUTE)
    assert IntegrationHealth.objects.count() == 4


@pytest.mark.django_db
def test_of_a_long_absence_a_week_is_made_up_for(server, now):
    row = a_search(interval=1440, reckoned_from=NOW - timedelta(days=20))
    splunk_searches.run(row, now=NOW)
    assert len(server.seen) == 8
    assert windows(server)[-1] == (-15, 0)


@pytest.mark.django_db
def test_the_same_window_fetched_again_with_other_bytes_makes_no_second_event(server, now):
    row = a_search()
    splunk_searches.run(row, now=NOW)
    server.handle_exchange = lambda exchange: exchange.answer(200, splunk.rows(errors=16))
    splunk_searches.run(row, now=NOW)  # `reckoned_from` of this copy has not moved
    assert IntegrationEvent.objects.count() == 1
    assert IntegrationHealth.objects.get().error_rate == Decimal("0.08")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b"", "Splunk answered with nothing at all, not even an empty result: the search did not run."),
        (200, splunk.messages("ERROR", "Disk full"), "Channels, line 1: "),
        (200, splunk.messages("FATAL", "Unknown command"), "Channels, line 1: "),
        (200, splunk.rows().replace(b'"lastrow": true, ', b""), "Splunk broke off in the middle of the result."),
        (200, splunk.rows()[:50], "Channels, line 1: the JSON ends too early"),
        (200, rb'{"messages":[{"type":"FATAL","text":"a\u0000b\ud800"}]}', "Channels, line 1: "),
        (200, b"<html>Login</html>", "Channels, line 1: a web page (HTML) and not an export"),
        (401, splunk.messages("ERROR", "Unauthorized"), "Splunk answered 401: Unauthorized"),
        (400, splunk.messages("FATAL", "Unknown search command 'x'."), "Splunk answered 400: Unknown search command"),
        (500, b"<html>", "127.0.0.1 answered 500."),
    ],
)  # fmt: skip
def test_an_error_is_one_whatever_its_status_and_nothing_is_stored(server, now, status, body, told):
    server.handle_exchange = lambda exchange: exchange.answer(status, body)
    row = a_search()
    assert failure(row).startswith(told)
    assert (row.failing_since, row.reckoned_from) == (NOW, None)
    assert not IntegrationHealth.objects.exists()
    assert splunk.TOKEN not in row.error


@pytest.mark.django_db
def test_an_empty_result_is_no_error(server, now):
    server.handle_exchange = lambda exchange: exchange.answer(200, b'{"preview":false,"lastrow":true}\n')
    row = a_search()
    assert splunk_searches.run(row, now=NOW) == 0
    row.refresh_from_db()
    assert row.reckoned_from == NOW + 15 * MINUTE


@pytest.mark.django_db
def test_an_older_splunk_is_asked_at_its_older_address(server, now):
    server.handle_exchange = lambda exchange: splunk.answer(exchange, has_v2=False)
    assert splunk_searches.run(a_search(), now=NOW) == 1
    assert [seen.path for seen in server.seen] == [splunk.V2, splunk.OLD]


@pytest.mark.django_db
def test_a_half_answer_is_fetched_again(server, now):
    def cut(exchange):
        exchange.answer(200, splunk.rows(), Content_Length="99999")
        exchange.close_connection = True

    server.handle_exchange = cut
    assert failure(a_search()) == "127.0.0.1 broke off in the middle of its answer."


@pytest.mark.django_db
def test_the_connection_says_what_is_missing_and_who_we_are(server, settings, as_lead):
    test = reverse("admin:connection_test", args=["splunk-searches"])
    a_search()
    assert "Splunk answers, and knows the token as qa-bot." in as_lead.post(test, follow=True).content.decode()
    settings.SPLUNK_TOKEN = "wrong"
    assert "Splunk answered 401: Unauthorized" in as_lead.post(test, follow=True).content.decode()
    settings.SPLUNK_TOKEN = ""
    assert splunk_searches.what_is_missing() == ["SPLUNK_TOKEN"]
    assert tasks.run_splunk_searches() == 0


FORM = {"name": "A", "is_active": "on", "search": "index=web", "earliest": "-1h@h", "latest": "@h", "interval": "60",
        "basis": "total"}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("earliest", "soon", "is no time"), ("latest", "-2h@h", "ends before it begins"), ("search", " ", "required"),
        ("latest", "+1h", "must be over"), ("interval", "0", "greater than"), ("basis", "x", "valid choice"),
    ],
)  # fmt: skip
def test_a_search_that_cannot_work_is_refused(as_lead, field, value, told):
    page = as_lead.post(reverse("admin:integrations_splunksearch_add"), FORM | {field: value}).content.decode()
    assert told in page
    assert not SplunkSearch.objects.exists()


@pytest.mark.django_db
def test_a_lead_sets_a_search_up_and_tries_it(as_lead, server, settings):
    as_lead.post(reverse("admin:integrations_splunksearch_add"), FORM)
    row = SplunkSearch.objects.get()
    url = reverse("admin:integrations_splunksearch_try", args=[row.pk])
    page = as_lead.post(url).content.decode()
    assert "7.00 %" in page
    assert not IntegrationHealth.objects.exists()
    settings.SPLUNK_URL = ""
    assert "Set SPLUNK_URL first." in as_lead.post(url).content.decode()
    assert row.every == HOUR
