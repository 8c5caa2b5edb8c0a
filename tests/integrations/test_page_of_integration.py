"""The page of one integration."""

import re
from decimal import Decimal

import pytest

from integrations.models import Integration, IntegrationEvent
from tests.integrations.factories import DAY, HOUR, MINUTE
from tests.integrations.seen import DETAIL, add_events, observe, text_of

pytestmark = pytest.mark.usefixtures("now")


def messages(response):
    """The messages of the event table, as they stand from top to bottom."""
    return re.findall(r'<td class="message">([^<]*)', response.content.decode())


def links(response):
    """The addresses behind Newer and Older."""
    html = response.content.decode()
    found = dict(re.findall(r'<a rel="(prev|next)" href="([^"]+)"', html))
    return {rel: address.replace("&amp;", "&") for rel, address in found.items()}


def test_status_with_its_reason_and_since_when(as_viewer):
    observe(ago=6 * HOUR)
    observe(ago=5 * HOUR, error_rate=Decimal("0.025"))
    observe(ago=HOUR, error_rate=Decimal("0.031"))
    words = text_of(as_viewer.get(DETAIL))
    assert "Warning since 2026-03-18 09:05 UTC" in words
    assert "warning: error rate 3.1 % is at or above 2 %" in words
    assert "Last checked 2026-03-18 13:05 UTC (manual entry)" in words


def test_an_entered_status_that_contradicts_the_numbers_comes_with_a_hint(as_viewer):
    observe(status="healthy", error_rate=Decimal("0.08"))
    assert "entered as healthy, although error rate 8 % is at or above 5 %" in text_of(as_viewer.get(DETAIL))


def test_a_status_without_measurements_says_so(as_viewer):
    observe(status="critical", error_rate=None)
    assert "critical: entered as such, without measurements" in text_of(as_viewer.get(DETAIL))


def test_an_integration_that_nobody_has_looked_at(as_viewer):
    words = text_of(as_viewer.get(DETAIL))
    assert "Unknown" in words
    assert "Nobody has checked this integration yet." in words
    assert "Never checked" in words


def test_metrics_and_counts_of_the_period(as_viewer):
    observe(error_rate=Decimal("0.0123"), booking_loss_rate=Decimal("0.5"), pricing_sync_status="ok")
    add_events(1200, ago=DAY, event_type="fee_sync_error")
    add_events(ago=8 * DAY, event_type="booking_loss")
    words = text_of(as_viewer.get(DETAIL, {"period": "7d"}))
    assert "Error rate 1.2 %" in words
    assert "Booking loss 50.0 %" in words
    assert "Fee sync failures in 7 days 1,200" in words
    assert "Events 1,200 in 7 days" in words


def test_the_strip_has_its_table(as_viewer):
    observe(ago=DAY, error_rate=Decimal("0.06"), booking_loss_rate=Decimal("0.01"))
    add_events(3, ago=DAY, event_type="booking_loss")
    words = text_of(as_viewer.get(DETAIL))
    assert "Show data" in words
    assert "2026-03-17 Critical 6.0 % 1.0 % 0 0 3 3" in words
    assert "2025-12-19 No data – – 0" in words


def test_events_with_their_metadata_newest_first(as_viewer):
    add_events(ago=2 * HOUR, message="older", metadata={"listingId": "LST-204"})
    add_events(ago=HOUR, message="newer", severity="low", event_type="pricing_sync_error")
    response = as_viewer.get(DETAIL)
    assert messages(response) == ["newer", "older"]
    words = text_of(response)
    assert "2026-03-18 13:05 UTC Rate sync failure Low newer API" in words
    assert "Details listingId LST-204" in words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"eventType": "booking_loss"}, ["lost 100%", "lost_two"]),
        ({"severity": "low"}, ["lost_two", "fee"]),
        ({"eventType": "booking_loss", "severity": "low"}, ["lost_two"]),
        ({"q": "LOST"}, ["lost 100%", "lost_two"]),
        ({"q": "100%"}, ["lost 100%"]),
        ({"q": "_"}, ["lost_two"]),  # no wildcard
        ({"q": "  fee "}, ["fee"]),
        ({"q": "%00"}, []),
        ({"q": "\x00"}, ["lost 100%", "lost_two", "fee"]),  # nothing is left to search for
        ({"eventType": "zzz"}, ["lost 100%", "lost_two", "fee"]),
        ({"severity": ""}, ["lost 100%", "lost_two", "fee"]),
    ],
)
def test_filters(as_viewer, query, expected):
    add_events(ago=3 * HOUR, message="fee", severity="low")
    add_events(ago=2 * HOUR, message="lost_two", severity="low", event_type="booking_loss")
    add_events(ago=HOUR, message="lost 100%", event_type="booking_loss")
    assert messages(as_viewer.get(DETAIL, query)) == expected


def test_filters_stay_in_the_form_and_a_fruitless_one_offers_the_way_back(as_viewer):
    add_events()
    response = as_viewer.get(DETAIL, {"eventType": "booking_loss", "q": 'say "x"', "period": "7d"})
    html = response.content.decode()
    assert '<option value="booking_loss" selected>' in html
    assert 'value="say &quot;x&quot;"' in html
    assert '<input type="hidden" name="period" value="7d">' in html
    assert "No event of this period matches. Clear the filters" in text_of(response)


def test_what_is_not_known_of_the_period_before_is_not_drawn_as_zero(as_viewer):
    observe(error_rate=Decimal("0.01"))
    add_events()
    page = as_viewer.get(DETAIL, {"period": "7d"})
    assert "nothing is known of the 7 days before" in text_of(page)
    assert "Period before" not in page.content.decode()
    add_events(ago=10 * DAY)
    page = as_viewer.get(DETAIL, {"period": "7d"})
    assert "the 7 days before dashed" in text_of(page)
    assert "Period before" in page.content.decode()


def test_without_events_the_table_says_how_they_come_in(as_viewer):
    assert "Nothing has gone wrong in this period" in text_of(as_viewer.get(DETAIL))


def test_events_are_paged_both_ways_with_filters_and_period_kept(as_viewer):
    for number in range(120):
        add_events(ago=(number + 1) * MINUTE, message=f"event {number:03}")
    add_events(ago=HOUR, severity="low", message="of another severity")
    first = as_viewer.get(DETAIL, {"severity": "high", "period": "7d"})
    assert "prev" not in links(first)
    second = as_viewer.get(links(first)["next"])
    third = as_viewer.get(links(second)["next"])
    pages = [messages(page) for page in (first, second, third)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [message for page in pages for message in page] == [f"event {number:03}" for number in range(120)]
    assert "next" not in links(third)
    assert messages(as_viewer.get(links(third)["prev"])) == pages[1]
    assert "period=7d" in links(first)["next"]


def test_another_period_starts_at_its_first_page(as_viewer):
    add_events(60)
    page = as_viewer.get(links(as_viewer.get(DETAIL))["next"])
    assert "cursor" not in "".join(re.findall(r'<a href="(\?[^"]*period=[^"]*)"', page.content.decode()))


def test_an_old_or_mangled_link_starts_at_the_newest(as_viewer):
    add_events(message="newest")
    assert messages(as_viewer.get(DETAIL, {"cursor": "nonsense"})) == ["newest"]


def test_a_burst_in_one_second_is_paged_without_losing_one(as_viewer):
    add_events(130)
    page = as_viewer.get(DETAIL)
    seen = len(messages(page))
    while "next" in links(page):
        page = as_viewer.get(links(page)["next"])
        seen += len(messages(page))
    assert seen == IntegrationEvent.objects.count() == 130


def test_an_inactive_integration_says_so_and_an_unknown_one_is_404(as_viewer):
    Integration.objects.filter(slug="vrbo").update(is_active=False)
    assert "This integration is inactive" in text_of(as_viewer.get(DETAIL))
    assert as_viewer.get("/dashboard/integrations/expedia/").status_code == 404
    assert as_viewer.get("/dashboard/integrations/%00/").status_code == 404
    assert as_viewer.get(f"/dashboard/integrations/{'x' * 3000}/").status_code == 404
