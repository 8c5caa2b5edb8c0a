"""The search box by keyboard, and an incident from the dashboard to its root cause."""

import importlib
import re
from datetime import timedelta

import pytest
from django.urls import clear_url_caches
from django.utils import timezone
from playwright.sync_api import Page, expect

from correlation.models import Incident, IncidentWarning, TestCase
from integrations.inputs import EventInput
from integrations.services import record_events
from qa_observability import roles, urls

MINUTE = timedelta(minutes=1)


@pytest.fixture
def incident(django_db_serialized_rollback, transactional_db, make_user) -> Incident:
    """Vrbo's fees fail since half an hour; a viewer and a lead to look at it."""
    make_user(roles.VIEWERS, username="vera")
    make_user(roles.QA_LEADS, username="lena", is_staff=True)
    now = timezone.now()
    record_events(
        [
            EventInput(
                integration_id="vrbo", event_type="fee_sync_error", severity="high", source="api",
                message=f"Cleaning fee of LST-{minute} rejected", occurred_at=now - minute * MINUTE,
            )
            for minute in range(1, 30)
        ],
        now=now,
    )  # fmt: skip
    sums = {"severities": {"high": 29}, "affectedBookings": 29, "unpricedBookings": 29, "lostAmount": "0"}
    found = Incident.objects.create(
        integration_id="vrbo", onset_at=now - 29 * MINUTE, ended_at=now - MINUTE, events=29, worst_severity="high",
        sums={"fee_sync_error": sums},
    )  # fmt: skip
    case = TestCase.objects.create(id="fees", name="Vrbo cleaning fee mapping", suite="Vrbo")
    IncidentWarning.objects.create(incident=found, test_case=case, first_red_at=now - 53 * MINUTE)
    return found


def opened(open_context, log_in, name: str, **options: object) -> Page:
    page = open_context(**options).new_page()
    log_in(page, name)
    return page


def test_an_incident_from_the_dashboard_to_its_acknowledgement(incident, open_context, log_in):
    page = opened(open_context, log_in, "vera")
    page.locator(".kpi").get_by_role("link", name="Incidents").click()
    row = page.get_by_role("row").filter(has_text="Vrbo")
    expect(row).to_contain_text("going on")
    row.get_by_role("rowheader").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Incident of Vrbo")
    expect(page.locator("#live")).to_contain_text("24 min before")
    expect(page.locator("#live")).to_contain_text("29 bookings × $250.00 × 5 %")

    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.get_by_label("Reason").fill("Vrbo confirmed the outage")
    page.evaluate("htmx.trigger('#live', 'qao:refresh')")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".verdict .status")).to_have_text("Acknowledged")
    expect(page.locator(".history")).to_contain_text("by vera")
    expect(page.get_by_role("button", name="Add note")).to_have_count(0)


def test_a_lead_writes_what_was_behind_it(incident, open_context, log_in):
    page = opened(open_context, log_in, "lena")
    page.goto(f"/dashboard/incidents/{incident.pk}/")
    page.get_by_label("Note").fill("Their status page is red")
    page.evaluate("htmx.trigger('#live', 'qao:refresh')")
    expect(page.get_by_label("Note")).to_have_value("Their status page is red")
    page.get_by_role("button", name="Add note").click()
    page.get_by_label("Root cause").select_option("channel_outage")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".history li")).to_have_count(2)
    page.get_by_role("link", name="Incidents").first.click()
    expect(page.get_by_role("row").filter(has_text="Vrbo")).to_contain_text("Channel outage")


def test_the_search_by_keyboard(incident, open_context, log_in):
    page = opened(open_context, log_in, "vera")
    box = page.get_by_role("combobox", name="Search")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    page.keyboard.type("fee")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Vrbo cleaning fee mapping")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "search-test-cases-1")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(box).to_have_value("fee")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/dashboard/search/\?q=fee$"))
    expect(page.locator("mark").first).to_have_text("fee")

    page.keyboard.press("/")
    page.keyboard.type("vrbo")
    expect(options.first).to_contain_text("Vrbo")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/dashboard/integrations/vrbo/$"))


def test_a_slash_in_a_text_is_a_slash(incident, open_context, log_in):
    page = opened(open_context, log_in, "lena")
    page.goto(f"/dashboard/incidents/{incident.pk}/")
    page.get_by_label("Note").press_sequentially("and/or")
    expect(page.get_by_label("Note")).to_have_value("and/or")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_open_suggestions_have_no_accessibility_violation(incident, open_context, log_in, violations, theme):
    page = opened(open_context, log_in, "lena", color_scheme=theme)
    page.keyboard.press("/")
    page.keyboard.type("fee")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert violations(page) == []


@pytest.fixture
def public_status(settings):
    """The status page, switched on for everybody."""
    settings.STATUS_PAGE = "public"
    importlib.reload(urls)
    clear_url_caches()
    yield
    settings.STATUS_PAGE = "off"
    importlib.reload(urls)
    clear_url_caches()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_strangers_see_the_status_page_and_its_badge(incident, public_status, open_context, violations, theme):
    page = open_context(color_scheme=theme, viewport={"width": 360, "height": 740}).new_page()
    page.goto("/status/")
    expect(page.get_by_role("row").filter(has_text="Vrbo")).to_contain_text("Critical")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert violations(page) == []
    badge = page.evaluate("fetch('/status/vrbo.svg').then((answer) => answer.text())")
    assert "<title>Vrbo: critical</title>" in badge


@pytest.mark.parametrize("width", [360, 641, 768, 1024, 1440])
def test_suggestions_stay_within_the_window(incident, open_context, log_in, width):
    page = opened(open_context, log_in, "vera", viewport={"width": width, "height": 800})
    page.keyboard.press("/")
    page.keyboard.type("fee")
    expect(page.get_by_role("option").first).to_be_visible()
    box = page.locator("#search-options").bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= width
