"""Files in a request, read with a bound before anybody parses them."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from correlation.imports import GivenFile
from correlation.junit_bytes import MAX_BYTES

MAX_FILES = 1000
MAX_UPLOAD_BYTES = 256 * 1024 * 1024


class TooLargeError(Exception):
    """A file, or all of them, beyond what is accepted."""


def read_files(uploaded: Iterable[Any]) -> list[GivenFile]:
    """Return uploaded files with their contents.

    Raises
    ------
    TooLargeError : for one of more than 50 MB, for 256 MB in all, and for more than 1,000 files.
    """
    files = list(uploaded)
    if len(files) > MAX_FILES:
        raise TooLargeError(f"{len(files)} files are too many: at most {MAX_FILES} at once.")
    for file in files:
        if file.size > MAX_BYTES:
            raise TooLargeError(f"{file.name} has {file.size:,} bytes: at most {MAX_BYTES:,} are accepted.")
    if sum(file.size for file in files) > MAX_UPLOAD_BYTES:
        raise TooLargeError(f"The files have more than {MAX_UPLOAD_BYTES:,} bytes: send fewer at once.")
    return [GivenFile(name=str(file.name), content=file.read()) for file in files]


def zone_of(name: str) -> tzinfo:
    """Return the time zone of this name.

    Raises
    ------
    ValueError : where there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone; write such as Europe/Berlin.") from None
