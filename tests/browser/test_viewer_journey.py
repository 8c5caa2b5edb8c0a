"""What a viewer does: open one page, know which channel is ill, follow it to its events."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations.inputs import EventInput, ObservationInput
from integrations.services import record_events, record_observations
from qa_observability import roles


@pytest.fixture
def ill_vrbo(django_db_serialized_rollback, transactional_db, make_user) -> None:
    """Airbnb healthy, Vrbo critical through a burst of fee events, a viewer to see it."""
    make_user(roles.VIEWERS, username="vera")
    now = timezone.now()
    record_observations(
        [
            ObservationInput(
                integration_id=slug,
                last_checked=now - timedelta(days=days, minutes=10),
                error_rate=Decimal("0.004"),
                source="collector",
            )
            for slug in ("airbnb", "vrbo")
            for days in range(20)
        ],
        now=now,
    )
    record_events(
        [
            EventInput(
                integration_id="vrbo",
                event_type="fee_sync_error" if minute else "pricing_sync_error",
                severity="high" if minute else "low",
                message=f"Cleaning fee rejected <b>{minute}</b>",
                occurred_at=now - timedelta(minutes=minute),
                source="api",
                metadata={"affectedBookings": 2, "listingId": "LST-204"},
            )
            for minute in range(8)
        ],
        now=now,
    )


def open_dashboard(open_context, log_in, **options: object) -> Page:
    page = open_context(**options).new_page()
    log_in(page, "vera")
    return page


def test_a_viewer_sees_which_channel_is_ill_and_follows_it_to_its_events(ill_vrbo, open_context, log_in):
    page = open_dashboard(open_context, log_in)

    expect(page.locator(".headline")).to_contain_text("Vrbo is critical since")
    expect(page.locator(".headline")).to_contain_text("fee sync errors")
    cards = page.locator(".cards h3")
    expect(cards.first).to_have_text("Vrbo")
    expect(page.locator(".menu")).not_to_contain_text("Admin")

    cards.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vrbo")
    expect(page.locator("#live")).to_contain_text("fee sync errors")

    page.get_by_label("Type").select_option("pricing_sync_error")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("eventType=pricing_sync_error"))
    rows = page.locator("section[aria-labelledby=events] tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Cleaning fee rejected <b>0</b>")


def test_the_period_is_kept_in_the_address(ill_vrbo, open_context, log_in):
    page = open_dashboard(open_context, log_in)

    page.get_by_role("link", name="90 days").click()
    expect(page).to_have_url(re.compile(r"\?period=90d$"))
    expect(page.get_by_role("link", name="90 days")).to_have_attribute("aria-current", "true")

    page.locator(".cards a").first.click()
    expect(page.get_by_role("link", name="90 days")).to_have_attribute("aria-current", "true")


def test_a_refresh_brings_news_without_moving_the_reader(ill_vrbo, open_context, log_in):
    page = open_dashboard(open_context, log_in)
    page.locator(".cards a").first.click()
    details = page.locator("#strip-data")
    details.locator("summary").click()
    expect(details).to_have_attribute("open", "")
    page.evaluate("window.scrollTo(0, 300)")
    before = details.bounding_box()["y"]

    now = timezone.now()
    record_observations(
        [ObservationInput(integration_id="vrbo", last_checked=now, error_rate=Decimal("0.001"), source="manual",
                          fees_sync_status="ok")],
        now=now,
    )  # fmt: skip
    page.evaluate("htmx.trigger('#live', 'qao:refresh')")

    expect(page.locator(".verdict .status")).to_have_text("Healthy")
    expect(details).to_have_attribute("open", "")
    assert details.bounding_box()["y"] == pytest.approx(before, abs=1)  # what they look at, though news came above it


def test_the_theme_switch_is_remembered(ill_vrbo, open_context, log_in):
    page = open_dashboard(open_context, log_in, color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_role("button", name="Switch between light and dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()

    assert dark != light
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_times_are_shown_in_the_reader_s_zone_with_utc_on_hover(ill_vrbo, open_context, log_in):
    page = open_dashboard(open_context, log_in, timezone_id="Asia/Tokyo")

    expect(page.locator("[data-zone]")).to_have_text("Asia/Tokyo")
    shown = page.locator("section[aria-labelledby=newest] time").first
    assert shown.get_attribute("title").endswith(" UTC")
    assert "UTC" not in shown.inner_text()


def test_every_control_can_be_reached_by_keyboard(ill_vrbo, open_context, log_in):
    page = open_dashboard(open_context, log_in)
    page.goto("/dashboard/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="7 days")).to_be_focused()


@pytest.mark.parametrize(("locale", "rate", "count"), [("en-US", "6.1 %", "1,200"), ("de-DE", "6,1 %", "1.200")])
def test_numbers_have_the_reader_s_separators(ill_vrbo, open_context, log_in, locale, rate, count):
    now = timezone.now()
    record_observations(
        [ObservationInput(integration_id="vrbo", last_checked=now, error_rate=Decimal("0.061"), source="manual")],
        now=now,
    )
    record_events(
        [
            EventInput(integration_id="vrbo", event_type="booking_loss", severity="low", message="Lost",
                       occurred_at=now, source="api", metadata={})
        ] * 1200,
        now=now,
    )  # fmt: skip
    page = open_dashboard(open_context, log_in, locale=locale)
    page.goto("/dashboard/integrations/vrbo/")
    tiles = page.locator(".tiles").first
    expect(tiles).to_contain_text(rate)
    expect(tiles).to_contain_text(count)


def test_times_can_be_read_in_utc_and_the_choice_is_remembered(ill_vrbo, open_context, log_in):
    page = open_dashboard(open_context, log_in, timezone_id="Asia/Tokyo", locale="en-GB")
    page.get_by_role("button", name="Time zone Asia/Tokyo").click()
    page.reload()
    expect(page.locator("[data-zone]")).to_have_text("UTC")
    shown = page.locator("section[aria-labelledby=newest] time").first
    assert shown.inner_text().split()[-1] == shown.get_attribute("title").split()[1][:5]


def test_nothing_jumps_while_a_page_loads(ill_vrbo, open_context, log_in):
    page = open_dashboard(open_context, log_in, timezone_id="Asia/Tokyo")
    page.goto("/dashboard/integrations/vrbo/")
    page.wait_for_timeout(500)
    shifted = page.evaluate(
        "new Promise(done => new PerformanceObserver(list => done(list.getEntries()"
        ".reduce((sum, entry) => sum + entry.value, 0))).observe({type: 'layout-shift', buffered: true})"
        " || setTimeout(() => done(0), 300))"
    )
    assert shifted < 0.05  # "good" begins at 0.1
