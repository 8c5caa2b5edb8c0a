"""What a request says of its body before any of it is read."""

from typing import Any


def declared_length(request: Any) -> int:
    """Return how many bytes a request, Django's or REST framework's, says to have; 0 where it says no number."""
    text = request.headers.get("content-length") or ""
    return int(text) if text.isascii() and text.isdecimal() else 0
