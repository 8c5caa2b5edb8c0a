"""JSON exports as records: one object per line, job results, arrays, rows and columns; pure."""

import json
from collections.abc import Iterator
from typing import Any

import ijson

from integrations.splunk.lines import MAX_LINE_BYTES, Lines, is_true, note_message
from integrations.splunk.rows import Record, Report

MAX_DEPTH = 16
MAX_COLUMNS_BYTES = 50 * 1024 * 1024

_CHUNK = 64 * 1024  # of a line, so that its events never fill the memory
_FIRST_LINE_MAX = 1024 * 1024  # characters; a longer first line is a document
_DOCUMENTS = frozenset(("results", "rows", "columns"))
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_decode = json.JSONDecoder().raw_decode

Event = tuple[str, Any]
_END_MAP: Event = ("end_map", None)
_END_ARRAY: Event = ("end_array", None)


def json_records(lines: Lines, report: Report) -> Iterator[tuple[int, Record]]:
    """Yield the line each row starts on, and the row, without the rows of previews.

    Raises SplunkError for text that is not JSON, that ends too early or is nested deeper than 16 levels, for a
    document that is none of the known ones, and for a message of type ERROR or FATAL.
    """
    envelopes = _Envelopes(lines, report)
    if _is_object_per_line(lines.peek()):
        yield from _object_per_line(lines, envelopes)
    else:
        yield from _Documents(lines, envelopes)
    envelopes.finish()


def _is_object_per_line(first: str) -> bool:
    if len(first) > _FIRST_LINE_MAX:
        return False
    try:
        value, end = _decode(first)
    except (ValueError, RecursionError):
        return False
    if not isinstance(value, dict) or first[end:].strip():
        return False
    return not any(isinstance(value.get(key), list) for key in _DOCUMENTS)


def _object_per_line(lines: Lines, envelopes: "_Envelopes") -> Iterator[tuple[int, Record]]:
    unwrap = envelopes.unwrap
    for line in lines:
        text = line.strip()
        if not text:
            continue
        try:
            value, end = _decode(text)
        except json.JSONDecodeError as error:
            cut = "" if line.endswith("\n") else "; the file ends in the middle of a row: truncated?"
            lines.refuse(f"not valid JSON: {error.msg} (column {error.colno}){cut}")
        except RecursionError:
            lines.refuse(_TOO_DEEP)
        except ValueError:
            lines.refuse("not valid JSON: a number of more than 4,300 digits")
        if end != len(text):
            lines.refuse(f"not valid JSON: more text after the object (column {end + 1})")
        record = unwrap(value, lines.number)
        if record is not None:
            yield lines.number, record


class _Envelopes:
    """Take rows out of what Splunk wraps them in, and watch for its messages and for the end of the export."""

    def __init__(self, lines: Lines, report: Report) -> None:
        self._lines = lines
        self._report = report
        self._wrapped = False
        self._ended = False
        self.previews = 0

    def unwrap(self, value: object, line: int) -> Record | None:
        """Return the row in `value`: wrapped or bare; None for a preview and for an envelope without a row."""
        if not isinstance(value, dict):
            self._lines.refuse("a row is not a JSON object", line=line)
        result = value.get("result")
        is_wrapped = isinstance(result, dict)
        if not is_wrapped and ("endpoint" in value or not value.keys() & {"preview", "lastrow", "messages"}):
            return value
        if "messages" in value:
            self.note_messages(value["messages"], line)
        if is_true(value.get("preview")):
            self.previews += 1
            return None
        if is_wrapped or "lastrow" in value:
            self._wrapped = True
            self._ended = is_true(value.get("lastrow"))
        return result if isinstance(result, dict) else None

    def note_messages(self, messages: object, line: int) -> None:
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict):
                note_message(self._lines, self._report, str(message.get("type", "")), message.get("text"), line)

    def finish(self) -> None:
        if self.previews and not self._report.rows:
            self._report.warn("nothing but previews of an unfinished search")
        if self._wrapped and not self._ended:
            self._report.warn("no `lastrow` at the end: probably a truncated download")
            self._report.lower_bounds = True


class _Documents:
    """Rows of JSON that spreads over several lines, or is one line: read event by event, never as a whole."""

    def __init__(self, lines: Lines, envelopes: _Envelopes) -> None:
        self._lines = lines
        self._envelopes = envelopes
        self._read = 0  # bytes given to the parser
        self._allowed: int | None = None  # how many may have been read when the value being built is complete
        self._events = self._parse()

    def __iter__(self) -> Iterator[tuple[int, Record]]:
        for event, _ in self._events:
            if event == "start_array":
                yield from self._rows_of_array()
            elif event == "start_map":
                yield from self._rows_of_object()
            else:
                self._lines.refuse("neither a JSON object nor an array")

    def _parse(self) -> Iterator[Event]:
        """Yield the parser's events; one line at a time, so that the current line is the line of the event."""
        found: list[Event] = ijson.sendable_list()
        # Numbers as floats: exact ones let the parser crash on an integer of thousands of digits.
        parser = ijson.basic_parse_coro(found, multiple_values=True, use_float=True)
        depth = 0
        for text in self._lines:
            data = text.encode()
            for start in range(0, len(data), _CHUNK):
                self._feed(parser, data[start : start + _CHUNK])
                for event in found:
                    depth += event[0].startswith("start_") - event[0].startswith("end_")
                    if depth > MAX_DEPTH:
                        self._lines.refuse(_TOO_DEEP)
                    yield event
                found.clear()
        try:
            parser.close()
        except (ijson.JSONError, ValueError):
            self._lines.refuse("the JSON ends too early: the file is truncated")
        yield from found

    def _feed(self, parser: Any, data: bytes) -> None:
        self._read += len(data)
        if self._allowed is not None and self._read > self._allowed:
            self._lines.refuse("a single value is too large: export as JSON lines or CSV, one row per line")
        try:
            parser.send(data)
        except (ijson.JSONError, ValueError, StopIteration) as error:
            # The parser quotes the text after its message, on lines of their own; that may be personal data.
            message = error.args[0] if error.args else ""
            text = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
            self._lines.refuse(f"not valid JSON: {text.split(chr(10))[0][:100] or 'unexpected text'}")

    def _rows_of_array(self, *, discard: bool = False) -> Iterator[tuple[int, Record]]:
        for event, value in self._events:
            if event == "end_array":
                return
            line = self._lines.number
            record = self._envelopes.unwrap(self._build(event, value), line)
            if record is not None and self._keeps(discard):
                yield line, record

    def _rows_of_object(self) -> Iterator[tuple[int, Record]]:
        """Yield the rows of one top-level object: job results, rows, columns, a wrapped row or a bare one."""
        line = self._lines.number
        rest: dict[str, object] = {}
        documents: set[str] = set()
        for event, key in self._events:
            if event == "end_map":
                break
            event, value = next(self._events)
            if key not in _DOCUMENTS or event != "start_array":
                rest[key] = self._build(event, value)
                if key == "preview" and documents - {"columns"} and is_true(rest[key]):
                    self._lines.refuse("the rows above are a preview of an unfinished search")
                continue
            documents.add(key)
            if key == "columns":
                rest[key] = self._build(event, value, limit=MAX_COLUMNS_BYTES)
            elif key == "rows":
                yield from self._rows_of_lists(rest)
            else:
                yield from self._rows_of_array(discard=is_true(rest.get("preview")))
        if not documents:
            record = self._envelopes.unwrap(rest, line)
            if record is not None:
                yield line, record
            return
        if "columns" in documents:
            yield from self._rows_of_columns(rest, line)
        self._envelopes.note_messages(rest.get("messages"), line)

    def _rows_of_lists(self, rest: dict[str, object]) -> Iterator[tuple[int, Record]]:
        names = self._names(rest)
        discard = is_true(rest.get("preview"))
        for event, value in self._events:
            if event == "end_array":
                return
            line = self._lines.number
            cells = self._build(event, value)
            if not isinstance(cells, list) or len(cells) != len(names):
                self._lines.refuse(f"a row is not a list of {len(names)} values", line=line)
            if self._keeps(discard):
                yield line, dict(zip(names, cells, strict=True))

    def _rows_of_columns(self, rest: dict[str, object], line: int) -> Iterator[tuple[int, Record]]:
        """Yield the rows of columns, which all get the line of the document: they stand on no line of their own."""
        names = self._names(rest)
        columns = rest["columns"]
        if not isinstance(columns, list) or len(columns) != len(names):
            self._lines.refuse(f"not the {len(names)} columns that `fields` promises", line=line)
        if not all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
            self._lines.refuse("the columns are not of equal length", line=line)
        discard = is_true(rest.get("preview"))
        for cells in zip(*columns, strict=True):
            if self._keeps(discard):
                yield line, dict(zip(names, cells, strict=True))

    def _names(self, rest: dict[str, object]) -> list[str]:
        """Return the column names: `fields` holds texts or, in newer versions, objects with a name."""
        fields = rest.get("fields")
        if not isinstance(fields, list):
            self._lines.refuse("no `fields` before the rows")
        found = [field.get("name") if isinstance(field, dict) else field for field in fields]
        names = [name for name in found if isinstance(name, str)]
        if len(names) != len(found) or len(set(names)) != len(names):
            self._lines.refuse("`fields` is not a list of different names")
        return names

    def _keeps(self, discard: bool) -> bool:
        self._envelopes.previews += discard
        return not discard

    def _build(self, event: str, value: Any, *, limit: int = MAX_LINE_BYTES) -> Any:
        """Return the value that begins with `event`, refusing it beyond `limit` bytes of text."""
        self._allowed = self._read + limit
        built = self._nested(event, value)
        self._allowed = None
        return built

    def _nested(self, event: str, value: Any) -> Any:
        if event == "start_map":
            return {key: self._nested(*next(self._events)) for _, key in iter(lambda: next(self._events), _END_MAP)}
        if event == "start_array":
            return [self._nested(*event) for event in iter(lambda: next(self._events), _END_ARRAY)]
        return value
