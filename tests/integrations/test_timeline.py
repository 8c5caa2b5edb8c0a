"""The timeline of an integration: what it counts, from where, and what the page makes of an interval in its address."""

import re
from collections import Counter
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from correlation.models import Incident
from integrations import event_timeline as timelines
from integrations.choices import EventType, Severity
from integrations.event_timeline import event_timeline
from integrations.intervals import read_interval, text_of, whole_interval
from integrations.models import IntegrationDay, IntegrationEvent, MaintenanceWindow
from integrations.retention import purge
from integrations.timeline import x_of
from qa_observability.periods import parse_period
from tests.conftest import NOW
from tests.integrations.factories import DAY, HOUR, MINUTE
from tests.integrations.seen import DETAIL, add_events
from tests.integrations.seen import text_of as words_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def interval(ago: timedelta, length: timedelta):
    return read_interval(text_of(NOW - ago), text_of(NOW - ago + length), now=NOW)


def scatter() -> None:
    """Events of every type and severity over the last three days, and one of another channel."""
    for number, ago in enumerate([MINUTE, 7 * MINUTE, HOUR, 5 * HOUR, 9 * HOUR, DAY, DAY + HOUR, 2 * DAY, 3 * DAY]):
        event_type = EventType.values[number % 3]
        severity = Severity.values[number % 4]
        add_events(number + 1, ago=ago, event_type=event_type, severity=severity)
    add_events(50, slug="airbnb", ago=HOUR)


def expected(shown) -> Counter:
    """The same counts, from the rows one by one."""
    rows = IntegrationEvent.objects.filter(integration="vrbo")
    inside = [row for row in rows if shown.start <= row.occurred_at < shown.end]
    return Counter((row.occurred_at - shown.start) // shown.step for row in inside)


@pytest.mark.parametrize("length", [2 * HOUR, 12 * HOUR, 2 * DAY, 5 * DAY, 30 * DAY])
def test_each_step_has_the_events_that_lie_in_it(length, django_assert_max_num_queries):
    scatter()
    shown = interval(length, length + MINUTE)
    with django_assert_max_num_queries(2):
        found = event_timeline("vrbo", shown)
    assert {row.number: row.total for row in found.rows} == expected(shown)
    assert found.total == sum(expected(shown).values())
    for row in found.rows:
        assert row.start == shown.start + row.number * shown.step


def test_severities_are_told_apart_in_words_and_paths():
    add_events(3, ago=5 * HOUR, severity="low")
    add_events(2, ago=5 * HOUR, severity="critical")
    found = event_timeline("vrbo", interval(2 * DAY, 2 * DAY))
    assert [row.cells for row in found.rows] == [["", "5 (2 critical, 3 low)", ""]]
    fees = found.lanes[1]
    assert [shape.severity for shape in fees.shapes] == ["critical", "low"]
    assert (fees.total, fees.peak) == (5, 5)
    critical, low = (float(re.search(r"v(-[0-9.]+)", shape.path)[1]) for shape in fees.shapes)
    assert low == pytest.approx(critical * 1.5, abs=0.2)


def test_days_come_from_the_sums_and_outlive_their_events():
    add_events(4, ago=95 * DAY, severity="high")
    year = whole_interval(parse_period("1y", NOW), now=NOW)
    before = event_timeline("vrbo", year)
    purge(now=NOW)
    assert not IntegrationEvent.objects.exists()
    assert event_timeline("vrbo", year) == before
    assert [row.cells[1] for row in before.rows] == ["4 (4 high)"]


def test_a_day_purged_before_severities_were_counted_keeps_its_number():
    add_events(4, ago=95 * DAY, severity="high")
    IntegrationDay.objects.update(fee_sync_error_high_events=0, events_purged=True)
    found = event_timeline("vrbo", whole_interval(parse_period("1y", NOW), now=NOW))
    assert [row.cells[1] for row in found.rows] == ["4"]
    assert [shape.severity for shape in found.lanes[1].shapes] == ["unknown"]


def test_the_migration_counts_what_is_stored_by_severity():
    scatter()
    columns = [
        field.name for field in IntegrationDay._meta.fields if re.search(r"_(low|medium|high|critical)_", field.name)
    ]
    wanted = list(IntegrationDay.objects.order_by("pk").values_list(*columns))
    assert len(columns) == 12
    IntegrationDay.objects.update(**dict.fromkeys(columns, 0))
    migration = import_module("integrations.migrations.0010_count_severities_of_days")
    for _ in range(2):
        migration.count_severities(apps, None)
        assert list(IntegrationDay.objects.order_by("pk").values_list(*columns)) == wanted


def test_single_events_are_marked_where_they_lie_and_too_many_are_counted(monkeypatch):
    for ago in (10 * MINUTE, 20 * MINUTE, 30 * MINUTE):
        add_events(ago=ago, severity="critical")
    shown = interval(HOUR, HOUR)
    found = event_timeline("vrbo", shown)
    assert found.is_single
    path = found.lanes[1].shapes[0].path
    assert [float(x) for x in re.findall(r"M([0-9.]+) ", path)] == [
        x_of(shown, NOW - ago) for ago in (30 * MINUTE, 20 * MINUTE, 10 * MINUTE)
    ]
    monkeypatch.setattr(timelines, "MOST_SINGLE_EVENTS", 2)
    counted = event_timeline("vrbo", shown)
    assert not counted.is_single
    assert [row.total for row in counted.rows] == [row.total for row in found.rows] == [1, 1, 1]


def test_thousands_of_events_make_no_larger_drawing_than_a_few():
    whole = whole_interval(parse_period("7d", NOW), now=NOW)
    add_events(1, ago=HOUR)
    few = sum(len(shape.path) for lane in event_timeline("vrbo", whole).lanes for shape in lane.shapes)
    add_events(3000, ago=HOUR)
    found = event_timeline("vrbo", whole)
    assert sum(len(shape.path) for lane in found.lanes for shape in lane.shapes) == few
    assert found.lanes[1].peak == 3001


# --- The page ---


def zoomed(client, ago: timedelta, length: timedelta, **query: str):
    return client.get(DETAIL, {"from": text_of(NOW - ago), "to": text_of(NOW - ago + length), **query})


def test_a_link_to_an_interval_shows_its_events_alone(as_viewer):
    add_events(ago=30 * MINUTE, message="inside")
    add_events(ago=5 * HOUR, message="outside")
    words = words_on(zoomed(as_viewer, HOUR, HOUR))
    assert "inside" in words
    assert "outside" not in words
    assert "Events 1 from 2026-03-18 13:05 UTC to 2026-03-18 14:05 UTC" in words
    assert "Back to 30 days" in words


def test_filters_stay_within_the_interval_and_another_period_leaves_it(as_viewer):
    html = zoomed(as_viewer, HOUR, HOUR, severity="low").content.decode()
    assert '<input type="hidden" name="from" value="2026-03-18T13:05Z">' in html
    assert '<input type="hidden" name="to" value="2026-03-18T14:05Z">' in html
    assert 'href="?severity=low&amp;period=90d"' in html
    assert "No event of this interval matches." in html


@pytest.mark.parametrize("query", [{"from": "x"}, {"to": "2026-03-18T14:05Z"}, {"from": "\x00", "to": "9" * 5000}])
def test_an_interval_that_cannot_be_read_is_said_and_the_period_shown(as_viewer, query):
    add_events()
    words = words_on(as_viewer.get(DETAIL, query))
    assert "The interval in the address needs moments such as 2026-03-18T14:05Z, so the whole period is shown." in words
    assert "Events 1 in 30 days" in words


def test_without_javascript_links_lead_closer_until_single_events(as_viewer):
    add_events(2, ago=HOUR)
    address = DETAIL
    for _ in range(3):
        html = as_viewer.get(address).content.decode()
        rows = re.findall(r'<a href="(\?[^"]*)#timeline" data-zoom="row"', html)
        if not rows:
            break
        address = DETAIL + rows[0].replace("&amp;", "&")
    assert "each one" in html
    assert "Events 2 from" in words_on(as_viewer.get(address))
    assert re.search(r'<a href="\?[^"]*" data-zoom="wider">Zoom out</a>', html.replace("#timeline", ""))


def test_incidents_and_maintenance_are_marked_for_those_who_may_see_them(as_viewer, viewer):
    Incident.objects.create(integration_id="vrbo", onset_at=NOW - 3 * DAY, ended_at=NOW - 3 * DAY + HOUR, events=12)
    Incident.objects.create(integration_id="airbnb", onset_at=NOW - DAY, ended_at=NOW - DAY, events=1)
    Incident.objects.create(integration_id="vrbo", onset_at=NOW - 300 * DAY, ended_at=NOW - 300 * DAY, events=1)
    MaintenanceWindow.objects.create(starts_at=NOW - 2 * DAY, ends_at=NOW - 2 * DAY + HOUR, reason="New rates")
    html = as_viewer.get(DETAIL).content.decode()
    assert html.count('class="mark-incident"') == 1
    assert "Incident 2026-03-15 14:05 UTC, 1 h, 12 events" in html
    assert "<title>Maintenance: New rates</title>" in html
    viewer.groups.get().permissions.filter(codename="view_incident").delete()
    assert 'class="mark-incident"' not in as_viewer.get(DETAIL).content.decode()


def test_trends_compare_each_day_with_one_of_the_period_before(as_viewer):
    add_events(3, ago=DAY)
    add_events(2, ago=8 * DAY)
    words = words_on(as_viewer.get(DETAIL, {"period": "7d"}))
    assert "2026-03-17 0 3 – – 2026-03-10 0 2 – –" in words
