"""What is exported, whatever the kind of file: a document of tables whose columns know what they hold. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from qa_observability.exports.cells import is_number
from qa_observability.periods import Period
from qa_observability.wording import percentage

ROWS_MAX = 100_000
PDF_ROWS_MAX = 2_000
NAME_MAX = 120


class Kind(StrEnum):
    """What a column holds; None is an empty cell in each.

    Rates are ratios, times are aware, amounts and other numbers are int, float or Decimal.
    """

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    RATE = "rate"
    TIME = "time"
    DAY = "day"


_WIDTHS = {Kind.TEXT: 22, Kind.NUMBER: 11, Kind.MONEY: 13, Kind.RATE: 11, Kind.TIME: 19, Kind.DAY: 11}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `width` in characters, 0 for what its kind usually takes.

    `places` are a number's decimals, or those of a rate's percentage for people, who see one where it is 0.
    """

    heading: str
    kind: Kind = Kind.TEXT
    width: int = 0
    places: int = 0
    currency: str = ""

    @property
    def label(self) -> str:
        """The heading with the unit that its cells leave out."""
        unit = "UTC" if self.kind in (Kind.TIME, Kind.DAY) else self.currency
        return f"{self.heading} ({unit})" if unit else self.heading

    @property
    def characters(self) -> int:
        return max(self.width or _WIDTHS[self.kind], min(len(self.label), 16))

    @property
    def is_right(self) -> bool:
        """Whether its cells stand on the right, as numbers do."""
        return self.kind in (Kind.NUMBER, Kind.MONEY, Kind.RATE)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `name` is its name in addresses and file names, `empty` stands where there is no row."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    empty: str = "Nothing matches."
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a page shows, with everything that tells what it is.

    `name` begins the file's name. `filters` and `facts` are labels with values; a filter without value is none.
    """

    name: str
    title: str
    tables: tuple[Table, ...]
    generated_at: datetime
    period: Period | None = None
    filters: Sequence[tuple[str, Any]] = ()
    facts: Sequence[tuple[str, Any]] = ()
    notes: Sequence[str] = ()

    @property
    def head(self) -> list[tuple[str, str]]:
        """What stands above the tables: facts, period, every filter by its name, and when it was written."""
        chosen = [(label, str(value)) for label, value in self.filters if value]
        return [
            *((label, str(value)) for label, value in self.facts if value not in (None, "")),
            *([("Period", dates(self.period))] if self.period else []),
            *([(f"Filter: {label}", value) for label, value in chosen] or [("Filters", "none")]),
            ("Generated", f"{self.generated_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"),
        ]

    def with_only(self, name: str) -> "Document | None":
        """Return the document with one of its tables; None where it has none of this name."""
        found = tuple(table for table in self.tables if table.name == name)
        return replace(self, tables=found, name=f"{self.name}-{name}") if found else None

    def file_name(self, extension: str) -> str:
        """Return a name that tells what is in the file, in characters that every system takes."""
        period = [f"{self.period.first_day}-to-{self.period.last_day}"] if self.period else []
        parts = [self.name, *period, *(str(value) for _, value in self.filters if value)]
        day = [] if self.period else [f"{self.generated_at:%Y-%m-%d}"]
        return f"{'-'.join(filter(None, map(plain, [*parts, *day])))[:NAME_MAX].rstrip('-.')}.{extension}"


def shown_text(value: Any, column: Column) -> str:
    """Return a cell as people read it, its unit being in the heading; an en dash where there is nothing.

    >>> shown_text(0.0314, Column("Error rate", Kind.RATE)), shown_text(1234, Column("Events", Kind.NUMBER))
    ('3.1 %', '1,234')
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if not is_number(value) or column.kind == Kind.TEXT:
        return str(value)
    if column.kind == Kind.RATE:
        return percentage(value, column.places or 1)
    return f"{value:,.{2 if column.kind == Kind.MONEY else column.places}f}"


def dates(period: Period) -> str:
    """Return the days of a period in words."""
    return f"{period.first_day} to {period.last_day} ({period.days} days, UTC)"


def plain(text: str) -> str:
    """Return a text in lower-case ASCII letters, digits, dots and hyphens.

    >>> plain("Höhe: Booking.com / x")
    'hohe-booking.com-x'
    """
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", ascii_only).strip("-.")[:60]


class Bounded:
    """The first rows of a table, one by one; afterwards `is_cut` tells whether there were more."""

    def __init__(self, rows: Iterable[Sequence[Any]], limit: int) -> None:
        self._rows = rows
        self.limit = limit
        self.is_cut = False

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for number, row in enumerate(self._rows):
            if number == self.limit:
                self.is_cut = True
                return
            yield row

    @property
    def remark(self) -> str:
        """What the file says about rows that are not in it."""
        return f"Only the first {self.limit:,} rows are in this file." if self.is_cut else ""
