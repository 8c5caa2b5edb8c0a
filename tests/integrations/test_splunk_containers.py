"""Every container that an export can have gives the same rows."""

import gzip
import io
import json

import pytest

from integrations.splunk.reader import SplunkError, iter_rows
from tests.integrations.splunk_writers import (
    CONTAINERS,
    FOUR_ROWS,
    NAME,
    add_up,
    bare_lines,
    comma_separated,
    json_lines,
    read,
    stat,
    xml,
)


def totals_by_area(data: bytes) -> dict[tuple[str, str], tuple[int, int, int]]:
    groups = add_up(data).groups
    return {
        (key.integration, key.area.value): (group.total.requests, group.total.errors, group.total.server_errors)
        for key, group in groups.items()
    }


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_container_gives_the_totals_of_its_four_rows(container, encoding):
    data = CONTAINERS[container](FOUR_ROWS).decode().encode(encoding)
    assert totals_by_area(data) == {("vrbo", "pricing"): (200, 14, 12), ("airbnb", "fees"): (50, 1, 0)}
    totals = add_up(data)
    assert totals.unknown == ["hmbn"]
    assert totals.report.ignored == {"static": 1, "unattributed": 1}
    assert [found.path for found in totals.top_unattributed] == ["/api/v3/fees"]
    assert not totals.report.warnings


@pytest.mark.parametrize("blanks", [b"\n", b"\r\n", b"  \n\t\n", b" "])
@pytest.mark.parametrize("container", CONTAINERS)
def test_leading_blanks_change_nothing(container, blanks):
    data = CONTAINERS[container](FOUR_ROWS)
    assert [row.requests for row in read(blanks + data)[0]] == [200, 50, 40, 30]


@pytest.mark.parametrize("container", CONTAINERS)
def test_container_without_rows_is_accepted_with_a_warning(container):
    data = CONTAINERS[container]([])
    if container == "bare_lines":
        data = b'{"preview":false,"lastrow":true}\n'
    if container in ("row_lists", "column_lists"):
        data = data.replace(b'"fields": []', b'"fields": ["endpoint"]').replace(b'"columns": []', b'"columns": [[]]')
    rows, reader = read(data)
    assert rows == []
    assert reader.report.warnings == {"the export holds no rows": 1}


@pytest.mark.parametrize(
    ("container", "lines"), [(json_lines, [1, 2]), (bare_lines, [1, 2]), (comma_separated, [2, 3]), (xml, [4, 10])]
)
def test_row_knows_the_line_it_starts_on(container, lines):
    assert [row.line for row in read(container(FOUR_ROWS[:2]))[0]] == lines


def test_row_of_pretty_printed_json_knows_the_line_it_starts_on():
    assert [row.line for row in read(json.dumps(FOUR_ROWS[:2], indent=1).encode())[0]] == [2, 8]


def test_previews_are_discarded():
    preview = json.dumps({"preview": True, "offset": 0, "result": FOUR_ROWS[0]}).encode() + b"\n"
    assert len(read(preview + json_lines(FOUR_ROWS))[0]) == 4
    document = json.dumps({"preview": True, "results": FOUR_ROWS}).encode()
    assert read(document)[1].report.warnings["nothing but previews of an unfinished search"] == 1


def test_previews_among_several_xml_documents_are_discarded():
    data = xml(FOUR_ROWS).replace(b"preview='0'", b"preview='1'") + xml(FOUR_ROWS[:1]) + xml(FOUR_ROWS[1:])
    assert len(read(data)[0]) == 4


def test_json_objects_that_were_pretty_printed_one_after_another_are_read():
    data = "\n".join(json.dumps({"preview": False, "lastrow": True, "result": row}, indent=2) for row in FOUR_ROWS)
    assert len(read(data.encode())[0]) == 4


def test_columns_sorted_before_their_names_are_read():
    columns = json.dumps({"columns": [["/a"], ["1"], ["0"]], "fields": ["endpoint", "total_requests", "total_errors"]})
    assert [row.endpoint for row in read(columns.encode())[0]] == ["/a"]


def test_missing_lastrow_is_a_warning():
    _, reader = read(json_lines(FOUR_ROWS).replace(b', "lastrow": true', b""))
    assert reader.report.warnings == {"no `lastrow` at the end: probably a truncated download": 1}
    assert reader.report.lower_bounds


@pytest.mark.parametrize(("rows", "is_suspicious"), [(9_999, False), (10_000, True), (10_001, False)])
def test_exactly_ten_thousand_rows_are_probably_truncated(rows, is_suspicious):
    reader = read(bare_lines([FOUR_ROWS[0]] * rows))[1]
    assert reader.report.lower_bounds is is_suspicious


def test_messages_that_are_no_errors_are_warnings():
    message = b'{"messages":[{"type":"WARN","text":"Restricted to 100 rows"}]}\n'
    reader = read(message + json_lines(FOUR_ROWS))[1]
    assert reader.report.warnings == {"Splunk reports WARN: Restricted to 100 rows": 1}


@pytest.mark.parametrize(
    "data",
    [
        b'{"messages":[{"type":"FATAL","text":"Unknown search command"}]}\n',
        b'{"messages":[{"type":"FATAL","text":"Unknown search command"}], "results": []}',
        b"<response><messages><msg type='FATAL'>Unknown search command</msg></messages></response>",
    ],
)
def test_fatal_message_refuses_the_export(data):
    with pytest.raises(SplunkError) as refusal:
        read(data)
    assert str(refusal.value) == f"{NAME}, line 1: Splunk reports FATAL: Unknown search command"


def test_internal_columns_and_embedded_newlines_of_csv_are_no_trouble():
    data = b'endpoint,_raw,__mv_endpoint,total_requests,total_errors,server_errors_5xx\r\n"/a","x\ny ""z""",,7,1,0\r\n'
    assert [(row.endpoint, row.requests) for row in read(data)[0]] == [("/a", 7)]


def test_several_values_of_xml_are_one_multivalue():
    data = xml([stat("/a", 5)]).replace(b"</value></field>", b"</value><value><text>/b</text></value></field>", 1)
    rows, reader = read(data)
    assert [row.endpoint for row in rows] == ["/a"]
    assert reader.report.warnings == {"several values in endpoint, the first one taken": 1}


def test_raw_text_of_xml_is_passed_over():
    raw = b"<field k='_raw'><v xml:space='preserve' trunc='0'>GET <sg h=\"1\">/a</sg></v></field></result>"
    assert len(read(xml(FOUR_ROWS).replace(b"</result>", raw))[0]) == 4


def test_packed_file_is_refused_with_advice():
    with pytest.raises(SplunkError) as refusal:
        iter_rows(io.BytesIO(gzip.compress(json_lines(FOUR_ROWS))), name=NAME)
    assert str(refusal.value) == f"{NAME}: the file is packed (gzip): unpack it first"


def test_reader_tells_the_container():
    readers = [iter_rows(io.BytesIO(data), name=NAME) for data in (json_lines(FOUR_ROWS), b"endpoint\n", b"<results/>")]
    assert [reader.container for reader in readers] == ["json", "csv", "xml"]
