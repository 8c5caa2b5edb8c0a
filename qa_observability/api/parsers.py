"""JSON bodies, bounded in size and depth."""

from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from qa_observability.api.bodies import declared_length
from qa_observability.api.errors import PayloadTooLarge


class BoundedJSONParser(JSONParser):
    """JSON up to DATA_UPLOAD_MAX_MEMORY_SIZE; a document nested too deeply is a 400, not a crash."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = declared_length(parser_context["request"])
        if length > limit:
            raise PayloadTooLarge(f"The request body has {length} bytes; at most {limit} are accepted.")
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply.") from None
