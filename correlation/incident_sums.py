"""The events of an incident in numbers, by type: what its page shows and its cost is made of. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.choices import EventType, Severity
from integrations.inputs import affected_bookings, loss_amount


@dataclass(slots=True)
class TypeSums:
    """Events of one type: their number by severity, their bookings, and the sum of their lossAmounts.

    `unpriced_bookings` are the affected bookings of events without a lossAmount.
    """

    severities: dict[str, int] = field(default_factory=dict)
    affected_bookings: int = 0
    unpriced_bookings: int = 0
    lost_amount: Decimal = Decimal(0)

    @property
    def events(self) -> int:
        return sum(self.severities.values())


Sums = dict[str, TypeSums]


def sum_up(events: Iterable[tuple[str, str, Mapping[str, Any]]]) -> Sums:
    """Return the sums of events given as type, severity and metadata.

    >>> sum_up([("booking_loss", "high", {"affectedBookings": 2}), ("booking_loss", "low", {"lossAmount": "9.50"})])
    {'booking_loss': TypeSums(severities={'high': 1, 'low': 1}, affected_bookings=3, unpriced_bookings=2, \
lost_amount=Decimal('9.50'))}
    """
    sums: defaultdict[str, TypeSums] = defaultdict(TypeSums)
    for event_type, severity, metadata in events:
        row = sums[event_type]
        bookings, lost = affected_bookings(metadata), loss_amount(metadata)
        row.severities[severity] = row.severities.get(severity, 0) + 1
        row.affected_bookings += bookings
        if lost is None:
            row.unpriced_bookings += bookings
        else:
            row.lost_amount += lost
    return dict(sums)


def worst_severity(sums: Sums) -> str | None:
    """Return the worst severity among the events; None without any."""
    order = [severity.value for severity in Severity]
    return max((one for row in sums.values() for one in row.severities), key=order.index, default=None)


def to_json(sums: Sums) -> dict[str, Any]:
    """Return what `from_json` reads; amounts as text, for JSON has no decimals."""
    return {
        kind: {
            "severities": row.severities,
            "affectedBookings": row.affected_bookings,
            "unpricedBookings": row.unpriced_bookings,
            "lostAmount": f"{row.lost_amount:f}",
        }
        for kind, row in sorted(sums.items())
    }


def from_json(stored: Mapping[str, Any]) -> Sums:
    """Return the sums in the order of the event types.

    >>> from_json(to_json({"booking_loss": TypeSums({"low": 1}, 1, 0, Decimal("2.5"))}))["booking_loss"].lost_amount
    Decimal('2.5')
    """
    return {
        kind: TypeSums(
            severities=dict(stored[kind]["severities"]),
            affected_bookings=stored[kind]["affectedBookings"],
            unpriced_bookings=stored[kind]["unpricedBookings"],
            lost_amount=Decimal(stored[kind]["lostAmount"]),
        )
        for kind in EventType.values
        if kind in stored
    }
