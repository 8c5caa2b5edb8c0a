"""Documents as files: whatever is in a cell, every kind of file can be opened and says the same."""

import csv
import io
import re
from datetime import UTC, date, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from qa_observability.exports.cells import FORMULA_STARTS, clean
from qa_observability.exports.csv_files import write_csv
from qa_observability.exports.documents import PDF_ROWS_MAX, ROWS_MAX, Column, Document, Kind, Table, plain
from qa_observability.exports.pdf_columns import share
from qa_observability.exports.pdf_files import make_pdf
from qa_observability.exports.xlsx_files import write_xlsx
from qa_observability.periods import parse_period, start_of_day
from tests.conftest import NOW
from tests.exported import ABOUT, pdf_text

COLUMNS = (
    Column("Text"), Column("Number", Kind.NUMBER), Column("Ratio", Kind.NUMBER, places=2),
    Column("Amount", Kind.MONEY, currency="EUR"), Column("Rate", Kind.RATE), Column("When", Kind.TIME),
    Column("Day", Kind.DAY),
)  # fmt: skip
ROW = ("Fee", 12345, 0.126, Decimal("1234.5"), Decimal("0.0312"), NOW, date(2026, 3, 18))
texts = st.text(st.characters(exclude_categories=()), max_size=60)
awkward = (
    example("=1+1"),
    example("a\x00b\ud800"),
    example("שלום 😀 名前"),
    example("W" * 5000),
    example("<b>&</b>\r\n"),
)


def document(*rows, columns=COLUMNS, **fields) -> Document:
    table = Table("rows", "Rows", columns, rows)
    return Document(**{"name": "x", "title": "Title", "tables": (table,), "generated_at": NOW} | fields)


def lines_of(shown: Document) -> list[list[str]]:
    file = io.BytesIO()
    write_csv(shown, file)
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))


def book_of(shown: Document):
    file = io.BytesIO()
    write_xlsx(shown, file)
    return load_workbook(file)


def with_awkward(test):
    for more in awkward:
        test = more(test)
    return test


def test_every_kind_of_cell_in_csv():
    lines = lines_of(document(ROW, (None,) * 7))
    head, *rows = lines[lines.index(["Rows"]) + 1 :]
    assert head == ["Text", "Number", "Ratio", "Amount (EUR)", "Rate", "When (UTC)", "Day (UTC)"]
    assert rows == [
        ["Fee", "12345", "0.13", "1234.50", "3.12%", "2026-03-18 14:05:00", "2026-03-18"], [""] * 7
    ]  # fmt: skip


def test_every_kind_of_cell_in_xlsx():
    sheet = book_of(document(ROW, (None,) * 7))["Rows"]
    cells = list(sheet[2])
    assert [cell.value for cell in cells] == [
        "Fee", 12345, 0.126, 1234.5, 0.0312, NOW.replace(tzinfo=None), start_of_day(NOW).replace(tzinfo=None),
    ]  # fmt: skip
    assert [cell.number_format for cell in cells[1:5]] == ["#,##0", "0.00", "#,##0.00", "0.00%"]
    assert [cell.number_format.replace("\\", "") for cell in cells[5:]] == ["yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"]
    assert [cell.value for cell in sheet[3]] == [None] * 7
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet["A1"].font.bold) == ("A2", "A1:G3", True)
    assert sheet.column_dimensions["F"].width > sheet.column_dimensions["G"].width


def test_every_kind_of_cell_in_pdf():
    text = pdf_text(make_pdf(document(ROW, (None,) * 7), compress=False))
    assert "Text Number Ratio Amount (EUR) Rate When (UTC) Day (UTC)" in text
    assert "Fee 12,345 0.13 1,234.50 3.1 % 2026-03-18 14:05:00 2026-03-18" in text


def test_times_of_any_zone_are_written_in_utc():
    moment = NOW.astimezone(timezone(timedelta(hours=-5)))
    assert lines_of(document((moment,), columns=(Column("When", Kind.TIME),)))[-1] == ["2026-03-18 14:05:00"]


def test_a_file_says_what_it_is():
    shown = document(
        ROW,
        period=parse_period("7d", NOW),
        filters=(("Severity", "High"), ("Type", "")),
        facts=(("Status", "Healthy"), ("Why", "")),
        notes=("Association in time.",),
    )
    expected = [
        ["Status", "Healthy"],
        ["Period", "2026-03-12 to 2026-03-18 (7 days, UTC)"],
        ["Filter: Severity", "High"],
        ["Generated", "2026-03-18 14:05 UTC"],
    ]
    lines = lines_of(shown)
    assert lines[0] == ["Title"]
    assert lines[1:5] == expected
    assert lines[-1] == ["Association in time."]
    about = [list(row) for row in book_of(shown)[ABOUT].iter_rows(values_only=True)]
    assert about[1:5] == expected
    assert ["Sheet: Rows", "1 row."] in about
    text = pdf_text(make_pdf(shown, compress=False))
    for words in ("Title", "Period", "2026-03-12 to 2026-03-18 (7 days, UTC)", "Filter: Severity", "Page 1 of 1"):
        assert words in text
    assert shown.file_name("csv") == "x-2026-03-12-to-2026-03-18-high.csv"
    assert ["Filters", "none"] in lines_of(document(ROW))


@with_awkward
@given(texts)
def test_no_text_runs_or_breaks_a_csv(text):
    [cell] = lines_of(document((text,), columns=(Column("Text"),)))[-1] or [""]
    assert not cell.startswith(FORMULA_STARTS)
    assert cell.removeprefix("'") == clean(text).removeprefix("'")


@with_awkward
@given(texts)
def test_any_text_is_text_in_xlsx(text):
    cell = book_of(document((text,), columns=(Column("Text"),)))["Rows"]["A2"]
    assert (cell.value or "") == clean(text).replace("\r\n", "\n").replace("\r", "\n")
    assert cell.data_type == "s" or not clean(text)


@settings(max_examples=40)
@with_awkward
@given(texts)
def test_any_text_fits_into_a_pdf(text):
    columns = (*COLUMNS[:5], Column("More", width=60), Column("Narrow", width=4))
    row = (text, text, text, text, text, text * 20, text * 3)
    shown = document(row, columns=columns, title=text, filters=(("Contains", text),), notes=(text,))
    assert make_pdf(shown).startswith(b"%PDF-")


moments = st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1 < moment.year < 9999)
numbers = st.one_of(st.integers(), st.floats(), st.decimals(allow_nan=True, allow_infinity=True, places=2))


@settings(max_examples=60)
@given(numbers, st.sampled_from([Kind.NUMBER, Kind.MONEY, Kind.TEXT]))
def test_any_number_is_written(value, kind):
    shown = document((value,), columns=(Column("Figure", kind),))
    assert len(lines_of(shown)[-1]) == 1
    assert book_of(shown)["Rows"]["A2"].value is not None
    assert make_pdf(shown).startswith(b"%PDF-")


@given(st.dates(), moments)
def test_any_moment_is_written(day, moment):
    shown = document((moment, day), columns=(Column("When", Kind.TIME), Column("Day", Kind.DAY)))
    cells = [cell.value for cell in book_of(shown)["Rows"][2]]
    if day.year > 1900 and moment.year > 1900:
        assert cells[1].date() == day
        assert abs(cells[0] - moment.replace(tzinfo=None)) < timedelta(milliseconds=2)


@given(st.text(max_size=300), st.text(max_size=50))
def test_file_names_are_plain(name, value):
    assert re.fullmatch(r"[a-z0-9.-]{1,120}\.pdf", document(name=name, filters=(("x", value),)).file_name("pdf"))
    assert plain(name).isascii()


def test_sheets_have_names_that_excel_takes():
    titles = ["Runs: [a]/*?\\", "Runs: [a]/*?\\", "x" * 50, "", "About this file", "'quoted'"]
    tables = tuple(Table("t", title, COLUMNS[:1], [("x",)]) for title in titles)
    names = book_of(document(tables=tables)).sheetnames
    assert len({name.casefold() for name in names}) == len(titles) + 1
    assert all(re.fullmatch(r"[^\[\]:*?/\\']{1,31}", name) for name in names)


@pytest.mark.parametrize("count", [0, 1])
def test_a_table_without_rows_says_so(count):
    shown = document(*([ROW] * count))
    assert (["Nothing matches."] in lines_of(shown)) is (count == 0)
    assert ("Nothing matches." in pdf_text(make_pdf(shown, compress=False))) is (count == 0)


def test_a_pdf_that_is_cut_says_so():
    shown = document(*([(number,) for number in range(PDF_ROWS_MAX + 1)]), columns=(Column("Number", Kind.NUMBER),))
    text = pdf_text(make_pdf(shown, compress=False))
    assert "Only the first 2,000 rows are in this file. CSV and XLSX hold more." in text
    assert " 1,999 " in text
    assert " 2,000 " not in text.replace("first 2,000 rows", "")
    pages = int(re.search(r"Page 1 of ([0-9]+)", text)[1])
    assert text.count("Number") == pages  # the head is repeated on every page


def test_csv_and_xlsx_end_at_their_bound_and_say_so():
    def endless():
        number = 0
        while True:
            yield (number,)
            number += 1

    columns = (Column("Number", Kind.NUMBER),)
    lines = lines_of(document(tables=(Table("rows", "Rows", columns, endless()),)))
    assert lines[-2:] == [[str(ROWS_MAX - 1)], ["Only the first 100,000 rows are in this file."]]
    book = book_of(document(tables=(Table("rows", "Rows", columns, endless()),)))
    assert book["Rows"].max_row == ROWS_MAX + 1
    assert "Only the first 100,000 rows" in book[ABOUT].cell(book[ABOUT].max_row - 1, 2).value


@given(st.lists(st.tuples(st.floats(5, 100), st.floats(0, 400)), min_size=1, max_size=20), st.floats(100, 800))
def test_columns_never_leave_the_page(columns, available):
    least = [low for low, _ in columns]
    widths = share(least, [low + more for low, more in columns], available)
    assert sum(widths) <= available * 1.0001
    assert all(width > 0 for width in widths)
