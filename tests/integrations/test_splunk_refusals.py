"""What makes a whole file unfit, each with file, line and reason."""

import io
import json

import pytest

from integrations.splunk.reader import MAX_LINE_BYTES, SplunkError, iter_rows
from tests.integrations.splunk_writers import FOUR_ROWS, NAME, comma_separated, json_lines, pretty_array, read, xml

LINES = json_lines(FOUR_ROWS)
TABLE = comma_separated(FOUR_ROWS)
DOCUMENT = pretty_array(FOUR_ROWS)
MARKUP = xml(FOUR_ROWS)
EMPTY = "the file is empty: Splunk writes that for a search without results"
NOT_AN_EXPORT = "neither JSON, XML nor a CSV with an `endpoint` column"


def second_line(data: bytes, new: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join([lines[0], new + b"\n", *lines[2:]])


REFUSALS = {
    "nothing": (b"", None, EMPTY),
    "only blanks": (b" \r\n\n\t", None, EMPTY),
    "only a byte order mark": (b"\xef\xbb\xbf", None, EMPTY),
    "prose": (b"\nDear team,\nplease find attached", 2, NOT_AN_EXPORT),
    "a table without endpoint": (TABLE.replace(b"endpoint", b"url"), 1, NOT_AN_EXPORT),
    "lines cut in a row": (LINES[:-20], 4, "not valid JSON: Expecting"),
    "lines cut in a text": (LINES[: LINES.rindex(b"/fees") + 3], 4, "the file ends in the middle of a row: truncated?"),
    "one line that is not JSON": (second_line(LINES, b"{oops"), 2, "not valid JSON: Expecting property name"),
    "one line with two objects": (second_line(LINES, b"{} {}"), 2, "more text after the object (column 3)"),
    "one line that is a list": (second_line(LINES, b"[]"), 2, "a row is not a JSON object"),
    "lines nested deeply": (second_line(LINES, b"[" * 100_000), 2, "nested deeper than 16 levels"),
    "lines with an endless number": (second_line(LINES, b'{"a":' + b"9" * 5000 + b"}"), 2, "more than 4,300 digits"),
    "lines with bytes that are no text": (
        second_line(LINES, b'{"a":"\xe9"}'),
        2,
        "not valid UTF-8 (byte 7 of the line)",
    ),
    "lines with a NUL": (second_line(LINES, b'{"a":"\0"}'), 2, "NUL characters"),
    "UTF-16 without a mark": (LINES.decode().encode("utf-16-le"), 1, "NUL characters"),
    "UTF-16 cut in a character": (LINES.decode().encode("utf-16")[:-1], 4, "not valid UTF-8"),
    "lines without endpoint": (LINES.replace(b"endpoint", b"url"), None, "none of the 4 rows has an `endpoint`"),
    "a document cut short": (DOCUMENT[: DOCUMENT.index(b"50")], 10, "the JSON ends too early: the file is truncated"),
    "a document damaged": (second_line(DOCUMENT, b"{{"), 2, "not valid JSON: "),
    "a document nested deeply": (b"[\n" + b"[" * 100_000, 2, "nested deeper than 16 levels"),
    "a document with an endless number": (b"[\n" + b"9" * 5000 + b"]", 2, "not valid JSON: "),
    "a document of scalars": (b"[\n1]", 2, "a row is not a JSON object"),
    "a scalar after a document": (b"[]\n1\n", 2, "neither a JSON object nor an array"),
    "rows before their names": (b'{"rows": [["/a"]]}', 1, "no `fields` before the rows"),
    "rows of another length": (b'{"fields":["endpoint","x"],\n"rows":[["/a"]]}', 2, "a row is not a list of 2 values"),
    "columns of another length": (b'{"fields":["endpoint","x"],"columns":[["/a"],[]]}', 1, "not of equal length"),
    "columns of another number": (b'{"fields":["endpoint","x"],"columns":[["/a"]]}', 1, "not the 2 columns"),
    "a preview found out too late": (b'{"results":[{"endpoint":"/a"}],"preview":true}', 1, "are a preview"),
    "a table cut in a row": (TABLE[: TABLE.rindex(b",30,")], 5, "1 cells where the header has 4"),
    "a table cut in a quote": (TABLE + b'"/a', 6, "a quote is opened and never closed: the file is truncated"),
    "a table with a quote open far too long": (TABLE + b'"/a\n' + b"x\n" * 80_000, 6, "131,072 characters"),
    "a table with a stray quote": (second_line(TABLE, b'"a"b,1,2,3'), 2, "broken quotes"),
    "a table with one cell more": (second_line(TABLE, b"/a,1,2,3,4"), 2, "5 cells where the header has 4"),
    "a table with a column twice": (b"endpoint,x,x\n", 1, "the header names a column twice: x"),
    "XML cut short": (MARKUP[:-20], 27, "the XML ends too early: the file is truncated"),
    "XML damaged": (MARKUP.replace(b"</value>", b"</valu>", 1), 5, "not valid XML: mismatched tag"),
    "XML nested deeply": (b"<results>\n" + b"<a>" * 20, 2, "nested deeper than 16 levels"),
    "XML of another kind": (b"<?xml version='1.0'?>\n<rss></rss>", 2, "XML whose root is <rss>, not <results>"),
    "XML with a document type": (b"<!DOCTYPE results>\n" + MARKUP, 1, "a document type declaration"),
    "XML with entities": (b'<results>\n<!ENTITY a "b">', 2, "a document type declaration"),
    "a web page": (b"<!doctype html>\n<html><p>Please log in", 1, "a web page (HTML) and not an export"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_file_is_refused_with_line_and_reason(case):
    data, line, reason = REFUSALS[case]
    with pytest.raises(SplunkError) as refusal:
        read(data)
    assert refusal.value.file == NAME
    assert refusal.value.line == line
    assert reason in refusal.value.reason
    place = NAME if line is None else f"{NAME}, line {line}"
    assert str(refusal.value) == f"{place}: {refusal.value.reason}"


class EndlessLine:
    """A stream whose last line never ends; it counts what is read of it."""

    def __init__(self, *lines: bytes) -> None:
        self._lines = list(reversed(lines))
        self.read_bytes = 0

    def readline(self, limit: int) -> bytes:
        if self._lines:
            return self._lines.pop()
        self.read_bytes += limit
        return b" " * limit


@pytest.mark.parametrize("start", [b'{"endpoint":"/a"}\n', b"[\n", b"endpoint\n", b"<results>\n"])
def test_endless_line_is_refused_before_it_is_read_to_its_end(start):
    stream = EndlessLine(start, b"\n")
    with pytest.raises(SplunkError) as refusal:
        list(iter_rows(stream, name=NAME))
    assert str(refusal.value) == f"{NAME}, line 3: longer than 16 MiB: export as JSON lines or CSV, one row per line"
    assert stream.read_bytes <= MAX_LINE_BYTES + 1


def test_document_on_one_endless_line_is_refused():
    with pytest.raises(SplunkError, match="line 1: longer than 16 MiB: export as JSON lines or CSV"):
        read(b'{"results":[' + b'{"endpoint":"/a"},' * 1_000_000 + b"]}")


def test_value_that_spreads_over_too_many_lines_is_refused():
    with pytest.raises(SplunkError, match="a single value is too large"):
        read(b'[{"a":[' + b'"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",\n' * 500_000)


def test_tag_that_is_never_closed_is_refused():
    with pytest.raises(SplunkError, match="a tag or comment is opened and never closed"):
        read(b"<results><!-- " + (b"x" * 999 + b"\n") * 18_000)


def test_refusal_comes_while_reading_so_that_nothing_is_complete_before():
    reader = iter(iter_rows(io.BytesIO(second_line(LINES, b"{oops")), name=NAME))
    assert next(reader).requests == 200
    with pytest.raises(SplunkError, match="line 2"):
        next(reader)


def test_refusal_quotes_nothing_of_a_row():
    for data in (b'{"endpoint":"jane@example.com" x}\n', b'[{"endpoint":"jane@example.com" x}]\n'):
        with pytest.raises(SplunkError) as refusal:
            read(data + json.dumps(FOUR_ROWS).encode())
        assert "jane" not in str(refusal.value)
