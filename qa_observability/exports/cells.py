"""Texts that every program can hold, and that no spreadsheet runs. Pure."""

import json
import math
import re
from decimal import Decimal
from typing import Any

# What an export puts before a text that a spreadsheet would take for a formula.
GUARD = "'"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# What XML, and so XLSX, cannot hold at all; in CSV and PDF it is of no use either.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    r"""Return a text without control characters and lone surrogates.

    >>> clean("a\x00b\ud800\tc")
    'ab\tc'
    """
    return _UNWRITABLE.sub("", text)


def neutralise(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> neutralise("=1+1"), neutralise("fine")
    ("'=1+1", 'fine')
    """
    return f"{GUARD}{text}" if text.startswith(FORMULA_STARTS) else text


def csv_cell(value: Any) -> Any:
    """Return `value` as a spreadsheet should read it: text that would run as a formula is quoted, numbers are not.

    >>> csv_cell("=1+1"), csv_cell(-5.2), csv_cell({"a": 1})
    ("'=1+1", -5.2, '{"a": 1}')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return clean(json.dumps(value, ensure_ascii=False))
    return neutralise(clean(value)) if isinstance(value, str) else value


def is_number(value: Any) -> bool:
    """Whether a spreadsheet and a reader can do with `value` as a number: no bool, not infinite, no NaN."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
