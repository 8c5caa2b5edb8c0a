"""GET and POST /integrations/health/{integrationId}/events."""

import csv
import io
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from integrations.models import IntegrationEvent, IntegrationHealth
from integrations.services import record_events
from tests.conftest import NOW
from tests.integrations.factories import DAY, HOUR, MINUTE, an_event
from tests.problems import assert_problem

URL = "/api/v1/integrations/health/vrbo/events"
EVENT = [
    "id",
    "integrationId",
    "eventType",
    "severity",
    "message",
    "metadata",
    "occurredAt",
    "externalId",
    "source",
    "createdAt",
]
pytestmark = pytest.mark.usefixtures("now")


def record(number=1, ago=2 * HOUR, **fields):
    rows = [an_event(occurred_at=NOW - ago, **fields) for _ in range(number)]
    return record_events(rows, now=NOW).ids


def ids(page):
    return [event["id"] for event in page["events"]]


def walk(api, page, direction):
    """Return the ids of this page and of all that follow in one direction, in the order in which they are listed."""
    seen = ids(page)
    while page[direction]:
        page = api.get(page[direction]).json()
        seen = seen + ids(page) if direction == "next" else ids(page) + seen
    return seen


def test_an_event_is_answered_as_it_was_stored(viewer_api):
    (pk,) = record(metadata={"affectedBookings": 3, "snake_key": {"camelKey": [1, None]}}, external_id="E-1")
    body = viewer_api.get(URL).json()
    assert list(body) == ["events", "next", "previous"]
    assert (body["next"], body["previous"]) == (None, None)
    assert list(body["events"][0]) == EVENT
    assert body["events"] == [
        {
            "id": str(pk),
            "integrationId": "vrbo",
            "eventType": "fee_sync_error",
            "severity": "high",
            "message": "Cleaning fee was not sent",
            "metadata": {"affectedBookings": 3, "snake_key": {"camelKey": [1, None]}},
            "occurredAt": "2026-03-18T12:05:00Z",
            "externalId": "E-1",
            "source": "api",
            "createdAt": "2026-03-18T14:05:00Z",
        }
    ]


def test_no_events_are_an_empty_list(viewer_api):
    assert viewer_api.get(URL).json() == {"events": [], "next": None, "previous": None}


def test_events_come_newest_first_and_only_those_of_the_integration_and_period(viewer_api):
    (old,), (new,), (middle,) = record(ago=6 * DAY), record(ago=HOUR), record(ago=DAY)
    record(ago=7 * DAY)
    record(integration_id="airbnb")
    assert ids(viewer_api.get(URL, {"period": "7d"}).json()) == [str(pk) for pk in (new, middle, old)]
    assert len(ids(viewer_api.get(URL).json())) == 4


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"eventType": "booking_loss"}, 2),
        ({"severity": "low"}, 2),
        ({"eventType": "booking_loss", "severity": "low"}, 1),
        ({"eventType": "pricing_sync_error"}, 0),
    ],
)
def test_filters_by_type_and_severity(viewer_api, parameters, expected):
    record(event_type="booking_loss", severity="low")
    record(event_type="booking_loss", severity="high")
    record(event_type="fee_sync_error", severity="low")
    events = viewer_api.get(URL, parameters).json()["events"]
    assert len(events) == expected
    assert all(event[name] == value for event in events for name, value in parameters.items())


def test_pages_lead_on_and_back_through_all_events(viewer_api):
    expected = [str(pk) for number in range(7) for pk in record(ago=(number + 1) * MINUTE)]
    first = viewer_api.get(URL, {"pageSize": 3, "severity": "high"}).json()
    assert (len(ids(first)), first["previous"]) == (3, None)
    second = viewer_api.get(first["next"]).json()
    third = viewer_api.get(second["next"]).json()
    assert ids(first) + ids(second) + ids(third) == expected
    assert third["next"] is None
    assert viewer_api.get(third["previous"]).json()["events"] == second["events"]
    assert viewer_api.get(second["previous"]).json()["events"] == first["events"]
    assert "severity=high" in first["next"]


def test_a_burst_of_2500_events_in_one_second_can_be_paged_through_both_ways(viewer_api):
    record(2500)
    record(3, ago=HOUR)
    record(3, ago=3 * HOUR)
    expected = [str(pk) for pk in IntegrationEvent.objects.newest_first().values_list("pk", flat=True)]
    page = viewer_api.get(URL, {"pageSize": 500}).json()
    pages = [page]
    while page["next"]:
        page = viewer_api.get(page["next"]).json()
        pages.append(page)
    assert len(pages) == 6
    assert [pk for page in pages for pk in ids(page)] == expected
    assert walk(viewer_api, pages[-1], "previous") == expected


def test_events_that_arrive_while_somebody_reads_do_not_move_the_pages(viewer_api):
    record(4, ago=2 * HOUR)
    first = viewer_api.get(URL, {"pageSize": 2}).json()
    record(5, ago=HOUR)
    record(5, ago=2 * HOUR)  # and some in the very second that is being read
    rest = walk(viewer_api, viewer_api.get(first["next"]).json(), "next")
    assert not set(rest) & set(ids(first))


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ties=st.lists(st.integers(0, 3), min_size=1, max_size=12), size=st.integers(1, 5))
def test_every_event_is_on_exactly_one_page_whatever_the_ties(viewer_api, ties, size):
    IntegrationEvent.objects.all().delete()
    record_events([an_event(occurred_at=NOW - tie * MINUTE) for tie in ties], now=NOW)
    expected = [str(pk) for pk in IntegrationEvent.objects.newest_first().values_list("pk", flat=True)]
    page = viewer_api.get(URL, {"pageSize": size}).json()
    assert walk(viewer_api, page, "next") == expected
    while page["next"]:
        page = viewer_api.get(page["next"]).json()
        assert walk(viewer_api, page, "previous") == expected[: expected.index(ids(page)[-1]) + 1]


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "%%%", "ü", "\x00", "cD0yMDI2LTAzLTE4", "bzIwMjY", "a" * 5000,
        "biAyMDI2LTAzLTE4IDAw",  # n 2026-03-18 00
        "byAwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw",  # year 1, zone +14:00
    ],
)  # fmt: skip
def test_what_is_no_cursor_is_refused(viewer_api, cursor):
    assert_problem(viewer_api.get(URL, {"cursor": cursor}), 400, "cursor")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("eventType=zzz", "eventType"),
        ("eventType=", "eventType"),
        ("event_type=booking_loss", "event_type"),
        ("severity=HIGH", "severity"),
        ("severity=high&severity=low", "severity"),
        ("period=1w", "period"),
        ("pageSize=0", "pageSize"),
        ("pageSize=1001", "pageSize"),
        ("page=2", "page"),
        ("q=fee", "q"),
        ("format=yaml", "format"),
        ("%ED%A0%80=1", "���"),
    ],
)
def test_unknown_repeated_and_bad_parameters_are_named(viewer_api, query, field):
    assert_problem(viewer_api.get(f"{URL}?{query}"), 400, field)


def test_csv_has_the_rows_of_the_json_and_runs_no_formula(viewer_api):
    record(message="=1+1", ago=HOUR)
    record(message="-2", external_id="@SUM(A1)", ago=2 * HOUR)
    record(message='plain, "quoted"\nand two lines', metadata={"lossAmount": -0.0, "note": "+1"}, ago=3 * HOUR)
    response = viewer_api.get(URL, {"format": "csv"})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))
    events = viewer_api.get(URL).json()["events"]
    assert list(rows[0]) == EVENT
    assert [row["id"] for row in rows] == [event["id"] for event in events]
    assert [row["message"] for row in rows[:2]] == ["'=1+1", "'-2"]
    assert rows[1]["externalId"] == "'@SUM(A1)"
    assert rows[2]["message"] == events[2]["message"]
    assert json.loads(rows[2]["metadata"]) == events[2]["metadata"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_csv_pages_are_linked(viewer_api):
    record(5)
    response = viewer_api.get(URL, {"format": "csv", "pageSize": 2})
    link = response.headers["Link"]
    assert link.endswith('; rel="next"')
    following = viewer_api.get(link.split(">")[0].lstrip("<"))
    assert len(following.content.decode().splitlines()) == 3
    assert 'rel="previous"' in following.headers["Link"]


def test_csv_without_events_still_has_its_header(viewer_api):
    assert viewer_api.get(URL, {"format": "csv"}).content.decode() == ",".join(EVENT) + "\r\n"


def test_events_of_an_unknown_integration_are_404(viewer_api, ingest_api):
    assert_problem(viewer_api.get(URL.replace("vrbo", "expedia")), 404)
    assert_problem(ingest_api.post(URL.replace("vrbo", "expedia"), []), 404)
    assert_problem(viewer_api.get(URL.replace("vrbo", "expedia"), {"cursor": "none"}), 404)


def test_an_integration_without_events_has_an_empty_list(viewer_api):
    assert viewer_api.get(URL).json() == {"events": [], "next": None, "previous": None}


def test_a_page_costs_as_many_queries_for_many_events_as_for_few(viewer_api, django_assert_num_queries):
    record(1)
    viewer_api.get(URL)  # notes that the token was used, once a minute
    with django_assert_num_queries(2 + 1):  # who is asking; the events, which prove that the integration is there
        viewer_api.get(URL)
    record(300)
    with django_assert_num_queries(2 + 1):
        assert len(ids(viewer_api.get(URL, {"pageSize": 200}).json())) == 200


def test_reading_changes_nothing(viewer_api):
    record(2, ago=timedelta(seconds=1))
    before = list(IntegrationHealth.objects.values())
    viewer_api.get(URL)
    assert list(IntegrationHealth.objects.values()) == before
