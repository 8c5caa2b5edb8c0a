"""Rates as people write them: `3.1`, `3.1 %` or `0.031`. Pure."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# From here to 1 a number without % is read as neither: 0.5 may well be half a percent, or one in two.
UNCLEAR_FROM = Decimal("0.1")
STEP = Decimal("0.0001")
_NUMBER = re.compile(r"([0-9]{1,12}(?:[.,][0-9]{0,12})?|[.,][0-9]{1,12})\s*(%?)")


class RateError(ValueError):
    """A text that is no rate, or could be two; `readings` are ways to write each clearly."""

    def __init__(self, message: str, readings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.readings = readings


@dataclass(frozen=True, slots=True)
class ReadRate:
    """A rate as a ratio in 0..1 with 4 decimals, and how it was read."""

    rate: Decimal
    reading: str


def read_rate(text: str, *, unit: str | None = None) -> ReadRate:
    """Read a rate that a person wrote.

    Parameters
    ----------
    text : a number with a dot or a comma, with or without `%`.
    unit : what numbers without `%` are: `percent`, `fraction`, or None to tell by the number.

    Raises
    ------
    RateError : where it is no number, lies outside 0 to 100 %, or is unclear.

    Notes
    -----
    | written         | read as                                             |
    |-----------------|-----------------------------------------------------|
    | with %          | percent                                             |
    | above 1         | percent, for no ratio is above 1                    |
    | 0, or below 0.1 | ratio                                               |
    | 0.1 to 1        | refused: `0.5` could be 0.5 % or 50 %               |

    Rounded half up to 4 decimals, as it is stored.

    >>> read_rate("3.1").reading, read_rate("3,1%").rate, read_rate("0.031").rate
    ('3.1 % (0.0310)', Decimal('0.0310'), Decimal('0.0310'))
    """
    match = _NUMBER.fullmatch(text.strip())
    if not match:
        raise RateError(f"{text.strip()[:40]!r} is no rate. Write 3.1, 3.1 % or 0.031.")
    number = Decimal(match[1].replace(",", "."))
    known_unit = "percent" if match[2] else unit
    if known_unit is None:
        if UNCLEAR_FROM <= number <= 1:
            readings = (f"{_short(number)} %", f"{_short(number * 100)} %")
            raise RateError(
                f"{_short(number)} could be {readings[0]} or {readings[1]}: write which, with the % sign.", readings
            )
        known_unit = "percent" if number > 1 else "fraction"
    ratio = number / 100 if known_unit == "percent" else number
    if ratio > 1:
        raise RateError(f"{_short(ratio * 100)} % is above 100 %.")
    rounded = ratio.quantize(STEP, ROUND_HALF_UP)
    return ReadRate(rounded, f"{_short(rounded * 100)} % ({rounded:.4f})")


def as_percent(rate: Decimal | None) -> str:
    """Return a ratio as people write it, with its sign, so that it can be read back; empty where there is none.

    >>> as_percent(Decimal("0.0310")), as_percent(None)
    ('3.1 %', '')
    """
    return "" if rate is None else f"{_short(rate * 100)} %"


def _short(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
