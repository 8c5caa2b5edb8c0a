"""The lines of an export, numbered, decoded and bounded, whatever their encoding; pure."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from integrations.splunk.rows import Report

MAX_LINE_BYTES = 16 * 1024 * 1024

_CHUNK = 64 * 1024
_MIB = 1024 * 1024
_BLANKS = "\ufeff \t\r\n\v\f"  # a file saved twice can have two byte order marks
_PACKED = ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip or Excel"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))
_UTF_16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class SplunkError(Exception):
    """An export that cannot be imported. `line` counts from 1 and is None where no single line is to blame."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        super().__init__(file, line, reason)
        self.file = file
        self.line = line
        self.reason = reason

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.reason}"


class Lines:
    """Iterate over the lines of `stream`, each with its line end, as text.

    `number` is the number of the line handed out last. Raises SplunkError for a line longer than 16 MiB (before the
    rest of it is read), for bytes that are not UTF-8, and for NUL characters. UTF-16 is recognised by its byte
    order mark.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self.number = 0
        self._readline = stream.readline
        self._waiting: str | None = None
        start = self._read()
        packed = next((kind for magic, kind in _PACKED if start.startswith(magic)), None)
        if packed:
            self.refuse(f"the file is packed ({packed}): unpack it first", line=None)
        encoding = next((encoding for mark, encoding in _UTF_16 if start.startswith(mark)), None)
        if encoding:
            transcoded = _Transcoded(start[2:], stream, encoding)
            self._readline = io.BufferedReader(transcoded, _CHUNK).readline
            start = self._read()
        self._find_text(start.removeprefix(codecs.BOM_UTF8))

    def refuse(self, reason: str, *, line: int | None = -1) -> NoReturn:
        """Raise SplunkError about the current line, or about `line`."""
        raise SplunkError(self.name, self.number if line == -1 else line, reason) from None

    def peek(self) -> str:
        """Return the first line that is not blank, without its leading blanks; iteration starts with the same line."""
        return self._waiting or ""

    def __iter__(self) -> Iterator[str]:
        if self._waiting is not None:
            text, self._waiting = self._waiting, None
            yield text
        while raw := self._read():
            self.number += 1
            yield self._decode(raw)

    def _find_text(self, raw: bytes) -> None:
        while raw:
            self.number += 1
            text = self._decode(raw).lstrip(_BLANKS)
            if text:
                self._waiting = text
                return
            raw = self._read()
        self.refuse("the file is empty: Splunk writes that for a search without results", line=None)

    def _read(self) -> bytes:
        raw = self._readline(MAX_LINE_BYTES + 1)
        if len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n"):
            limit = f"{MAX_LINE_BYTES // _MIB} MiB"
            self.refuse(f"longer than {limit}: export as JSON lines or CSV, one row per line", line=self.number + 1)
        return raw

    def _decode(self, raw: bytes) -> str:
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            self.refuse(f"not valid UTF-8 (byte {error.start + 1} of the line)")
        if "\0" in text:
            self.refuse("NUL characters: neither UTF-8 nor UTF-16 with a byte order mark, or not a text file")
        return text


def note_message(lines: Lines, report: Report, kind: str, text: object, line: int) -> None:
    """Raise SplunkError for a message of Splunk of type ERROR or FATAL; note any other one as a warning."""
    words = " ".join(str(text)[:1000].split())[:300]
    said = f"Splunk reports {kind[:20].upper() or 'a message'}: {words}"
    if kind.upper() in ("ERROR", "FATAL"):
        lines.refuse(said, line=line)
    report.warn(said)


def is_true(value: object) -> bool:
    return value is True or value in (1, "1", "true")


class _Transcoded(io.RawIOBase):
    """A UTF-16 stream as UTF-8; what cannot be decoded becomes invalid UTF-8, so that its line is named."""

    def __init__(self, start: bytes, stream: BinaryIO, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._source = stream
        self._start = start
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower than its base's
        while not self._ready and not self._ended:
            raw = self._start or self._source.read(_CHUNK)
            self._start = b""
            self._ended = not raw
            self._ready = self._to_utf_8(raw)
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _to_utf_8(self, raw: bytes) -> bytes:
        try:
            return self._decoder.decode(raw, not raw).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            self._ended = True
            return b"\xff"
