"""Reads back what was exported: the head, and each table's rows by the names of their columns."""

import csv
import io
import re
from dataclasses import dataclass, field
from typing import Any

from openpyxl import load_workbook

ABOUT = "About this file"


@dataclass
class Exported:
    """What is in a file; values are texts in CSV, and typed in XLSX."""

    name: str
    title: str = ""
    head: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def content_of(response: Any) -> bytes:
    assert response.status_code == 200, response.content[:500]
    return b"".join(response.streaming_content)  # and closes it


def name_of(response: Any) -> str:
    return re.fullmatch(r'attachment; filename="([a-z0-9.-]+)"', response.headers["Content-Disposition"])[1]


def read_csv(response: Any) -> Exported:
    """Read a CSV file: title and head, then blocks of a title, headings, rows and remarks."""
    content = content_of(response)
    assert content.startswith(b"\xef\xbb\xbf")
    blocks: list[list[list[str]]] = [[]]
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        if row:
            blocks[-1].append(row)
        else:
            blocks.append([])
    (title,), *head = blocks[0]
    found = Exported(name_of(response), title, dict(head))
    for block in blocks[1:]:
        if len(block) == 1:
            found.remarks += block[0]
            continue
        (name,), headings, *rows = block
        found.remarks += [row[0] for row in rows if len(row) == 1 < len(headings)]
        found.tables[name] = [dict(zip(headings, row, strict=True)) for row in rows if len(row) == len(headings)]
    return found


def read_xlsx(response: Any) -> Exported:
    """Read a workbook: a sheet for each table, and one about the file."""
    book = load_workbook(io.BytesIO(content_of(response)))
    assert book.sheetnames[-1] == ABOUT
    (title, _), *head = book[ABOUT].iter_rows(values_only=True)
    found = Exported(name_of(response), title, dict(head))
    for sheet in book.worksheets[:-1]:
        assert sheet.freeze_panes == "A2"
        headings, *rows = sheet.iter_rows(values_only=True)
        if rows:
            assert sheet.auto_filter.ref == sheet.dimensions
        found.tables[sheet.title] = [dict(zip(headings, row, strict=True)) for row in rows]
    return found


def pdf_text(document: bytes) -> str:
    """Return the text of an uncompressed PDF whose fonts leave ASCII legible."""
    strings = re.findall(rb"\((.*?)(?<!\\)\) Tj", document, re.DOTALL)
    text = b" ".join(strings).decode("latin-1")
    return re.sub(r"\\([()\\])", r"\1", text)
