"""No page is forgotten: a new address is looked at in the browser and measured, or said to be no page."""

from django.test import Client
from django.urls import resolve

from bench.pages import FOLLOWED
from bench.pages import PAGES as MEASURED
from tests.browser.world import NO_PAGES, PAGES, names

SMALL = {"login", "password_change", "tickets:new"}


def test_every_address_is_a_page_that_the_browser_tests_open_or_known_to_be_none():
    assert set(names()) == set(PAGES) | NO_PAGES


def test_every_page_is_measured():
    measured = {resolve(path.partition("?")[0]).view_name for path in MEASURED} | {name for name, _, _ in FOLLOWED}
    assert set(PAGES) - SMALL == measured


def test_a_form_without_its_token_is_refused_in_the_product_s_look(make_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("Viewers"))
    answer = client.post("/password/", {"old_password": "a"})
    assert answer.status_code == 403
    assert "Nothing was changed. Go back, reload the page and try again." in answer.content.decode()
