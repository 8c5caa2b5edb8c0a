"""XML exports as records: one or several `<results>` documents, one after another; pure."""

import re
from collections.abc import Iterator
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from integrations.splunk.lines import MAX_LINE_BYTES, Lines, is_true, note_message
from integrations.splunk.rows import COLUMNS, Record, Report

MAX_DEPTH = 16

_BATCH = 64 * 1024  # characters given to the parser at once: an open tag is scanned anew with each batch
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_HTML = re.compile(r"(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)


def xml_records(lines: Lines, report: Report) -> Iterator[tuple[int, Record]]:
    """Yield the line each `<result>` starts on, and the row, without those of previews.

    Raises SplunkError for XML that is not well-formed or ends too early, a document type declaration, a root other than
    `<results>`, nesting deeper than 16 levels, and a message of type ERROR or FATAL.
    """
    if _HTML.match(lines.peek()):
        lines.refuse("a web page (HTML) and not an export: was the login expired?")
    parser = DefusedExpatParser(forbid_dtd=True)
    handler = _Handler(lines, report, parser)
    parser.setContentHandler(handler)
    # Several documents follow one another, each with its declaration: one root around them all makes them one document.
    # It stands where the first document starts, so that the parser counts the lines from there.
    before = lines.number - 1
    feed = _Feed(lines, parser, handler, before)
    feed.give("<splunk>")
    for batch in _batches(lines):
        feed.give(batch)
        yield from handler.take_rows()
    if handler.depth != 1:
        lines.refuse("the XML ends too early: the file is truncated")
    feed.give("</splunk>")
    if handler.previews and not report.rows:
        report.warn("nothing but previews of an unfinished search")


def _batches(lines: Lines) -> Iterator[str]:
    batch: list[str] = []
    size = 0
    for text in lines:
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            lines.refuse("a document type declaration, which no export has, is not accepted")
        batch.append(_DECLARATION.sub("", text) if "<?xml" in text else text)
        size += len(text)
        if size >= _BATCH:
            yield "".join(batch)
            batch, size = [], 0
    yield "".join(batch)


class _Feed:
    def __init__(self, lines: Lines, parser: DefusedExpatParser, handler: "_Handler", before: int) -> None:
        self._lines = lines
        self._parser = parser
        self._handler = handler
        self._before = before
        self._silent = 0  # characters given since the parser last reported anything

    def give(self, text: str) -> None:
        """Parse `text`, in parts that keep what one line can make the parser hold in memory small."""
        for start in range(0, len(text), _BATCH):
            seen = self._handler.events
            self._parse(text[start : start + _BATCH])
            self._silent = self._silent + _BATCH if self._handler.events == seen else 0
            if self._silent > MAX_LINE_BYTES:
                self._lines.refuse("a tag or comment is opened and never closed")

    def _parse(self, text: str) -> None:
        try:
            self._parser.feed(text)
        except SAXParseException as error:
            self._lines.refuse(f"not valid XML: {error.getMessage()}", line=(error.getLineNumber() or 1) + self._before)
        except (SAXException, DefusedXmlException):
            self._lines.refuse("XML with declarations that are not accepted")
        except UnicodeEncodeError:
            self._lines.refuse("not valid XML: a character that cannot be encoded")


class _Handler(ContentHandler):
    """Collect rows as records, and the messages; everything else in the document is passed over."""

    def __init__(self, lines: Lines, report: Report, place: Locator) -> None:
        super().__init__()
        self._lines = lines
        self._place = place
        self._report = report
        self._before = lines.number - 1
        self._rows: list[tuple[int, Record]] = []
        self._row: dict[str, list[str]] | None = None
        self._row_line = 0
        self._column: str | None = None
        self._kind_of_message = ""
        self._text: list[str] | None = None
        self._held = 0  # characters kept of the current row or message
        self._is_preview = False
        self.depth = 0
        self.events = 0
        self.previews = 0

    def take_rows(self) -> list[tuple[int, Record]]:
        taken, self._rows = self._rows, []
        return taken

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self.events += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._lines.refuse(f"nested deeper than {MAX_DEPTH} levels", line=self._line)
        if self.depth == 2:
            self._start_document(name, attrs)
        elif name == "result":
            self._row, self._row_line, self._held = {}, self._line, 0
        elif name == "field" and self._row is not None:
            column = attrs.get("k")
            self._column = column if column in COLUMNS else None
        elif name in ("text", "v") and self._column:
            self._text = []
        elif name == "msg":
            self._kind_of_message = str(attrs.get("type", ""))
            self._text, self._held = [], 0

    def endElement(self, name: str) -> None:
        self.events += 1
        self.depth -= 1
        if name == "result" and self._row is not None:
            self._end_row(self._row)
        elif name == "field":
            self._column = None
        elif name in ("text", "v", "msg") and self._text is not None:
            text, self._text = "".join(self._text), None
            if name == "msg":
                note_message(self._lines, self._report, self._kind_of_message, text, self._line)
            elif self._row is not None and self._column:
                self._row.setdefault(self._column, []).append(text)

    def characters(self, content: str) -> None:
        self.events += 1
        if self._text is not None:
            self._text.append(content)
            self._held += len(content)
            if self._held > MAX_LINE_BYTES:
                self._lines.refuse("a row is longer than 16 MiB", line=self._line)

    @property
    def _line(self) -> int:
        return (self._place.getLineNumber() or 1) + self._before

    def _start_document(self, name: str, attrs: AttributesImpl) -> None:
        # Errors of the REST interface come as <response> around the same kind of messages.
        if name not in ("results", "response"):
            self._lines.refuse(f"XML whose root is <{name[:50]}>, not <results>", line=self._line)
        self._is_preview = is_true(attrs.get("preview"))

    def _end_row(self, row: dict[str, list[str]]) -> None:
        self._row = None
        if self._is_preview:
            self.previews += 1
        else:
            record = {column: texts[0] if len(texts) == 1 else texts for column, texts in row.items()}
            self._rows.append((self._row_line, record))
