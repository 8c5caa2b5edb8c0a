"""What a QA lead does: enters the day's numbers, imports a sheet, finds and mends a mistake, takes it all back."""

import csv
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations.models import IntegrationEvent, IntegrationHealth
from integrations.services import record_events
from qa_observability import roles
from tests.integrations.factories import an_event

ADD = "/admin/integrations/integrationhealth/add/"
OBSERVATIONS = "/admin/integrations/integrationhealth/"
CHANNELS = ["airbnb", "vrbo", "hmbn", "booking-com"]


@pytest.fixture
def lead_page(django_db_serialized_rollback, transactional_db, make_user, open_context, log_in) -> Page:
    """A page on which a QA lead has logged in."""
    make_user(roles.QA_LEADS, username="lena")
    page = open_context(viewport={"width": 1440, "height": 900}).new_page()
    log_in(page, "lena")
    return page


def card(page: Page, name: str):
    page.goto("/dashboard/")
    return page.locator(".cards li, .cards article").filter(has_text=name).first


def test_ten_observations_are_entered_one_after_the_other(lead_page):
    page = lead_page
    page.goto(ADD)
    now = timezone.now().replace(second=0, microsecond=0)
    for number in range(10):
        moment = now - timedelta(hours=9 - number)
        page.get_by_label("Integration*").select_option("vrbo") if number == 0 else expect(
            page.locator("#id_integration")
        ).to_have_value("vrbo")
        page.locator("#id_last_checked_0").fill(f"{moment:%Y-%m-%d}")
        page.locator("#id_last_checked_1").fill(f"{moment:%H:%M}")
        page.locator("#id_error_rate").fill(f"{number / 2:.1f} %")
        expect(page.locator("#reading-error_rate")).to_contain_text("Read as")
        page.locator("[name=_addanother]").click()
        expect(page.get_by_text("was added successfully")).to_be_visible()

    assert IntegrationHealth.objects.count() == 10
    assert IntegrationHealth.objects.latest("last_checked").status == "warning"
    expect(card(page, "Vrbo")).to_contain_text("4.5 %")
    expect(page.locator(".headline")).to_contain_text("Vrbo")


def test_the_form_says_what_it_reads_and_what_follows(lead_page):
    page = lead_page
    page.goto(ADD)
    page.locator("#id_error_rate").fill("0.5")
    expect(page.locator("#reading-error_rate")).to_contain_text("could be 0.5 % or 50 %")
    page.get_by_role("button", name="0.5 %", exact=True).click()
    expect(page.locator("#reading-error_rate")).to_have_text("Read as 0.5 % (0.0050)")
    expect(page.locator("#verdict .status")).to_have_text("Healthy")
    page.locator("#id_pricing_sync_status").select_option("error")
    expect(page.locator("#verdict .status")).to_have_text("Critical")
    page.locator("#id_status").select_option("healthy")
    expect(page.locator("#verdict")).to_contain_text("You chose healthy, but the numbers say critical")


def test_an_answer_that_comes_between_press_and_release_does_not_swallow_the_click(lead_page):
    page = lead_page
    page.goto(ADD)
    page.locator("#id_error_rate").fill("0.5")
    page.get_by_role("button", name="0.5 %", exact=True).hover()
    page.mouse.down()
    with page.expect_response(lambda answer: "pricing_sync_status=error" in (answer.request.post_data or "")):
        page.evaluate("""() => {
          const field = document.getElementById("id_pricing_sync_status");
          field.value = "error";
          field.dispatchEvent(new Event("change", { bubbles: true }));
        }""")
    expect(page.locator("#verdict .status")).to_have_text("Critical")
    page.mouse.up()
    expect(page.locator("#reading-error_rate")).to_have_text("Read as 0.5 % (0.0050)")


def write_sheet(path: Path, *, bad: bool) -> None:
    start = timezone.now().replace(second=0, microsecond=0) - timedelta(hours=1)
    rows = [
        [CHANNELS[n % 4], f"{start - timedelta(minutes=9 * n):%Y-%m-%d %H:%M}", f"{n % 30 / 10} %", "ok"]
        for n in range(500)
    ]
    if bad:
        for row, column, value in [(3, 0, "expedia"), (20, 1, "31/01/2026"), (50, 2, "0.5"), (99, 2, "130 %"),
                                   (200, 3, "fine"), (300, 1, "2999-01-01 00:00"), (499, 0, "")]:  # fmt: skip
            rows[row][column] = value
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["integration", "last_checked", "error_rate", "rate_sync"], *rows])


def test_a_sheet_with_seven_bad_rows_is_corrected_imported_and_undone(lead_page, tmp_path):
    page = lead_page
    sheet = tmp_path / "week.csv"
    write_sheet(sheet, bad=True)
    page.goto(OBSERVATIONS)
    page.get_by_role("link", name="Import a spreadsheet").click()
    page.locator("#id_file").set_input_files(sheet)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert")).to_contain_text("7 of 500 rows cannot be imported")
    expect(page.locator("#import tbody tr")).to_have_count(7)
    expect(page.locator("#import tbody tr").first).to_contain_text("There is no integration 'expedia'.")
    assert not IntegrationHealth.objects.exists()

    write_sheet(sheet, bad=False)
    page.get_by_role("link", name="Choose the corrected file").click()
    page.locator("#id_file").set_input_files(sheet)
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#import")).to_contain_text("500 new")
    page.get_by_role("button", name="Import 500 rows").click()
    expect(page.locator("#import")).to_contain_text("Imported")
    assert IntegrationHealth.objects.count() == 500
    newest = IntegrationHealth.objects.filter(integration="hmbn").latest("last_checked")
    expect(card(page, "HMBN")).to_contain_text(f"{newest.error_rate * 100:.1f} %")

    page.go_back()
    page.get_by_text("Undo this import").click()
    page.get_by_role("button", name="Undo 500 rows").click()
    expect(page.locator("#import")).to_contain_text("500 rows removed")
    assert not IntegrationHealth.objects.exists()
    expect(card(page, "HMBN")).to_contain_text("Unknown")


def test_a_wrong_entry_is_found_mended_and_seen_in_the_history(lead_page):
    page = lead_page
    page.goto(ADD)
    page.locator("#id_integration").select_option("airbnb")
    page.locator("#id_error_rate").fill("31 %")
    page.locator("[name=_save]").click()
    expect(card(page, "Airbnb")).to_contain_text("Critical")

    page.goto(f"{OBSERVATIONS}?status__exact=critical")
    page.locator("#result_list a").filter(has_text=re.compile(r"^\s*Airbnb\s*$")).first.click()
    page.locator("#id_error_rate").fill("0.4 %")
    expect(page.locator("#verdict .status")).to_have_text("Healthy")
    page.locator("#id_status").select_option("")
    page.locator("[name=_save]").click()
    expect(card(page, "Airbnb")).to_contain_text("Healthy")
    expect(page.locator(".cards").first).not_to_contain_text("Critical")

    page.goto("/admin/auditlog/logentry/")
    expect(page.locator("#result_list tbody")).to_have_count(2)
    page.locator("#result_list tbody a").first.click()
    expect(page.locator("fieldset")).to_contain_text(re.compile(r"Who\s+lena\s+What"))
    expect(page.locator(".qa-table tr").filter(has_text="Error rate")).to_contain_text("0.31")
    expect(page.locator(".qa-table tr").filter(has_text="Error rate")).to_contain_text("0.004")


def test_personal_data_is_found_and_taken_out(lead_page):
    now = timezone.now()
    record_events([an_event(message="Guest jo@example.org waits", occurred_at=now - timedelta(hours=1))], now=now)
    page = lead_page
    page.goto("/admin/integrations/integrationevent/")
    page.get_by_role("link", name="Redact personal data").click()
    page.locator("#id_kind").select_option("email")
    page.get_by_role("button", name="Look for it").click()
    expect(page.locator("tbody tr").first).to_contain_text("Guest [redacted] waits")
    page.get_by_role("button", name="Replace in 1 event").click()
    expect(page.get_by_text("1 events and 0 history entries redacted.")).to_be_visible()
    assert IntegrationEvent.objects.get().message == "Guest [redacted] waits"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", [ADD, OBSERVATIONS, "/admin/integrations/integrationevent/add/",
                                  "/admin/integrations/importbatch/add/", "/admin/auditlog/logentry/",
                                  "/admin/integrations/integrationevent/redact/", "/password/"])  # fmt: skip
def test_the_lead_s_screens_fit_a_phone(lead_page, theme, path):
    page = lead_page
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme=theme)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
