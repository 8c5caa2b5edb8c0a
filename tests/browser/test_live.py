"""Pages that refresh while somebody reads them: nothing of the reader's is moved, and trouble is said and mended."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from integrations.inputs import EventInput, ObservationInput
from integrations.services import record_events, record_observations
from tests.correlation.factories import an_alert

VRBO = "/dashboard/integrations/vrbo/"
FULL_ROUND = 40_000
HIDE = """
    window.hideTab = (hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
    };
"""


@pytest.fixture
def clocked(open_page):
    """Return a function that opens a page whose clock stands still until a test moves it on."""

    def build(path: str, **options: object) -> Page:
        page = open_page("/dashboard/", **options)
        page.clock.install()
        page.add_init_script(HIDE)
        page.goto(path)
        expect(page.locator("#bell-menu")).to_be_attached()
        return page

    return build


def news() -> None:
    """Vrbo recovers, and something new is in its list."""
    now = timezone.now()
    healthy = ObservationInput(
        integration_id="vrbo", last_checked=now, error_rate=Decimal("0.001"), source="manual", fees_sync_status="ok",
        pricing_sync_status="ok", booking_loss_rate=Decimal(0),
    )  # fmt: skip
    record_observations([healthy], now=now)
    event = EventInput(
        integration_id="vrbo", event_type="booking_loss", severity="low", message="The newest of all",
        occurred_at=now - timedelta(seconds=1), source="api",
    )  # fmt: skip
    record_events([event], now=now)


def requests_of(page: Page) -> list[str]:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if request.headers.get("hx-request") else None)
    return seen


def test_a_refresh_leaves_everything_of_the_reader_s_where_it_is(clocked):
    page = clocked(f"{VRBO}?period=7d", viewport={"width": 480, "height": 700})
    page.locator("#strip-data summary").click()
    search = page.get_by_label("Message contains")
    search.fill("half a wo")
    search.press("ArrowLeft")
    page.get_by_label("Severity").select_option("high")
    page.locator("#strip-data .table-wrap").evaluate("e => { e.scrollLeft = 40 }")
    search.scroll_into_view_if_needed()
    search.focus()
    before = search.bounding_box()["y"]

    news()
    page.clock.run_for(FULL_ROUND)

    expect(page.locator(".verdict .status")).to_have_text("Healthy")
    expect(page.locator("section[aria-labelledby=events] tbody tr").first).to_contain_text("The newest of all")
    expect(search).to_be_focused()
    expect(search).to_have_value("half a wo")
    assert search.evaluate("e => e.selectionStart") == len("half a w")
    expect(page.get_by_label("Severity")).to_have_value("high")
    expect(page.locator("#strip-data")).to_have_attribute("open", "")
    assert search.bounding_box()["y"] == pytest.approx(before, abs=1)
    assert page.locator("#strip-data .table-wrap").evaluate("e => e.scrollLeft") == 40


def test_selected_text_stays_selected_and_the_news_come_afterwards(clocked):
    page = clocked(VRBO)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.reasons'))")
    chosen = page.evaluate("String(getSelection())")
    news()
    with page.expect_response(lambda response: VRBO in response.url):
        page.clock.run_for(FULL_ROUND)
    assert page.evaluate("String(getSelection())") == chosen
    page.evaluate("getSelection().removeAllRanges()")
    page.clock.run_for(FULL_ROUND)
    expect(page.locator(".verdict .status")).to_have_text("Healthy")


def test_a_forgotten_selection_does_not_stop_the_page(clocked):
    page = clocked(VRBO)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.reasons'))")
    news()
    for _ in range(5):
        with page.expect_response(lambda response: VRBO in response.url):
            page.clock.run_for(FULL_ROUND)
    expect(page.locator(".verdict .status")).to_have_text("Healthy")


def test_the_chosen_interval_survives_a_refresh(clocked):
    page = clocked(f"{VRBO}?period=7d")
    page.get_by_role("link", name="Zoom in").click()
    expect(page.get_by_role("link", name="Back to 7 days")).to_be_visible()
    heading = page.locator("#timeline").inner_text()
    news()
    page.clock.run_for(FULL_ROUND)
    expect(page.locator(".verdict .status")).to_have_text("Healthy")
    expect(page.locator("#timeline")).to_have_text(heading)


def test_an_outage_in_the_middle_of_a_refresh_is_said_and_mended_by_itself(clocked, complaints):
    page = clocked(VRBO)
    held: list[Route] = []
    page.route("**/dashboard/**", lambda route: held.append(route))
    page.clock.run_for(FULL_ROUND)
    expect(page.locator("#live")).to_have_class(re.compile("htmx-request"))
    news()
    for route in held:
        route.abort("connectionreset")
    expect(page.locator("[data-connection]")).to_contain_text(
        re.compile("Connection lost – showing data of .*, retrying")
    )
    expect(page.locator(".verdict .status")).to_have_text("Critical")
    page.unroute("**/dashboard/**")
    page.clock.run_for(3000)  # it tries again sooner than usual
    expect(page.locator("[data-connection]")).to_be_empty()
    expect(page.locator(".verdict .status")).to_have_text("Healthy")
    complaints.clear()  # Chromium reports the outage that this test made


def test_a_server_that_fails_is_asked_ever_less_often(clocked, complaints):
    page = clocked(VRBO)
    seen = requests_of(page)
    page.route("**/dashboard/**", lambda route: route.fulfill(status=500, body="<h1>Broken</h1>"))
    page.clock.run_for(FULL_ROUND)
    expect(page.locator("[data-connection]")).to_contain_text("The server failed")
    expect(page.locator("#live")).not_to_contain_text("Broken")
    for _ in range(30):
        page.clock.run_for(10_000)
        page.wait_for_timeout(20)
    assert 5 <= sum(VRBO in url for url in seen) <= 13  # at 30 s each it would be ten, without back-off hundreds
    page.unroute("**/dashboard/**")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("[data-connection]")).to_be_empty()
    complaints.clear()


def test_an_ended_session_asks_to_sign_in_again_and_keeps_what_is_shown(clocked):
    page = clocked(f"{VRBO}?period=7d")
    Session.objects.all().delete()
    page.clock.run_for(FULL_ROUND)
    expect(page.locator("[data-connection]")).to_contain_text("You are signed out – showing data of")
    expect(page.locator("#live")).not_to_contain_text("Password")
    expect(page.locator(".verdict")).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_label("User name").fill("vera")
    page.get_by_label("Password").fill("a-long-password")
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r"/vrbo/\?period=7d$"))


def test_a_hidden_tab_asks_for_nothing_and_catches_up_when_it_is_shown(clocked):
    page = clocked(VRBO)
    seen = requests_of(page)
    page.evaluate("hideTab(true)")
    page.clock.run_for(10 * FULL_ROUND)
    assert seen == []
    news()
    page.evaluate("hideTab(false)")
    expect(page.locator(".verdict .status")).to_have_text("Healthy")


def test_the_bell_counts_without_a_reload_and_says_so_politely(clocked):
    page = clocked("/dashboard/")
    expect(page.locator(".bell-count")).to_have_text("1")
    now = timezone.now()
    an_alert(integration_id="hmbn", failed_at=now)
    page.clock.run_for(FULL_ROUND)
    expect(page.locator(".bell-count")).to_have_text("2")
    expect(page.locator("[data-announce]")).to_have_text("2 open alerts")
