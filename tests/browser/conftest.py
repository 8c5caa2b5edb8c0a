"""Chromium on a live server. Every page must stay silent on the console and within this host."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from qa_observability import roles
from tests.browser.world import load

CHROMIUM = "/usr/bin/chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists():
                item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is not installed (Debian's package chromium)"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's synchronous API runs an event loop in this thread, where Django would refuse the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def complaints() -> list[str]:
    """What pages said on the console, and what they asked of other hosts; empty at the end of every test."""
    return []


@pytest.fixture
def open_context(browser: Browser, live_server, complaints: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens a window's context; options are Playwright's, such as color_scheme."""
    contexts: list[BrowserContext] = []
    host = urlsplit(live_server.url).netloc

    def watch(page: Page) -> None:
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{page.url}: {message.text}") if message.type in {"error", "warning"} else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "request",
            lambda request: (
                complaints.append(f"{page.url} asked {request.url}")
                if urlsplit(request.url).netloc not in {host, ""} and not request.url.startswith("data:")
                else None
            ),
        )

    def build(**options: object) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
        context.on("page", watch)
        contexts.append(context)
        return context

    yield build
    for context in contexts:
        for page in context.pages:
            page.evaluate("null")  # whatever a page has said so far arrives before this answer
    said = list(complaints)  # a request cut off by closing the window is no fault of the page
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def log_in(django_db_serialized_rollback, transactional_db) -> Callable[[Page, str], None]:
    """Return a function that logs a user in through the login page; everybody's password is `a-long-password`."""

    def submit(page: Page, username: str) -> None:
        page.goto("/login/")
        page.get_by_label("User name").fill(username)
        page.get_by_label("Password").fill("a-long-password")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/dashboard/")

    return submit


@pytest.fixture
def world(django_db_serialized_rollback, transactional_db, make_user, settings) -> str:
    """Everything there is to see, a viewer `vera`, a QA lead `lena`, a superuser `root`; the id of a revision."""
    settings.REVENUE_CONFIG_KEYS = ["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]
    make_user(roles.VIEWERS, username="vera")
    make_user(roles.QA_LEADS, username="lena")
    root = make_user(username="root", is_staff=True, is_superuser=True)
    return load(timezone.now(), root)


@pytest.fixture
def open_page(world, open_context, log_in) -> Callable[..., Page]:
    """Return a function that opens a page for somebody who has logged in; options are the window's."""

    def build(path: str = "/dashboard/", user: str = "vera", **options: object) -> Page:
        page = open_context(**options).new_page()
        log_in(page, user)
        if path != "/dashboard/":
            page.goto(path)
        return page

    return build


@pytest.fixture
def violations() -> Callable[..., list[str]]:
    """Return a function that lists what axe finds wrong with a page, as `rule: elements`, by all rules or by some."""

    def find(page: Page, rules: Sequence[str] = ()) -> list[str]:
        options = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else None
        found = Axe().run(page, options=options).response["violations"]
        return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]

    return find
