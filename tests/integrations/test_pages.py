"""The dashboard and the list of integrations."""

import re
from decimal import Decimal

import pytest

from integrations.models import Integration
from tests.integrations.factories import DAY, HOUR, MINUTE
from tests.integrations.seen import DASHBOARD, LIST, PAGES, add_events, observe, text_of, words_of

pytestmark = pytest.mark.usefixtures("now")


def headline(client):
    html = client.get(DASHBOARD).content.decode()
    found = re.search(r'(?s)<p class="headline headline--(\w+)">(.*?)</p>', html)
    words = re.sub(r" ([.:,])", r"\1", words_of(found[2]))
    return found[1], re.sub(r" \$[0-9,.]+ at risk in .*$", "", words)  # the cost is revenue's to test


def cards(client):
    html = client.get(DASHBOARD).content.decode()
    return re.findall(r'(?s)<li class="card card--(\w+)">(.*?)</li>', html)


def test_without_any_observation_the_headline_says_so_in_grey(as_viewer):
    assert headline(as_viewer) == ("unknown", "No integration has been checked yet.")


def test_all_healthy(as_viewer):
    for slug in ("booking-com", "airbnb", "vrbo", "hmbn"):
        observe(slug)
    assert headline(as_viewer) == ("healthy", "All 4 integrations are healthy.")


def test_the_headline_names_the_worst_since_when_and_why(as_viewer):
    observe("airbnb", error_rate=Decimal("0.03"))
    observe("vrbo", ago=5 * HOUR)
    observe("vrbo", ago=3 * HOUR, error_rate=Decimal("0.06"))
    observe("vrbo", ago=HOUR, error_rate=Decimal("0.08"), fees_sync_status="error")
    kind, words = headline(as_viewer)
    assert kind == "critical"
    assert words == (
        "Vrbo is critical since 2026-03-18 11:05 UTC (3 hours): error rate 8 % is at or above 5 %, fee sync errors."
        " Also Airbnb is in warning. Booking.com and HMBN were never checked."
    )


def test_healthy_ones_do_not_hide_those_that_nobody_has_looked_at(as_viewer):
    observe("vrbo")
    assert headline(as_viewer) == (
        "unknown",
        "1 of 4 integrations is healthy. Booking.com, Airbnb and HMBN were never checked.",
    )


def test_stale_is_never_plain_green(as_viewer):
    Integration.objects.exclude(slug="vrbo").update(is_active=False)
    observe("vrbo", ago=3 * DAY)
    assert headline(as_viewer) == ("unknown", "No integration was checked lately. Vrbo was last checked 3 days ago.")
    for url in PAGES:
        assert "out of date" in text_of(as_viewer.get(url))
        assert "2026-03-15 14:05 UTC" in text_of(as_viewer.get(url))
    observe("vrbo")
    for url in PAGES:
        assert "out of date" not in text_of(as_viewer.get(url))


def test_cards_come_worst_first_with_everything_that_is_known(as_viewer):
    observe("airbnb", error_rate=Decimal("0.0042"))
    observe("hmbn", status="critical", error_rate=Decimal("0.071"), booking_loss_rate=Decimal("0.02"))
    observe("vrbo", status="warning", error_rate=None, pricing_sync_status="warning")
    found = cards(as_viewer)
    assert [kind for kind, _ in found] == ["critical", "warning", "unknown", "healthy"]
    words = [words_of(html) for _, html in found]
    assert words[0].startswith("HMBN Critical Rate sync – Fee sync – Booking loss 2.0 % Error rate 7.1 % Steady")
    assert words[1].startswith("Vrbo Warning Rate sync Warning")
    assert words[2].startswith("Booking.com Unknown")
    assert "Never checked" in words[2]
    assert words[3].startswith("Airbnb Healthy Rate sync – Fee sync – Booking loss – Error rate 0.4 %")


def test_status_is_told_by_colour_shape_and_word(as_viewer):
    for slug, status in (("airbnb", "healthy"), ("vrbo", "warning"), ("hmbn", "critical")):
        observe(slug, status=status, error_rate=None)
    html = as_viewer.get(LIST).content.decode()
    found = re.findall(r'(?s)<span class="status status--(\w+)">\s*(<svg.*?</svg>)\s*(\w+)</span>', html)
    assert {kind: word for kind, _, word in found} == {
        "healthy": "Healthy",
        "warning": "Warning",
        "critical": "Critical",
        "unknown": "Unknown",
    }
    assert len({shape for _, shape, _ in found}) == 4


def test_the_strip_has_ninety_days_with_the_worst_of_each(as_viewer):
    observe(ago=DAY, error_rate=Decimal("0.06"))
    observe(ago=DAY + HOUR)
    add_events(2, ago=2 * DAY, event_type="booking_loss")
    (html,) = [html for _, html in cards(as_viewer) if "Vrbo" in html]
    titles = re.findall(r"<title>(.*?)</title>", html)
    assert len(titles) == 90
    assert titles[-2:] == ["Tue 17 Mar 2026: critical", "Wed 18 Mar 2026: no data"]
    assert titles[-3] == "Mon 16 Mar 2026: no data, 2 events"
    assert "Vrbo, last 90 days by worst status: 1 critical, 89 no data" in html


@pytest.mark.parametrize(("period", "days"), [("7d", 7), ("30d", 30), ("90d", 90), ("1y", 90)])
def test_the_sparkline_says_how_many_days_it_shows(as_viewer, period, days):
    observe()
    assert f"daily mean, last {days} days" in as_viewer.get(DASHBOARD, {"period": period}).content.decode()


def test_the_newest_ten_events_of_the_period_are_listed(as_viewer):
    for number in range(12):
        add_events(ago=number * HOUR, message=f"event {number:02}")
    add_events(slug="google", message="of an inactive channel", ago=MINUTE)
    add_events(ago=20 * DAY, message="long ago")
    words = text_of(as_viewer.get(DASHBOARD, {"period": "7d"}))
    assert [int(number) for number in re.findall(r"event (\d\d)", words)] == list(range(10))
    assert "inactive channel" not in words
    assert "long ago" not in words


def test_without_events_the_page_says_how_they_come_in(as_viewer):
    response = as_viewer.get(DASHBOARD)
    assert "Nothing has gone wrong in this period, or nobody has told." in text_of(response)
    assert b'href="/api/v1/docs"' in response.content


def test_without_active_integrations_the_pages_say_what_to_do(as_viewer):
    Integration.objects.update(is_active=False)
    assert "No integration is active" in text_of(as_viewer.get(DASHBOARD))
    assert "No integration is active" in text_of(as_viewer.get(LIST))


def test_the_list_has_a_row_per_active_integration_in_their_order(as_viewer):
    observe("vrbo", error_rate=Decimal("0.031"), fees_sync_status="ok")
    words = text_of(as_viewer.get(LIST))
    assert re.findall(r"Booking\.com|Airbnb|Vrbo|HMBN|Google", words) == ["Booking.com", "Airbnb", "Vrbo", "HMBN"]
    assert "Vrbo Warning – OK – 3.1 % Steady 2026-03-18 13:55 UTC" in words
    assert "Airbnb Unknown – – – – – never" in words
