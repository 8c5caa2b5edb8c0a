"""An XML body, handed on as the bytes that it is."""

from typing import Any

from rest_framework.parsers import BaseParser

from correlation.junit_bytes import MAX_BYTES
from qa_observability.api.errors import PayloadTooLarge


class XmlBytesParser(BaseParser):
    """Reads at most 50 MB; whoever needs the elements parses them with due suspicion."""

    media_type = "application/xml"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = bytes(stream.read(MAX_BYTES + 1))
        if len(body) > MAX_BYTES:
            raise PayloadTooLarge(f"The request body has more than {MAX_BYTES:,} bytes.")
        return body
