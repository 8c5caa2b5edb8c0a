"""From the bytes of an XML file to its elements: bounded, without DTD or entities. Pure."""

import re
from collections.abc import Mapping
from typing import Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

MAX_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 100
CHUNK = 1 << 16
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = re.compile(r"""^\s*<\?xml(?:[^>]*?encoding=["']([A-Za-z0-9._-]{1,40})["'])?[^>]*\?>""")
# Codecs that turn bytes into text one by one; Python knows others that only look like encodings.
_ENCODING = re.compile(r"(?:utf|iso|latin|windows|cp|us-ascii|ascii|big5|gb|shift|euc|koi8)[a-z0-9._-]*")
_BOMS = [(b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")]


class JunitError(ValueError):
    """Why a file was refused; line and column count from 1, 0 where they are not known."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        self.reason, self.line, self.column = reason, line, column
        place = f"line {line}, column {column}: " if line else ""
        super().__init__(f"{place}{reason}")


class Handler(Protocol):
    """What is told of the elements, in document order."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


class _Bounded:
    """Passes elements on under their local names, and stops at a depth that no report has."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise JunitError(f"elements are nested deeper than {MAX_DEPTH} levels")
        self.handler.start(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.handler.end(tag.rpartition("}")[2])

    def data(self, text: str) -> None:
        self.handler.data(text)

    def close(self) -> None:
        """Called by the parser at the end of the document."""


def read_elements(content: bytes, handler: Handler) -> None:
    """Tell `handler` every element of a document.

    Raises
    ------
    JunitError : where the document is not well-formed, declares a DTD, or is nested too deeply.
    """
    parser = DefusedXMLParser(target=_Bounded(handler), forbid_dtd=True)
    try:
        for start in range(0, len(content), CHUNK):
            parser.feed(content[start : start + CHUNK])
        parser.close()
    except ParseError as error:
        line, column = error.position
        raise JunitError(str(error).split(":")[0], line, column + 1) from None
    except DefusedXmlException:
        line, column = _place(content, b"<!DOCTYPE")
        raise JunitError("declares a DTD, which is refused: it can make a small file huge", line, column) from None
    except JunitError as error:
        position = parser.parser
        raise JunitError(error.reason, position.CurrentLineNumber, position.CurrentColumnNumber + 1) from None
    except (LookupError, ValueError) as error:
        raise JunitError(f"cannot be decoded ({error})", 1, 1) from None


def _place(content: bytes, mark: bytes) -> tuple[int, int]:
    at = content.upper().find(mark)
    if at < 0:
        return 0, 0
    return content.count(b"\n", 0, at) + 1, at - content.rfind(b"\n", 0, at)


def repair(content: bytes) -> tuple[bytes, list[str]]:
    """Return a document as UTF-8 without characters that XML forbids, and what had to be done, in words.

    Nothing is guessed about structure: a document that was cut off stays cut off.
    """
    done = []
    text, encoding, was_declared = _decode(content)
    if not was_declared:
        done.append(f"read as {encoding}, which is not what the file says")
    cleaned, removed = _ILLEGAL.subn("", text)
    if removed:
        done.append(f"{removed} characters that XML forbids were left out")
    body = _DECLARATION.sub("", cleaned, count=1).lstrip("\ufeff \t\r\n")
    if cleaned[:1].isspace():
        done.append("blank lines before the XML declaration were left out")
    return body.encode(), done


def _decode(content: bytes) -> tuple[str, str, bool]:
    """Return text, encoding, and whether that is the encoding that the file declares."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            text = content.decode(encoding, errors="replace")
            name = encoding.removesuffix("-sig")
            return text, name, _declared(text).startswith(name)
    declared = _declared(content[:500].decode("latin-1"))
    for encoding in (declared, "utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding, encoding == declared
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", errors="replace"), "cp1252", False


def _declared(text: str) -> str:
    match = _DECLARATION.match(text.lstrip("\ufeff"))
    name = (match[1] or "utf-8").lower() if match else "utf-8"
    return name if _ENCODING.fullmatch(name) else "utf-8"
