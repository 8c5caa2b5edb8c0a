"""GET /api/v1/revenue/report: CSV, XLSX and PDF say the same as API and page."""

import csv
import html
import io
import re
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from integrations.models import Integration
from qa_observability.periods import parse_period
from revenue.pdf import make_pdf
from revenue.presenter import present
from revenue.services import impact_of
from tests.conftest import NOW

URL = "/api/v1/revenue/report"
FEES, PRICING, LOSS = "fee_sync_error", "pricing_sync_error", "booking_loss"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def figures(record, observe, configure):
    configure("revenue: {currency: EUR, integrations: {airbnb: {avg_booking_value: 333.33, leakage_percentage: 0.07}}}")
    record("vrbo", FEES, days_ago=2, count=3, affectedBookings=7)
    record("vrbo", FEES, days_ago=33, affectedBookings=4)
    record("airbnb", PRICING, days_ago=4, affectedBookings=5)
    record("airbnb", LOSS, days_ago=4, lossAmount=1234.5678)
    observe("hmbn", "0.0123", days_ago=1)


def fetch(api, kind, query=""):
    response = api.get(f"{URL}?format={kind}{query}")
    assert response.status_code == 200, response.content
    return response


def pdf_text(document):
    """Return the text of an uncompressed PDF whose fonts leave ASCII legible."""
    strings = re.findall(rb"\((.*?)(?<!\\)\) Tj", document, re.DOTALL)
    text = b" ".join(strings).decode("latin-1")
    return re.sub(r"\\([()\\])", r"\1", text)


def test_every_format_has_the_numbers_of_the_api(viewer_api, as_viewer, figures):
    api = viewer_api.get("/api/v1/revenue/impact").json()
    lines = [
        (row["integrationName"], Decimal(str(row["estimatedLoss"])), row["eventCount"], row["affectedBookings"])
        for row in api["breakdown"]
    ]
    # by hand: 262.50 = 21 x 12.50; 116.67 = 5 x 333.33 x 0.07 = 116.6655; 1234.57; 30.75 = 0.0123 x 2500
    assert [loss for _, loss, _, _ in lines] == [Decimal(text) for text in ("1234.57", "262.5", "116.67", "30.75")]
    at_risk, protected = (Decimal(str(api[name]["value"])) for name in ("revenueAtRisk", "revenueProtected"))
    assert at_risk == Decimal("1644.49")

    rows = list(csv.reader(io.StringIO(fetch(viewer_api, "csv").content.decode("utf-8-sig"))))
    start = next(index for index, row in enumerate(rows) if row[:1] == ["Integration"])
    found = [(row[0], Decimal(row[5]), int(row[2]), int(row[3])) for row in rows[start + 1 : start + 1 + len(lines)]]
    assert found == lines
    assert Decimal(rows[start + 1 + len(lines)][5]) == at_risk
    named = {row[0]: row for row in rows if row}
    assert Decimal(named["Revenue at risk"][1]) == at_risk
    assert Decimal(named["Revenue protected"][1]) == protected
    assert Decimal(named["Revenue at risk"][3]) == Decimal(str(api["revenueAtRisk"]["change"]))

    book = load_workbook(io.BytesIO(fetch(viewer_api, "xlsx").content))
    cells = list(book["Breakdown"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], Decimal(str(row[5])), row[2], row[3]) for row in cells[:-1]] == lines
    assert cells[-1][0] == "Total"
    assert Decimal(str(cells[-1][5])) == at_risk
    summary = {row[0]: row for row in book["Summary"].iter_rows(values_only=True)}
    assert Decimal(str(summary["Revenue protected"][1])) == protected
    days = list(book["Days"].iter_rows(min_row=2, values_only=True))
    assert [float(row[1]) for row in days] == [point["atRisk"] for point in api["series"]]

    shown = present(impact_of(parse_period("30d", NOW)), now=NOW)
    text = pdf_text(make_pdf(shown, compress=False))
    page = html.unescape(as_viewer.get("/dashboard/revenue/impact/").content.decode())
    for amount in [at_risk, protected, *(loss for _, loss, _, _ in lines)]:
        assert f"{amount:,.2f}" in text
        assert f"€{amount:,.2f}" in page
    assert re.search(r"Page 1 of ([2-9]).*Page \1 of \1", text)
    assert "Revenue impact" in text


def test_files_have_names_and_types(viewer_api, figures):
    expected = {
        "csv": ("text/csv", b"\xef\xbb\xbfRevenue impact"),
        "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        "pdf": ("application/pdf", b"%PDF-"),
    }
    for kind, (media_type, start) in expected.items():
        response = fetch(viewer_api, kind, "&period=7d&integration=vrbo")
        assert response["Content-Type"] == media_type
        name = f"revenue-impact-vrbo-2026-03-12-to-2026-03-18.{kind}"
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.content.startswith(start)


def test_csv_is_the_default(viewer_api):
    assert viewer_api.get(URL).content.startswith(b"\xef\xbb\xbfRevenue impact")


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@SUM(A1)", '=HYPERLINK("http://x","y")', "\t=1", "a\x07\x0bb"])
def test_names_are_never_formulas(viewer_api, record, name):
    Integration.objects.filter(slug="vrbo").update(name=name)
    record("vrbo", FEES, lossAmount=1)
    text = fetch(viewer_api, "csv").content.decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text)) if len(row) > 5 and row[1] == "Fee sync failure"]
    assert not rows[0][0].startswith(("=", "+", "-", "@", "\t"))
    cell = load_workbook(io.BytesIO(fetch(viewer_api, "xlsx").content))["Breakdown"]["A2"]
    assert cell.data_type == "s"
    assert fetch(viewer_api, "pdf").content.startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["<b>Vrbo</b> & <img src='file:///etc/passwd'>", "<para>", "&lt;", "a" * 100, "名前"])
def test_names_are_text_in_the_pdf(viewer_api, record, name):
    Integration.objects.filter(slug="vrbo").update(name=name)
    record("vrbo", FEES, lossAmount=1)
    shown = present(impact_of(parse_period("30d", NOW)), now=NOW)
    text = pdf_text(make_pdf(shown, compress=False))
    if name.startswith("<b>"):
        assert "<b>Vrbo</b>" in text.replace(" ", "")
    assert "$1.00" in text


def test_a_long_breakdown_goes_on_over_pages(viewer_api, record):
    for number in range(20):
        Integration.objects.create(slug=f"c{number}", name=f"Channel {number}")
        for event_type in (PRICING, FEES, LOSS):
            record(f"c{number}", event_type)
    shown = present(impact_of(parse_period("1y", NOW)), now=NOW)
    text = pdf_text(make_pdf(shown, compress=False))
    assert text.count("Channel 7") >= 3
    assert text.count("Integration Type Events Bookings Impact Loss Change Trend") >= 2  # the head is repeated


@pytest.mark.parametrize("query", ["format=doc", "format=json", "period=2y", "nope=1"])
def test_bad_parameters_are_refused(viewer_api, query):
    response = viewer_api.get(f"{URL}?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == query.split("=")[0]


def test_it_is_for_those_who_may_see_money(client, ingest_api):
    assert client.get(URL).status_code == 401
    assert ingest_api.get(URL).status_code == 403
