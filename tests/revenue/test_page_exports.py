"""The revenue pages as files: the report in the order of the page, and the configuration's history."""

import io

import pytest
from openpyxl import load_workbook

from tests.exported import content_of, name_of, read_csv

IMPACT = "/dashboard/revenue/impact/"
CONFIG = "/dashboard/revenue/config/"
pytestmark = pytest.mark.usefixtures("now")


def test_the_report_is_the_page_s_table_in_its_order(as_viewer, record):
    record("vrbo", "fee_sync_error", lossAmount=3)
    record("airbnb", "fee_sync_error", lossAmount=2)
    for sort, names in (("-loss", ["Vrbo", "Airbnb"]), ("integration", ["Airbnb", "Vrbo"])):
        response = as_viewer.get(IMPACT, {"format": "xlsx", "sort": sort, "period": "7d"})
        assert name_of(response) == "revenue-impact-2026-03-12-to-2026-03-18.xlsx"
        sheet = load_workbook(io.BytesIO(content_of(response)))["Breakdown"]
        assert [sheet.cell(row, 1).value for row in (2, 3)] == names
    assert content_of(as_viewer.get(IMPACT, {"format": "csv"})).startswith(b"\xef\xbb\xbfRevenue impact")
    assert content_of(as_viewer.get(IMPACT, {"format": "pdf"})).startswith(b"%PDF-")


def test_the_history_has_no_figures(as_revenue_admin, configure):
    configure("revenue: {currency: EUR, avg_booking_value: 987.65}")
    configure("revenue: {currency: CHF}")
    response = as_revenue_admin.get(CONFIG, {"format": "csv"})
    found = read_csv(response)
    assert found.name == "revenue-configuration-2026-03-18.csv"
    assert [(row["Revision"], row["In force"]) for row in found.tables["History"]] == [("2", "Yes"), ("1", "No")]
    assert "987" not in str(found)


@pytest.mark.parametrize("url", [IMPACT, CONFIG])
def test_other_kinds_and_other_people_are_refused(as_revenue_admin, client, make_user, url):
    answer = as_revenue_admin.get(url, {"format": "doc"})
    assert answer.status_code == 400
    assert "Choose one of csv, xlsx, pdf." in answer.content.decode()
    client.force_login(make_user("Ingest"))
    assert client.get(url, {"format": "csv"}).status_code == 403
