"""The timeline of an integration: drag, keys, links; the address tells a colleague the same."""

import re

import pytest
from playwright.sync_api import Page, expect

VRBO = "/dashboard/integrations/vrbo/"
ZOOMED = re.compile(r"[?&]from=[0-9T:-]+Z&to=[0-9T:-]+Z$")


def drag(page: Page, start: float, end: float) -> None:
    area = page.locator("#timeline-cursor").bounding_box()
    y = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + area["width"] * start, y)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * (start + end) / 2, y, steps=4)
    page.mouse.move(area["x"] + area["width"] * end, y, steps=4)
    page.mouse.up()


def test_dragging_zooms_in_and_a_link_shows_a_colleague_the_same(open_page, open_context, log_in):
    page = open_page(f"{VRBO}?period=30d", viewport={"width": 1280, "height": 1000})
    page.locator("#timeline-cursor").scroll_into_view_if_needed()
    scrolled = page.evaluate("window.scrollY")
    heading = page.locator("#timeline")
    expect(heading).to_contain_text("per day")
    drag(page, 0.8, 0.95)
    expect(page).to_have_url(ZOOMED)
    expect(heading).to_contain_text("per hour")
    expect(page.get_by_role("link", name="Back to 30 days")).to_be_visible()
    expect(page.locator("[data-announce]")).to_contain_text("per hour")
    assert page.evaluate("window.scrollY") == scrolled
    shown = page.locator("section[aria-labelledby=events] h2").inner_text()

    page.go_back()
    expect(heading).to_contain_text("per day")
    page.go_forward()
    expect(heading).to_contain_text("per hour")

    colleague = open_context().new_page()
    log_in(colleague, "lena")
    colleague.goto(page.url)
    expect(colleague.locator("section[aria-labelledby=events] h2")).to_have_text(shown)


def test_the_keyboard_does_all_of_it(open_page):
    page = open_page(f"{VRBO}?period=7d")
    point = page.get_by_role("slider", name="Point in time")
    point.focus()
    page.keyboard.press("End")
    expect(point).to_have_attribute(
        "aria-valuetext", re.compile("(Fee sync failures|Rate sync failures|Lost bookings): ")
    )
    for _ in range(20):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("per 15 minutes")
    expect(point).to_be_focused()
    page.keyboard.press("End")
    for _ in range(10):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("each one")
    page.keyboard.press("-")
    expect(page.locator("#timeline")).to_contain_text("per 5 minutes")
    page.keyboard.press("Escape")
    expect(page.locator("#timeline")).to_contain_text("per hour, 7 days")
    expect(point).to_be_focused()


def test_a_finger_chooses_an_interval(open_page):
    page = open_page(VRBO, has_touch=True, viewport={"width": 360, "height": 740})
    page.locator("#timeline-cursor").scroll_into_view_if_needed()
    area = page.locator("#timeline-cursor").bounding_box()
    session = page.context.new_cdp_session(page)
    y = area["y"] + 60

    def touch(kind: str, share: float | None = None) -> None:
        points = [] if share is None else [{"x": area["x"] + area["width"] * share, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.5)
    for step in range(1, 6):
        touch("touchMove", 0.5 + step * 0.08)
    touch("touchEnd")
    expect(page).to_have_url(ZOOMED)


def test_it_works_without_javascript(open_page):
    page = open_page()
    cookies = page.context.cookies()
    plain = page.context.browser.new_context(java_script_enabled=False, base_url=page.url.split("/dashboard")[0])
    plain.add_cookies(cookies)
    without = plain.new_page()
    without.goto(VRBO)
    without.get_by_role("link", name="Zoom in").click()
    expect(without).to_have_url(re.compile("from=.*#timeline$"))
    without.get_by_role("link", name="Back to 30 days").click()
    expect(without.locator("#timeline")).to_contain_text("per day, 30 days")
    plain.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_are_recoloured_when_the_theme_is_switched(open_page, theme):
    page = open_page(VRBO, color_scheme=theme)
    ink = "Chart.getChart(document.querySelector('canvas'))?.options.scales.x.ticks.color"
    page.locator("canvas[data-chart]").first.scroll_into_view_if_needed()
    page.wait_for_function(f"() => {ink}")
    fill = "getComputedStyle(document.querySelector('.sev')).fill"
    before = (page.evaluate(ink), page.evaluate(fill))
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark" if theme == "light" else "light")
    assert page.evaluate(ink) != before[0]
    assert page.evaluate(fill) != before[1]
