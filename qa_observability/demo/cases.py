"""The test cases of the story, and what makes each of them fail. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.text import slugify

from qa_observability.demo.channels import AIRBNB, BOOKING_COM, HMBN, VRBO

MARK = "demo-"


class Order(StrEnum):
    """Whether a coupled test turns red before the incident, with it, or after it."""

    BEFORE = "before"
    WITH = "with"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Coupling:
    """What ties a test to a channel's incidents.

    `minutes` is the range of the distance between the first red moment and the onset, `missed` how many incidents in
    a hundred the test does not notice, `false_alarms` its red spells in 90 days that no incident follows.
    """

    channel: str
    order: Order
    minutes: tuple[int, int]
    missed: int
    false_alarms: int


@dataclass(frozen=True, slots=True)
class Case:
    """A test case; `flaky` is the share of its runs that fail for no reason, `broken` the days ago of a red spell."""

    id: str
    name: str
    suite: str
    coupling: Coupling | None = None
    flaky: float = 0.0
    broken: tuple[float, float] | None = None


COUPLINGS = {
    "Booking Flow Test": Coupling(AIRBNB, Order.BEFORE, (20, 30), missed=18, false_alarms=3),
    "Booking.com rate push LOS": Coupling(BOOKING_COM, Order.BEFORE, (20, 40), missed=15, false_alarms=4),
    "Vrbo cleaning fee mapping": Coupling(VRBO, Order.BEFORE, (20, 40), missed=16, false_alarms=2),
    "HMBN fee export": Coupling(HMBN, Order.WITH, (0, 0), missed=12, false_alarms=1),
    "Booking.com statement reconciliation": Coupling(BOOKING_COM, Order.AFTER, (18, 35), missed=15, false_alarms=2),
}
FLAKY = {
    "Guest messages arrive once": 0.12,
    "Calendar drag and drop": 0.2,
    "Airbnb photo order": 0.08,
    "Booking.com map pin": 0.06,
    "Vrbo review import": 0.15,
    "Owner statement as PDF": 0.05,
}
BROKEN = {"Airbnb smart lock codes": (53.4, 47.6), "HMBN tax by hand reminder": (12.3, 8.7)}
NAMES = {
    "Core": (
        "Booking Flow Test", "Quote with fees", "Quote with taxes", "Availability across channels",
        "Calendar drag and drop", "Double booking is refused", "Cancellation frees the calendar",
        "Guest messages arrive once", "Log-in and roles", "Owner statement as PDF", "Currency conversion",
        "Search by amenities",
    ),
    "Booking.com": (
        "Booking.com rate push LOS", "Booking.com rate push OBP", "Booking.com availability push",
        "Booking.com reservation pull", "Booking.com acknowledgement", "Booking.com cancellation",
        "Booking.com room mapping", "Booking.com city tax", "Booking.com map pin", "Booking.com minimum stay",
        "Booking.com promotion", "Booking.com statement reconciliation",
    ),
    "Airbnb": (
        "Airbnb rate push", "Airbnb availability push", "Airbnb weekly discount", "Airbnb cleaning fee",
        "Airbnb pet fee", "Airbnb instant booking", "Airbnb booking request", "Airbnb cancellation policy",
        "Airbnb photo order", "Airbnb smart lock codes", "Airbnb rate limit back-off", "Airbnb payout import",
    ),
    "Vrbo": (
        "Vrbo cleaning fee mapping", "Vrbo pet fee mapping", "Vrbo damage protection", "Vrbo rate push",
        "Vrbo availability push", "Vrbo booking request", "Vrbo instant booking", "Vrbo cancellation",
        "Vrbo review import", "Vrbo tax breakdown", "Vrbo minimum stay", "Vrbo listing content",
    ),
    "HMBN": (
        "HMBN fee export", "HMBN fee per person is refused", "HMBN tax by hand reminder", "HMBN rate push without VAT",
        "HMBN availability push", "HMBN minimum stay of three nights", "HMBN reservation import", "HMBN cancellation",
        "HMBN listing approval", "HMBN amenity mapping", "HMBN photo sizes", "HMBN account id",
    ),
}  # fmt: skip
CASES = tuple(
    Case(
        MARK + slugify(name.replace(".", " ")), name, suite, COUPLINGS.get(name), FLAKY.get(name, 0.0), BROKEN.get(name)
    )
    for suite, names in NAMES.items()
    for name in names
)
