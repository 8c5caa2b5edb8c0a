"""Personal data in texts and metadata: found by a text or by what it looks like, and replaced. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

REPLACEMENT = "[redacted]"
TEXT_MIN = 3
# Numbers that the revenue calculation reads are no personal data, whatever they look like.
KEPT_KEYS = frozenset({"affectedBookings", "lossAmount"})
DEPTH_MAX = 100

EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
# At least 8 digits, with a leading + or a trunk 0, or in groups; not inside a word, an id or a time.
PHONE = re.compile(
    r"(?<![\w.:/+-])(?:\+[0-9]{1,3}[ ./-]?(?:\([0-9]{1,5}\)[ ./-]?)?|\([0-9]{2,5}\)[ ./-]?|0)"
    r"[0-9]{1,5}(?:[ ./-]?[0-9]{2,5}){1,5}(?![\w:-])"
)
PHONE_DIGITS = range(8, 16)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is looked for: a text in any case, or everything that looks like an e-mail address or a phone number."""

    kind: str
    text: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not one of {', '.join(KINDS)}.")
        if self.kind == "text" and len(self.text.strip()) < TEXT_MIN:
            raise ValueError(f"Give at least {TEXT_MIN} characters to look for.")

    def replace(self, value: str) -> str:
        """Return a text without what is looked for."""
        if self.kind == "email":
            return EMAIL.sub(REPLACEMENT, value)
        if self.kind == "phone":
            return PHONE.sub(_phone, value)
        return re.sub(re.escape(self.text.strip()), REPLACEMENT, value, flags=re.IGNORECASE)


def _phone(match: "re.Match[str]") -> str:
    digits = sum(character.isdigit() for character in match[0])
    return REPLACEMENT if digits in PHONE_DIGITS else match[0]


KINDS = ("text", "email", "phone")


def redacted(value: Any, pattern: Pattern) -> Any:
    """Return a JSON value without what is looked for, in texts, in names of objects and in whole numbers.

    >>> redacted({"guest": "jo@x.org", "lossAmount": 3}, Pattern("email"))
    {'guest': '[redacted]', 'lossAmount': 3}
    """
    return _redacted(value, pattern.replace, pattern.kind == "text", 0)


def _redacted(value: Any, replace: Callable[[str], str], numbers: bool, depth: int) -> Any:
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, dict) and depth < DEPTH_MAX:
        return {
            name if name in KEPT_KEYS else replace(name): (
                one if name in KEPT_KEYS else _redacted(one, replace, numbers, depth + 1)
            )
            for name, one in value.items()
        }
    if isinstance(value, list) and depth < DEPTH_MAX:
        return [_redacted(one, replace, numbers, depth + 1) for one in value]
    if numbers and isinstance(value, int) and not isinstance(value, bool):
        text = replace(str(value))
        return value if text == str(value) else text
    return value
