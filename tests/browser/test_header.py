"""The header on a phone and on a desk, and the menu of the account."""

import pytest
from playwright.sync_api import expect

PHONE, DESK = {"width": 360, "height": 800}, {"width": 1440, "height": 900}
HALF_A_DESK = {"width": 640, "height": 400}  # 1280 at 200 %
FAR = "America/Argentina/ComodRivadavia"


@pytest.mark.parametrize("viewport", [PHONE, HALF_A_DESK])
def test_on_a_phone_the_header_takes_three_rows_and_shows_which_page_is_open(open_page, viewport):
    page = open_page("/dashboard/alerts/", user="root", viewport=viewport, timezone_id=FAR)
    rows = [page.locator(name).bounding_box()["y"] for name in (".search", ".zone", "[data-theme-switch]")]
    assert max(rows) - min(rows) < 10
    assert page.locator("header.bar").bounding_box()["height"] < 140
    current = page.locator(".menu [aria-current]")
    expect(current).to_be_in_viewport(ratio=1)
    expect(current).to_have_text("Alerts")
    page.locator(".menu a").last.focus()
    expect(page.locator(".menu a").last).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [641, 768, 1024, 1280])
def test_on_a_tablet_it_takes_two_rows_at_most(open_page, width):
    page = open_page("/dashboard/alerts/", user="root", viewport={"width": width, "height": 900}, timezone_id=FAR)
    assert page.locator("header.bar").bounding_box()["height"] < 100
    assert page.evaluate("document.documentElement.scrollWidth") == width
    expect(page.locator(".menu a").last).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_the_account_s_menu_opens_by_key_and_closes_by_escape_and_by_a_click_elsewhere(open_page, viewport):
    page = open_page(user="vera", viewport=viewport)
    summary, password = page.locator(".account summary"), page.get_by_role("link", name="Password")
    expect(password).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(password).to_be_in_viewport(ratio=1)
    page.keyboard.press("Tab")
    expect(password).to_be_focused()
    page.keyboard.press("Escape")
    expect(password).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    expect(page.get_by_role("button", name="Log out")).to_be_in_viewport(ratio=1)
    page.locator("h1").click()
    expect(password).to_be_hidden()
