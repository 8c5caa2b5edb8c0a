"""The panel of tickets in a browser: linked, found, created and unlinked without leaving the page."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from correlation.models import Incident
from integrations.models import Integration
from tests.standins.jira import EMAIL, TOKEN, Jira
from tests.standins.server import serving


@pytest.fixture
def address(world, settings):
    """The panel of an incident of Airbnb, with a Jira behind it."""
    now = timezone.now()
    Integration.objects.filter(pk="airbnb").update(jira_project_key="PMS")
    begin = now - timedelta(minutes=7)
    incident = Incident.objects.create(integration_id="airbnb", onset_at=begin, ended_at=now, events=3)
    jira = Jira()
    jira.add("PMS-1", "Rates are not pushed", "In Progress", ("integration-airbnb",))
    jira.add("PMS-2", "Fees are missing", "Done", ("integration-airbnb",))
    with serving(jira) as server:
        settings.JIRA_URL, settings.JIRA_EMAIL, settings.JIRA_TOKEN = server.url(""), EMAIL, TOKEN
        yield f"/dashboard/tickets/incident/{incident.pk}/"


def test_tickets_are_linked_found_created_and_unlinked(address, open_page, violations):
    page = open_page(address, user="lena")
    panel = page.locator("#tickets")
    page.get_by_label("Key or address of a ticket").fill("pms-1")
    page.get_by_role("button", name="Link", exact=True).click()
    expect(panel).to_contain_text("PMS-1 is linked.")
    page.get_by_role("button", name="Ask Jira now").click()
    expect(panel).to_contain_text("Jira was asked about 1 ticket.")
    expect(panel).to_contain_text("In Progress")
    expect(panel.locator("time").first).not_to_contain_text("UTC")  # in words, also after the panel was exchanged
    page.get_by_role("button", name="Find related").click()
    page.get_by_role("button", name="Link PMS-2").click()
    expect(panel).to_contain_text("PMS-2 is linked.")
    page.get_by_role("button", name="Unlink PMS-1").click()
    expect(panel).to_contain_text("PMS-1 is no longer linked.")
    assert violations(page) == []
    page.get_by_role("link", name="Create a ticket").click()
    expect(page.get_by_label("Project")).to_have_value("PMS")
    assert violations(page) == []
    page.get_by_role("button", name="Create in Jira").click()
    expect(page.locator(".messages")).to_contain_text("was created and linked.")
    assert page.url.endswith(address)


def test_a_second_click_waits_for_the_first_answer(address, open_page):
    page = open_page(address, user="lena")
    page.get_by_label("Key or address of a ticket").fill("PMS-1")
    with page.expect_request("**/tickets/**"):
        page.get_by_role("button", name="Link", exact=True).evaluate("""(button) => {
          button.click();
          window.others = [...document.querySelectorAll("#tickets button")].map((other) => other.disabled);
        }""")
    expect(page.locator("#tickets")).to_contain_text("PMS-1 is linked.")
    assert page.evaluate("window.others") == [True, True]
    expect(page.get_by_role("button", name="Find related")).to_be_enabled()


def test_a_session_that_has_ended_leads_to_the_login_and_back(address, open_page):
    page = open_page(address, user="lena")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Find related").click()
    expect(page.get_by_label("User name")).to_be_visible()


def test_the_panel_works_without_javascript_and_on_a_phone(address, open_page):
    page = open_page(address, user="lena", java_script_enabled=False, viewport={"width": 360, "height": 800})
    page.get_by_label("Key or address of a ticket").fill("PMS-1")
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.locator(".messages")).to_contain_text("PMS-1 is linked.")
    page.get_by_role("button", name="Find related").click()
    expect(page.locator("#tickets")).to_contain_text("Fees are missing")


def test_the_keyboard_stays_in_the_panel_and_hears_what_happened(address, open_page):
    page = open_page(address, user="lena")
    key, heard = page.get_by_label("Key or address of a ticket"), page.locator("[data-announce]")
    key.fill("no key")
    key.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is no key of a ticket")
    expect(key).to_be_focused()
    expect(key).to_have_accessible_description(re.compile("This is no key of a ticket"))
    key.fill("PMS-1")
    key.press("Enter")
    expect(heard).to_have_text("PMS-1 is linked.")
    page.get_by_role("button", name="Unlink PMS-1").press("Enter")
    expect(heard).to_have_text("PMS-1 is no longer linked.")
    expect(page.get_by_role("region", name="Tickets")).to_be_focused()
    page.keyboard.press("Tab")
    expect(key).to_be_focused()
