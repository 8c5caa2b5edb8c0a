"""Splunk exports in: from the bytes of a file to rows, whatever the container; pure and streaming.

The container is recognised by its content. `totals` adds rows up, `findings` judges the sums.
"""

from collections.abc import Iterator
from typing import BinaryIO

from integrations.splunk.csv_exports import csv_records
from integrations.splunk.json_exports import json_records
from integrations.splunk.lines import MAX_LINE_BYTES, Lines, SplunkError
from integrations.splunk.rows import IgnoredRowError, Record, Report, RowIssue, StatRow, parse_row
from integrations.splunk.xml_exports import xml_records

__all__ = ["MAX_LINE_BYTES", "ExportReader", "Report", "RowIssue", "SplunkError", "StatRow", "iter_rows"]

# `sort` without a count keeps 10,000 rows; 50,000 is the default limit of sub-searches and of result downloads.
_SUSPICIOUS_ROW_COUNTS = (10_000, 50_000)


class ExportReader:
    """The rows of one export, read once while iterating.

    `container` is "json", "csv" or "xml". `report` is complete when the iteration has ended. Rows that cannot be
    read are left out and noted there; whatever makes the file as a whole doubtful raises SplunkError, at any point
    of the iteration, so write nothing before it has ended.
    """

    def __init__(self, lines: Lines) -> None:
        self.name = lines.name
        self.report = Report()
        self._lines = lines
        start = lines.peek()[0]
        self.container = "json" if start in "{[" else "xml" if start == "<" else "csv"

    def __iter__(self) -> Iterator[StatRow]:
        report = self.report
        has_endpoint = False
        for line, record in self._records():
            report.rows += 1
            has_endpoint = has_endpoint or "endpoint" in record
            try:
                row = parse_row(record, line, report)
            except IgnoredRowError as reason:
                report.ignore(RowIssue(line, str(reason), self.name))
            else:
                yield row
        self._finish(has_endpoint)

    def _records(self) -> Iterator[tuple[int, Record]]:
        if self.container == "json":
            return json_records(self._lines, self.report)
        if self.container == "xml":
            return xml_records(self._lines, self.report)
        return csv_records(self._lines, self.report)

    def _finish(self, has_endpoint: bool) -> None:
        report = self.report
        if report.rows and not has_endpoint:
            self._lines.refuse(f"none of the {report.rows:,} rows has an `endpoint`", line=None)
        if not report.rows:
            report.warn("the export holds no rows")
        if report.rows in _SUSPICIOUS_ROW_COUNTS:
            report.warn(f"exactly {report.rows:,} rows: probably truncated, totals are lower bounds")
            report.lower_bounds = True


def iter_rows(stream: BinaryIO, *, name: str) -> ExportReader:
    """Return a reader of the rows in `stream`, an export of statistics per endpoint; messages call the file `name`.

    Reads JSON (one object per line, wrapped or bare, job results, arrays, rows, columns), CSV and XML in UTF-8 or,
    with a byte order mark, UTF-16. Memory stays at some tens of MiB, whatever the size of the file.

    Raises SplunkError, here or while iterating, for a file that is empty, packed, cut off, damaged, or no such export.
    """
    return ExportReader(Lines(stream, name))
