"""What leaves the screen: files of what is shown, and pages on paper."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from integrations.inputs import EventInput
from integrations.services import record_events
from qa_observability import roles

LIGHT_INK = "rgb(22, 32, 44)"


@pytest.fixture
def page(django_db_serialized_rollback, transactional_db, make_user, open_context, log_in) -> Page:
    """A viewer in a dark room, and a channel with more events than a page shows."""
    make_user(roles.VIEWERS, username="vera")
    now = timezone.now()
    events = [
        EventInput(
            integration_id="vrbo",
            event_type="fee_sync_error" if number % 2 else "pricing_sync_error",
            severity="high",
            message=f"Rejected {number}",
            occurred_at=now - timedelta(minutes=number),
            source="api",
            metadata={"lossAmount": 12.5},
        )
        for number in range(120)
    ]
    record_events(events, now=now)
    page = open_context(color_scheme="dark").new_page()
    log_in(page, "vera")
    return page


def test_a_viewer_takes_the_filtered_events_home(page, tmp_path):
    page.goto("/dashboard/integrations/vrbo/?period=7d")
    page.get_by_label("Type").select_option("fee_sync_error")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("eventType=fee_sync_error"))
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX of Events").click()
    file = download.value
    assert re.fullmatch(r"vrbo-events-[0-9-]+-to-[0-9-]+-fee-sync-failure\.xlsx", file.suggested_filename)
    file.save_as(tmp_path / "events.xlsx")
    sheet = load_workbook(io.BytesIO((tmp_path / "events.xlsx").read_bytes()))["Events"]
    assert [row[3] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        f"Rejected {number}" for number in range(1, 120, 2)
    ]


def test_an_address_that_names_no_file_is_explained(page, complaints):
    page.goto("/dashboard/alerts/?format=doc")
    expect(page.locator("main")).to_contain_text("'doc' is not a kind of file. Choose one of csv, xlsx, pdf.")
    complaints.clear()  # the browser mentions the 400 on its console


@pytest.mark.parametrize(
    "address",
    ["", "integrations/", "integrations/vrbo/?q=Rejected", "revenue/impact/", "correlation/test-integration/"],
)
def test_a_page_on_paper_is_light_whole_and_without_navigation(page, address):
    page.goto(f"/dashboard/{address}")
    page.wait_for_load_state("networkidle")
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 700, "height": 990})  # A4 within its margins
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".exports").first).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".segments a[aria-current]").first).to_have_text("30 days")
    assert page.evaluate("getComputedStyle(document.body).color") == LIGHT_INK
    assert page.evaluate("getComputedStyle(document.querySelector('main a')).textDecorationLine") == "none"
    wide = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    assert page.evaluate(f"{wide}.map(e => e.tagName + '.' + e.className)") == []


def test_charts_are_drawn_for_paper_and_again_for_the_screen(page):
    page.goto("/dashboard/revenue/impact/")
    chart = page.locator("canvas[data-chart]").first
    on_screen = chart.bounding_box()["width"]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert chart.bounding_box()["width"] < 710
    expect(page.locator("html")).to_have_attribute("data-printing", page.locator("[data-zone]").text_content())
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("html")).not_to_have_attribute("data-theme", "light")
    assert chart.bounding_box()["width"] == pytest.approx(on_screen)
    assert page.pdf(format="A4").startswith(b"%PDF-")


def test_charts_wait_until_the_reader_comes_near_and_are_all_on_paper(page):
    drawn = "[...document.querySelectorAll('canvas[data-chart]')].map(canvas => Boolean(Chart.getChart(canvas)))"
    page.set_viewport_size({"width": 1024, "height": 400})
    page.goto("/dashboard/integrations/vrbo/")
    assert page.evaluate(drawn) == [False] * 4
    page.locator("canvas[data-chart]").first.scroll_into_view_if_needed()
    page.wait_for_function(f"() => ({drawn})[0]")
    page.goto("/dashboard/integrations/vrbo/")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"() => ({drawn}).every(Boolean)")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
