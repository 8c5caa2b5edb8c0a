"""What holds for every page, in both themes: no accessibility violation, nothing cut off, a strict policy."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.browser.world import PAGES, VARIANTS

# A number in a table may lie in a region that scrolls by itself; the page itself must not.
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const all = [...document.body.querySelectorAll("*")];
    const wide = all.filter((element) => element.getBoundingClientRect().right > width);
    return wide.map((element) => element.outerHTML.slice(0, 120));
}"""


# What a theme can break that the other theme keeps; all else is the same markup.
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]

FOCUSED = """() => {
    const element = document.activeElement;
    const outlines = [null, "::after"].map((part) => getComputedStyle(element, part).outlineStyle);
    const { top, bottom } = element.getBoundingClientRect();
    return {
        what: element.ariaLabel || element.innerText || element.labels?.[0]?.innerText || "",
        outline: outlines.some((style) => style !== "none"),
        seen: bottom > 0 && top < innerHeight,
    };
}"""


def assert_structure(page: Page) -> None:
    """One main landmark, one first heading, no level left out, every navigation and region with a name."""
    assert page.locator("main").count() == page.locator("header.bar").count() == page.locator("h1").count() == 1
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => Number(e.tagName[1]))")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    unnamed = "nav:not([aria-label]), [role=region]:not([aria-label])"
    assert page.locator(unnamed).count() == 0


@pytest.mark.parametrize("path", [*PAGES.values(), *VARIANTS])
def test_a_page_is_accessible_in_both_themes_and_at_every_width(world, open_page, violations, complaints, path):
    page = open_page(user="root") if path != PAGES["login"] else open_page()
    if path == PAGES["login"]:
        page.context.clear_cookies()
    response = page.goto(path.format(revision=world))
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    if path in PAGES.values():  # a variant has the same tables behind its charts
        page.evaluate("document.querySelectorAll('main details').forEach(element => { element.open = true })")
    page.emulate_media(color_scheme="light")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, RULES_OF_COLOUR) == []
    for width in (360, 720, 1440, 3840):  # 720 is 1440 at 200 %
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_WIDE) == [], width
    assert_structure(page)
    if response.status == 404:
        complaints.clear()  # Chromium reports the answer that this test asked for
    assert re.fullmatch(r".+ – QA Observability", page.title())


def test_the_page_survives_forced_colours_and_reduced_motion(open_page):
    page = open_page("/dashboard/integrations/vrbo/", forced_colors="active", reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.locator(".sev--high").first.evaluate("e => getComputedStyle(e).fill") != "rgba(0, 0, 0, 0)"


def test_the_keyboard_reaches_everything_and_shows_where_it_is(open_page):
    page = open_page("/dashboard/integrations/vrbo/?period=7d", user="lena", viewport={"width": 1280, "height": 800})
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        reached.append(found["what"])
        assert found["outline"], found["what"]
        assert found["seen"], found["what"]
    names = [name for name in reached if name]
    wanted = ["Skip to content", "Dashboard", "7 days", "Show data", "Zoom in", "Point in time", "Filter", "Details"]
    places = [next(place for place, name in enumerate(names) if want in name) for want in wanted]
    assert places == sorted(places)  # in the order in which they stand
