"""Readers with other eyes, other paper, other regions and bad luck."""

import calendar
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from correlation.models import TestCase

# Chart.js draws below its frame when the frame is lower than the drawing.
CUT_CHARTS = """() => [...document.querySelectorAll('.chart canvas')].filter(canvas =>
    canvas.getBoundingClientRect().bottom > canvas.parentElement.getBoundingClientRect().bottom + 1).length"""


def test_paper_keeps_legends_and_breaks_no_name_letter_by_letter(open_page):
    TestCase.objects.update(name="Cleaning fee reconciliation of all listings")
    page = open_page("/dashboard/integrations/vrbo/", viewport={"width": 360, "height": 740})
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.chart canvas')].every(canvas => Chart.getChart(canvas))"
    )
    expect(page.locator("html")).to_have_attribute("data-printed", re.compile(r"\d{4}, \d"))  # what ages are told from
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 990})  # A4 within its margins
    assert page.locator(".chart canvas").count() == 4
    assert page.evaluate(CUT_CHARTS) == 0
    assert page.locator(".chart canvas").first.bounding_box()["width"] > 600  # also when a phone prints
    page.goto("/dashboard/correlation/test-integration/?period=90d")
    name = page.locator(".test a").first
    expect(name).to_have_text("Cleaning fee reconciliation of all listings")
    assert name.evaluate("link => link.getClientRects().length") <= 5


def test_controls_say_by_their_name_alone_what_they_are_about(open_page):
    page = open_page("/dashboard/alerts/", user="lena")
    title = page.locator(".alert h3").first.inner_text()
    page.get_by_label(f"Mute: {title}", exact=True).press("Enter")
    expect(page.get_by_role("button", name=f"Dismiss: {title}", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=f"Dismiss and mute: {title}")).to_be_visible()
    expect(page.get_by_role("button", name="End now: mute of HMBN")).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages of alerts")).to_have_count(0)  # there is one page
    page.goto("/dashboard/correlation/test-integration/")
    page.get_by_role("slider", name="Minimum score").press("ArrowRight")
    expect(page.get_by_text("Minimum score 0.05")).to_be_visible()
    assert page.get_by_role("search").evaluate_all("all => new Set(all.map(one => one.ariaLabel)).size") == 2


def test_a_refused_field_is_described_by_its_error(open_page, complaints):
    page = open_page("/password/")
    for label in ("Old password", "New password", "New password confirmation"):
        page.get_by_label(label, exact=True).fill("wrong")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_label("Old password", exact=True)).to_have_accessible_description(re.compile("incorrectly"))
    page = open_page("/dashboard/revenue/config/", user="root")
    page.get_by_label("Leakage (0.05 is 5 %)", exact=True).fill("0.9")
    page.get_by_role("button", name="Show what would change").click()
    refused = page.get_by_label("Leakage (0.05 is 5 %)", exact=True)
    expect(refused).to_have_accessible_description(re.compile("Is 0.9; allowed"))
    page.evaluate("null")
    complaints.clear()  # the browser mentions the 400 on its console


def test_the_bell_closes_when_the_keyboard_leaves_it(open_page):
    page = open_page()
    bell = page.locator("#bell-menu")
    page.get_by_label(re.compile("Alerts: 1 open")).press("Enter")
    expect(bell).to_have_attribute("open", "")
    page.get_by_role("link", name="All alerts").focus()
    page.keyboard.press("Tab")
    expect(bell).not_to_have_attribute("open", "")
    page.get_by_label(re.compile("Alerts: 1 open")).press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(bell).not_to_have_attribute("open", "")
    expect(bell.locator("summary")).to_be_focused()


def test_the_system_s_own_colours_decide_whether_charts_are_dark(open_page):
    page = open_page(color_scheme="dark", forced_colors="active")
    page.evaluate("localStorage.setItem('theme', 'light')")  # chosen before, on another screen
    page.reload()
    assert page.locator("html").get_attribute("data-theme") is None
    expect(page.locator("[data-theme-switch]")).to_be_hidden()


def test_the_admin_shows_a_switch_that_has_the_focus(open_page):
    page = open_page("/admin/integrations/integration/vrbo/change/", user="root")
    page.get_by_role("textbox", name="Name").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name="Active")).to_be_focused()
    outline = page.get_by_role("checkbox", name="Active").evaluate("e => getComputedStyle(e).outline")
    assert "solid 2px" in outline


def test_in_the_system_s_own_colours_the_admin_ticks_no_row_by_itself(open_page):
    page = open_page("/admin/integrations/integration/", user="root", forced_colors="active")
    box = page.get_by_role("checkbox", name="Select record").first
    expect(box).not_to_be_checked()
    assert box.evaluate("e => getComputedStyle(e, '::after').content") == "none"
    assert box.evaluate("e => getComputedStyle(e).appearance") == "auto"


def test_a_form_sent_after_the_session_s_end_leads_back_to_its_page_and_says_that_it_is_lost(open_page):
    page = open_page("/dashboard/alerts/?severity=critical", user="lena")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Dismiss").first.click()
    expect(page.locator(".messages")).to_have_text(re.compile("session had ended, so nothing was changed"))
    page.get_by_label("User name").fill("lena")
    page.get_by_label("Password").fill("a-long-password")
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r"/dashboard/alerts/\?severity=critical$"))
    expect(page.get_by_role("button", name="Dismiss").first).to_be_visible()  # still open


READERS = [("ar-EG", "Pacific/Chatham"), ("de-DE", "Asia/Kolkata"), ("ja-JP", "America/St_Johns")]


@pytest.mark.parametrize(("locale", "zone"), READERS)
def test_times_and_charts_speak_the_language_of_the_page_anywhere(open_page, locale, zone):
    page = open_page("/dashboard/integrations/vrbo/", locale=locale, timezone_id=zone)
    charts = "[...document.querySelectorAll('canvas')].map(e => (e.scrollIntoView(), Chart.getChart(e)))"
    page.wait_for_function(f"() => {charts}.every(Boolean)")
    ticks = page.evaluate(
        f"{charts}.flatMap(({{scales: {{x, y}}}}) => [...x.ticks, ...y.ticks].map(tick => tick.label))"
    )
    times = page.locator("time").all_inner_texts()
    told = " ".join([*times, *(str(tick) for tick in ticks)])
    words = {word for word in re.findall(r"[^\W\d_]+", told) if word not in calendar.month_abbr}
    assert words <= {"AM", "PM", "minutes", "hours", "days", "minute", "hour", "day", "ago", "yesterday"}
    assert told.replace("\xa0", " ").replace("\u202f", " ").isascii()
    today = timezone.now()
    assert page.locator(".strip time").last.inner_text().split() in (
        [f"{today:%b}", f"{today.day}"],
        [f"{today.day}", f"{today:%b}"],
    )  # a UTC day, also where tomorrow has begun


def test_money_on_a_chart_is_written_as_beside_it(open_page):
    page = open_page("/dashboard/revenue/impact/", user="root", locale="de-DE")
    page.wait_for_function("() => Chart.getChart(document.querySelector('canvas'))")
    labels = page.evaluate("Chart.getChart(document.querySelector('canvas')).scales.y.ticks.map(tick => tick.label)")
    expect(page.locator(".kpi-value").first).to_have_text(re.compile(r"^€[\d.]*\d,\d\d$"))
    assert all(label.startswith("€") for label in labels), labels


def test_larger_text_is_larger_in_charts_too(open_page):
    page = open_page()
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%' })"
    )
    page.goto("/dashboard/integrations/vrbo/")
    page.locator("canvas").first.scroll_into_view_if_needed()
    page.wait_for_function("() => Chart.getChart(document.querySelector('canvas'))")
    options = "Chart.getChart(document.querySelector('canvas')).options"
    usual = 12  # px
    assert page.evaluate(f"{options}.scales.x.ticks.font.size") == 2 * usual
    assert page.evaluate(f"{options}.plugins.legend.labels.font.size") == 2 * usual


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/dashboard/"])
def test_a_form_from_nowhere_leads_to_the_dashboard(client, db, referer):
    answer = client.post("/dashboard/alerts/change", HTTP_REFERER=referer)
    assert answer.headers["Location"] == "/login/?next=/dashboard/"


def test_on_a_phone_an_event_is_read_without_pushing_the_table(open_page):
    page = open_page("/dashboard/integrations/vrbo/", viewport={"width": 360, "height": 700})
    table = page.locator("section[aria-labelledby=events] .table-wrap")
    assert table.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    row = table.locator("tbody tr").first
    message = row.locator(".message")
    assert message.bounding_box()["width"] > 300
    time = row.locator("td").first.bounding_box()
    assert message.bounding_box()["y"] >= time["y"] + time["height"]
    expect(table.get_by_role("row").nth(1)).to_contain_text("API")
    expect(table.get_by_role("columnheader", name="Message")).to_have_count(1)


@pytest.mark.parametrize("width", [641, 768, 1024, 1440])
def test_a_sum_of_seven_digits_stays_in_one_line(open_page, width):
    page = open_page("/dashboard/revenue/impact/", viewport={"width": width, "height": 900})
    values = page.locator(".kpi-value")
    values.evaluate_all("all => all.forEach(one => { one.textContent = '$1,153,550.78' })")
    lines = "all => all.map(one => one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight))"
    assert values.count() == 3
    assert max(values.evaluate_all(lines)) < 1.5
