"""Reading and writing spreadsheets: whatever program wrote the file, and nothing that a program would run."""

import contextlib
import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from integrations.sheets.columns import EVENTS, OBSERVATIONS
from integrations.sheets.parsing import Reader, RowError, read_keys, read_moment
from integrations.sheets.reading import SheetError, read_rows
from integrations.sheets.writing import Rate, csv_lines, neutralise, template_rows, write_xlsx

READER = Reader({"vrbo": "vrbo", "airbnb": "airbnb", "booking.com": "booking-com"})
HEAD = "integration,last_checked,error_rate\n"


def rows_of(content: str | bytes, columns=OBSERVATIONS):
    return list(read_rows(io.BytesIO(content.encode() if isinstance(content, str) else content), columns))


def xlsx_of(lines) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        HEAD + "vrbo,2026-03-01 10:00,3.1 %\n",
        "\ufeff" + HEAD + "vrbo,2026-03-01 10:00,3.1 %\n",
        "Integration;Last Checked;Error Rate\r\nvrbo;2026-03-01 10:00;3.1 %\r\n",
        "integrationId\tlastChecked\terrorRate\nvrbo\t2026-03-01 10:00\t3.1 %\n",
        (HEAD + "vrbo,2026-03-01 10:00,3.1 %\n").encode("utf-16"),
        xlsx_of([["integration", "last_checked", "error_rate"], ["vrbo", datetime(2026, 3, 1, 10), "3.1 %"]]),  # noqa: DTZ001
    ],
)
def test_the_same_row_is_read_from_every_kind_of_file(content):
    [(number, row)] = rows_of(content)
    given = READER.observation(row)
    assert number == 2
    assert (given.integration_id, given.error_rate) == ("vrbo", Decimal("0.0310"))
    assert given.last_checked == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_cell_that_excel_shows_as_percent_is_percent():
    book = Workbook()
    book.active.append(["integration", "last_checked", "error_rate"])
    book.active.append(["vrbo", "2026-03-01 10:00", 0.5])
    book.active["C2"].number_format = "0.0%"
    file = io.BytesIO()
    book.save(file)
    [(_, row)] = rows_of(file.getvalue())
    assert READER.observation(row).error_rate == Decimal("0.5000")


def test_blank_rows_are_skipped_and_numbers_stay_those_of_the_file():
    assert [number for number, _ in rows_of(HEAD + ",,\nvrbo,2026-03-01 10:00,0\n")] == [3]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("integration,last_checked,colour\n", "no column 'colour'"),
        ("integration,error_rate\n", "last_checked is missing"),
        ("integration,last_checked,time\n", "there twice"),
        (HEAD + "vrbo,2026-03-01 10:00,1 %,extra\n", "more cells"),
        (HEAD + 'vrbo,"2026\n', "After row 1"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
        (b"a\x00b,c\n", "neither CSV nor XLSX"),
        (HEAD + "vrbo,2026-03-01 10:00,1 %\nvr\x00bo,2026-03-01 11:00,1 %\n", "Row 3 holds NUL"),
        (b"PK\x03\x04broken", "damaged"),
        (HEAD.encode() + b"M\xfcnchen,x,y\n", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, reason):
    with pytest.raises(SheetError, match=reason):
        rows_of(content)


def test_a_row_that_claims_to_stand_far_down_is_not_waited_for():
    """Five kilobytes would keep a worker busy for hours, leafing through the rows between."""
    book, changed = io.BytesIO(xlsx_of([["integration", "last_checked"], ["vrbo", "2026-03-01 10:00"]])), io.BytesIO()
    with zipfile.ZipFile(book) as parts, zipfile.ZipFile(changed, "w") as out:
        for name in parts.namelist():
            out.writestr(name, parts.read(name).replace(b'<row r="2"', b'<row r="2000000000"'))
    with pytest.raises(SheetError, match="1,048,576"):
        rows_of(changed.getvalue())


def test_every_bad_cell_of_a_row_is_named():
    with pytest.raises(RowError) as refused:
        READER.observation({"integration": "expedia", "last_checked": "31/01/2026", "error_rate": "0.5", "status": "x"})
    assert {error.column for error in refused.value.errors} == {"integration", "last_checked", "error_rate", "status"}


def test_metadata_is_put_together_from_columns_and_json():
    given = READER.event(
        {"integration": "Booking.com", "occurred_at": "2026-03-01T10:00:00+02:00", "type": "Fee sync failure",
         "severity": "HIGH", "message": "x", "affected_bookings": "3", "loss_amount": "12.50",
         "ticket_keys": "qa-1; QA-2", "metadata": '{"region": "EU"}'}
    )  # fmt: skip
    assert given.integration_id == "booking-com"
    assert given.occurred_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert (given.event_type, given.severity) == ("fee_sync_error", "high")
    assert given.metadata == {
        "region": "EU",
        "affectedBookings": 3,
        "lossAmount": "12.50",
        "ticketKeys": ["QA-1", "QA-2"],
    }


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_a_formula_is_written_as_text_and_read_back_as_it_was(text):
    assert neutralise(text)[0] == "'"
    lines = "".join(csv_lines(["integration", "last_checked", "status"], [["vrbo", text, None]]))
    [(_, row)] = rows_of(lines)
    assert row["last_checked"].strip() == text.strip()
    file = io.BytesIO()
    write_xlsx(file, ["integration", "last_checked"], [["vrbo", text]])
    cell = load_workbook(file).active["B2"]
    assert (cell.data_type, cell.value[0]) == ("s", "'")


def test_characters_that_xml_cannot_hold_do_not_break_the_file():
    file = io.BytesIO()
    write_xlsx(file, ["a", "b"], [["x\x00\x0by\ud800", "<&>\n\U0001f600"], [7, None]])
    sheet = load_workbook(file).active
    assert [cell.value for cell in sheet[2]] == ["xy", "<&>\n\U0001f600"]
    assert sheet["A3"].value == 7


def test_rates_are_exported_so_that_they_read_back_without_doubt():
    head = ["integration", "last_checked", "error_rate"]
    row = ["vrbo", "2026-03-01 10:00", Rate("0.5")]
    file = io.BytesIO()
    write_xlsx(file, head, [row])
    for content in ("".join(csv_lines(head, [row])), file.getvalue()):
        [(_, cells)] = rows_of(content)
        assert READER.observation(cells).error_rate == Decimal("0.5000")


@pytest.mark.parametrize("columns", [OBSERVATIONS, EVENTS])
def test_the_templates_can_be_imported_as_they_are(columns):
    head = [column.name for column in columns]
    for _, row in rows_of("".join(csv_lines(head, template_rows(columns))), columns):
        assert (READER.observation if columns is OBSERVATIONS else READER.event)(row)


@pytest.mark.parametrize("text", ["2026-03-01", "01.03.2026 10:00", "2026-02-30 10:00", "now", "2026-03-01 10:00 CET"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match="Write it like"):
        read_moment(text)


@given(st.binary(max_size=300))
def test_no_bytes_give_anything_but_rows_or_a_reason(content):
    with contextlib.suppress(SheetError):
        assert all(number > 1 for number, _ in rows_of(content))


@given(st.dictionaries(st.sampled_from([column.name for column in EVENTS]), st.text(max_size=30)))
def test_no_cells_give_anything_but_an_event_or_reasons(row):
    with contextlib.suppress(RowError):
        assert READER.event(row).integration_id in READER.integrations.values()


def test_ticket_keys_are_read_in_any_notation():
    assert read_keys(" qa-1,QA-2 ;  ABC_D-33 ") == ["QA-1", "QA-2", "ABC_D-33"]
    with pytest.raises(ValueError, match="no ticket key"):
        read_keys("QA1")
