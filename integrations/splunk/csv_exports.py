"""CSV exports as records; pure."""

import csv
from collections.abc import Iterator

from integrations.splunk.lines import MAX_LINE_BYTES, Lines
from integrations.splunk.rows import COLUMNS, Record, Report

NOT_AN_EXPORT = "neither JSON, XML nor a CSV with an `endpoint` column"


def csv_records(lines: Lines, report: Report) -> Iterator[tuple[int, Record]]:
    """Yield the line each row starts on, and the row; columns that no figure is made of are dropped, such as `__mv_*`.

    Raises SplunkError for a header without `endpoint` or with a repeated name, a row with more or fewer cells than the
    header, broken or unclosed quotes, and a cell longer than the csv module allows (131,072 characters).
    """
    source = _Source(lines)
    reader = csv.reader(source, strict=True)
    wanted, width = _header(reader, lines)
    while True:
        source.taken = 0
        line = lines.number + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            lines.refuse(_explain(error), line=line)
        if cells is None:
            if not source.is_ended_line:
                # A number cut in its middle is still a number.
                report.warn("no line end after the last row: it may be cut off")
            return
        if len(cells) != width:
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            lines.refuse(f"{len(cells)} cells where the header has {width}: the row is cut off or damaged", line=line)
        yield line, {name: cells[place] for name, place in wanted}


def _header(reader: Iterator[list[str]], lines: Lines) -> tuple[list[tuple[str, int]], int]:
    """Return the columns of interest with their places, and the number of all columns."""
    line = lines.number
    try:
        names = [name.strip() for name in next(reader)]
    except csv.Error:
        lines.refuse(NOT_AN_EXPORT, line=line)
    if "endpoint" not in names:
        lines.refuse(NOT_AN_EXPORT, line=line)
    repeated = sorted({name for name in names if names.count(name) > 1}) if len(names) < 1000 else [""]
    if repeated:
        lines.refuse(f"the header names a column twice: {repeated[0][:100] or '(a column without a name)'}", line=line)
    return [(name, place) for place, name in enumerate(names) if name in COLUMNS], len(names)


def _explain(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote is opened and never closed: the file is truncated"
    if "field larger" in text:
        return f"a cell is longer than {csv.field_size_limit():,} characters, or its quote is never closed"
    return f"broken quotes or line ends: {text[:100]}"


class _Source:
    """The lines for the csv module, which glues lines together inside quotes and knows no limit to that."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._texts = iter(lines)
        self.taken = 0
        self.is_ended_line = True

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> str:
        text = next(self._texts)
        self.taken += len(text)
        self.is_ended_line = text.endswith(("\n", "\r"))
        if self.taken > 2 * MAX_LINE_BYTES:
            self._lines.refuse("a row is longer than 32 MiB: are its quotes closed?")
        return text
