"""HTTP headers as people type them, one a line, with the values that are stored hidden. Pure."""

import re
from collections.abc import Iterable, Mapping

MASK = "••••••"
MOST = 20
LONGEST = 8000
_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*(.*)")
# The request's own: whoever sets these sets what is sent where.
_OWN = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "upgrade", "te", "trailer"}


class HeaderError(ValueError):
    """A line that is no header; the message names its number and never its value."""


def masked(names: Iterable[str]) -> str:
    """Return the headers of these names with their values hidden.

    >>> masked(["X-Key"])
    'X-Key: ••••••'
    """
    return "\n".join(f"{name}: {MASK}" for name in names)


def parse_headers(text: str, *, stored: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a text; a value that is still hidden is the stored one.

    Raises
    ------
    HeaderError : for a line that is no header, one that the request sets itself, or one that is there twice.
    """
    found: dict[str, str] = {}
    known = {name.lower(): value for name, value in stored.items()}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise HeaderError(f"Line {number} is no header: write a name, a colon and a value.")
        name, value = match[1], match[2].strip()
        if value == MASK:
            if name.lower() not in known:
                raise HeaderError(f"Line {number}: there is no stored value of {name}; type it.")
            value = known[name.lower()]
        _check(name, value, number, found)
        found[name] = value
    return found


def _check(name: str, value: str, number: int, found: Mapping[str, str]) -> None:
    if name.lower() in _OWN:
        raise HeaderError(f"Line {number}: {name} is set by the request itself.")
    if name.lower() in {other.lower() for other in found}:
        raise HeaderError(f"Line {number}: {name} is there twice.")
    if not value or len(value) > LONGEST or not (value.isascii() and value.isprintable()):
        raise HeaderError(f"Line {number}: the value of {name} must be 1 to {LONGEST:,} plain characters.")
    if len(found) >= MOST:
        raise HeaderError(f"At most {MOST} headers.")
