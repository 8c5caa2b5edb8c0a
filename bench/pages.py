"""Full page loads in Chromium, and what they weigh on a first visit."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# Every page, tests/project/test_pages_listed.py sees to it; the longest period where it takes one.
PAGES = [
    "/dashboard/",
    "/dashboard/?period=1y",
    "/dashboard/integrations/",
    "/dashboard/integrations/vrbo/?period=7d",
    "/dashboard/integrations/vrbo/?period=90d",
    "/dashboard/integrations/vrbo/?period=1y",
    "/dashboard/revenue/impact/?period=1y",
    "/dashboard/revenue/config/",
    "/dashboard/correlation/test-integration/?period=90d",
    "/dashboard/alerts/",
    "/dashboard/incidents/?period=1y",
    "/dashboard/search/?q=nowhere",
]
# Pages of one thing, and what is shown closer: where a link of another page leads. The names are for the test.
FOLLOWED = [
    ("integrations:detail", "/dashboard/integrations/vrbo/?period=7d", "a[data-zoom=closer]"),
    (
        "revenue:revision",
        "/dashboard/revenue/config/",
        "a[href*='/revenue/config/'][href$='/']:not([href$='/config/'])",
    ),
    ("tickets:panel", "/dashboard/integrations/vrbo/?period=7d", "a[href*='/tickets/event/']"),
    ("correlation:test-case", "/dashboard/correlation/test-integration/?period=90d", "a[href*='/test-cases/']"),
    ("correlation:run", "", "a[href*='/correlation/run/']"),  # of the page before
    ("incidents:detail", "/dashboard/incidents/?period=90d", "th a[href*='/incidents/']"),
]
LOADS = 7
# Charts are drawn when they come into view, so a page is there once those in the window are.
DRAWN = """() => [...document.querySelectorAll('canvas[data-chart]')].every(
    canvas => canvas.getBoundingClientRect().top > innerHeight || Chart.getChart(canvas))"""


def measure_pages(address: str, password: str, report: Callable[[str, str], None]) -> None:
    """Report the median seconds until each page is loaded and drawn, and its compressed size without a cache."""
    if not Path(CHROMIUM).exists():
        report("pages", f"not measured: {CHROMIUM} is not installed")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/login/")
        page.get_by_label("User name").fill("demo")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/dashboard/")
        for path in [*PAGES, *_followed(page, address)]:
            taken = []
            for _ in range(LOADS):
                started = time.perf_counter()
                page.goto(f"{address}{path}", wait_until="load")
                page.wait_for_function(DRAWN)
                taken.append(time.perf_counter() - started)
            report(f"page {path}", f"{median(taken):.2f} s, {_first_visit(browser, page, f'{address}{path}'):.0f} kB")
        browser.close()


def _followed(page: Page, address: str) -> list[str]:
    """Return where the links of FOLLOWED lead; those that are not there are left out."""
    found: list[str] = []
    for _, path, link in FOLLOWED:
        page.goto(f"{address}{path or found[-1]}")
        target = page.locator(link).first
        if target.count():
            found.append(urljoin(page.url, str(target.get_attribute("href"))).removeprefix(address).split("#")[0])
    return found


def _first_visit(browser: Browser, page: Page, url: str) -> float:
    """Return the compressed kilobytes of a visit with an empty cache."""
    state = page.context.storage_state()
    context = browser.new_context(storage_state=state)
    fresh = context.new_page()
    sizes: list[float] = []
    session = context.new_cdp_session(fresh)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    fresh.goto(url, wait_until="networkidle")
    context.close()
    return sum(sizes) / 1000
