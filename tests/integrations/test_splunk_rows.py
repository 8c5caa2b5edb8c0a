"""One row: which values it may have, and what becomes of the others."""

from datetime import UTC, datetime

import pytest

from integrations.splunk.reader import StatRow
from tests.integrations.splunk_writers import bare_lines, comma_separated, read, stat


def only_row(row: dict[str, object]) -> StatRow:
    rows, reader = read(bare_lines([row]))
    assert not reader.report.ignored
    return rows[0]


@pytest.mark.parametrize(
    ("value", "requests"),
    [
        ("160466", 160_466),
        (7, 7),
        (7.0, 7),
        ("7.00", 7),
        ("1,234,567", 1_234_567),
        ("1.6e3", 1600),
        (" 8 ", 8),
        (["9"], 9),
        ("0", 0),
        ("1000000000000", 10**12),
    ],
)
def test_count_is_read(value, requests):
    assert only_row(stat("/a", 0) | {"total_requests": value}).requests == requests


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "total_requests is missing"),
        ("", "total_requests is missing"),
        ("-1", "total_requests is negative"),
        (-1, "total_requests is negative"),
        ("many", "total_requests is not a number"),
        ("NaN", "total_requests is not a number"),
        ("inf", "total_requests is not a number"),
        (float("inf"), "total_requests is not a number"),
        (float("nan"), "total_requests is not a number"),
        (True, "total_requests is not a number"),
        (["1", "2"], "total_requests is not a number"),
        ({}, "total_requests is not a number"),
        ("12,34", "total_requests is not a number"),
        ("1_000", "total_requests is not a number"),
        ("\u0663", "total_requests is not a number"),
        ("1.5", "total_requests is not a whole number"),
        ("1e99", "total_requests is larger than 10^12"),
        ("1000000000001", "total_requests is larger than 10^12"),
        (10**400, "total_requests is not a number"),
    ],
)
def test_row_with_an_unusable_count_is_ignored_with_its_line(value, reason):
    rows, reader = read(bare_lines([stat("/a", 1), stat("/b", 1) | {"total_requests": value}, stat("/c", 1)]))
    assert [row.endpoint for row in rows] == ["/a", "/c"]
    assert reader.report.rows == 3
    assert reader.report.ignored == {reason: 1}
    assert [str(issue) for issue in reader.report.examples] == [f"export.json, line 2: {reason}"]


@pytest.mark.parametrize(
    ("endpoint", "reason"), [(None, "endpoint is missing"), ("", "endpoint is missing"), (5, "endpoint is not a text")]
)
def test_row_without_an_endpoint_is_ignored(endpoint, reason):
    assert read(bare_lines([stat("/a", 1) | {"endpoint": endpoint}]))[1].report.ignored == {reason: 1}


def test_examples_of_ignored_rows_are_limited_but_their_count_is_not():
    report = read(bare_lines([stat("/a", "x")] * 50))[1].report
    assert len(report.examples) == 20
    assert report.ignored.total() == 50


def test_missing_total_is_the_sum_of_those_parts_that_are_there():
    row = {"endpoint": "/a", "total_requests": "9", "client_errors_4xx": "2", "server_errors_5xx": "1"}
    assert only_row(row).errors == 3
    assert only_row(row | {"keyword_errors": "4", "total_errors": ""}).errors == 7
    assert only_row(row | {"total_errors": "5"}).errors == 5


def test_row_without_any_errors_column_is_ignored_and_not_called_healthy():
    report = read(b'{"endpoint":"/a","total_requests":"9"}\n')[1].report
    assert report.ignored == {"total_errors and all of its parts are missing": 1}


@pytest.mark.parametrize(
    ("counts", "expected", "warning"),
    [
        ((10, 12, 11), (10, 10, 10), "more errors than requests, reduced to the requests"),
        ((10, 2, 3), (10, 3, 3), "total_errors is lower than server_errors_5xx, raised to it"),
        ((10, 2, ""), (10, 2, 0), "server_errors_5xx is missing, counted as 0"),
    ],
)
def test_contradictory_counts_are_corrected_with_a_warning(counts, expected, warning):
    rows, reader = read(bare_lines([stat("/a", *counts)]))
    assert [(row.requests, row.errors, row.server_errors) for row in rows] == [expected]
    assert reader.report.warnings == {warning: 1}


@pytest.mark.parametrize("writer", [bare_lines, comma_separated])
def test_first_of_several_endpoints_is_taken(writer):
    several = "/a\n/b" if writer is comma_separated else ["/a", "/b"]
    rows, reader = read(writer([stat("/x", 1) | {"endpoint": several}]))
    assert [row.endpoint for row in rows] == ["/a"]
    assert reader.report.warnings == {"several values in endpoint, the first one taken": 1}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-12-14T21:14:13.000-03:00", datetime(2025, 12, 15, 0, 14, 13, tzinfo=UTC)),
        ("2025-12-14T21:14:13.250-0300", datetime(2025, 12, 15, 0, 14, 13, 250_000, tzinfo=UTC)),
        ("2026-07-14 14:54:45.000 GMT", datetime(2026, 7, 14, 14, 54, 45, tzinfo=UTC)),
        ("2026-07-14T14:54:45Z", datetime(2026, 7, 14, 14, 54, 45, tzinfo=UTC)),
        ("1767261600.123", datetime(2026, 1, 1, 10, 0, 0, 123_000, tzinfo=UTC)),
        (1767261600, datetime(2026, 1, 1, 10, tzinfo=UTC)),
        (["1767261600"], datetime(2026, 1, 1, 10, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_time_is_read_in_utc(text, moment):
    assert only_row(stat("/a", 1) | {"_time": text}).time == moment


def test_time_without_a_zone_is_utc_with_a_warning():
    rows, reader = read(bare_lines([stat("/a", 1, _time="2026-07-14 14:54:45")]))
    assert rows[0].time == datetime(2026, 7, 14, 14, 54, 45, tzinfo=UTC)
    assert reader.report.warnings == {"_time without a zone, taken as UTC": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-07-14 14:54:45.000 CET", "_time has a zone other than UTC, GMT or an offset"),
        ("2026-07-14 14:54:45 UTC+3", "_time has a zone other than UTC, GMT or an offset"),
        ("2026-13-14T14:54:45Z", "_time cannot be read"),
        ("yesterday", "_time cannot be read"),
        (True, "_time cannot be read"),
        (float("inf"), "_time cannot be read"),
        ("1" * 100, "_time cannot be read"),
        ("1999-12-31T23:59:59Z", "_time is outside the years 2000 to 2100"),
        ("2101-01-01T00:00:00Z", "_time is outside the years 2000 to 2100"),
        ("9999-12-31T23:59:59-10:00", "_time is outside the years 2000 to 2100"),
        ("999999999999999", "_time is outside the years 2000 to 2100"),
        ("1767261600123", "_time is outside the years 2000 to 2100"),
    ],
)
def test_row_with_an_unusable_time_is_ignored(text, reason):
    assert read(bare_lines([stat("/a", 1) | {"_time": text}]))[1].report.ignored == {reason: 1}
