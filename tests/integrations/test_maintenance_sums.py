"""What happens in maintenance is measured, but is nobody's loss: the daily sums follow every plan."""

from decimal import Decimal

import pytest

from integrations.maintenance_planning import cancel_maintenance, plan_maintenance
from integrations.models import IntegrationDay, IntegrationEvent, MaintenanceWindow
from integrations.services import delete_events, record_events, record_observations
from tests.conftest import NOW
from tests.integrations.factories import DAY, HOUR, an_event, an_observation

pytestmark = pytest.mark.django_db
MOMENT = NOW - 2 * DAY


def sums() -> tuple[int, int, Decimal, int]:
    day = IntegrationDay.objects.get(integration="vrbo", day=MOMENT.date())
    return (
        day.booking_loss_events,
        day.booking_loss_unpriced_bookings,
        day.booking_loss_lost_amount,
        day.booking_loss_rate_count,
    )


def lose_bookings() -> None:
    record_events(
        [
            an_event(event_type="booking_loss", occurred_at=MOMENT, metadata={"affectedBookings": 3}),
            an_event(event_type="booking_loss", occurred_at=MOMENT + HOUR, metadata={"lossAmount": 80}),
            an_event(event_type="booking_loss", occurred_at=MOMENT + 5 * HOUR),
        ],
        now=NOW,
    )
    record_observations([an_observation(last_checked=MOMENT, booking_loss_rate=Decimal("0.5"))], now=NOW)


def a_window(**fields) -> MaintenanceWindow:
    window = MaintenanceWindow(**{"integration_id": "vrbo", "starts_at": MOMENT, "ends_at": MOMENT + 2 * HOUR} | fields)
    plan_maintenance(window, now=NOW)
    return window


def test_a_window_that_was_planned_before(now) -> None:
    a_window()
    lose_bookings()
    assert sums() == (3, 1, 0, 0)


@pytest.mark.parametrize("fields", [{}, {"integration_id": None}, {"repeats": "weekly"}])
def test_a_window_that_is_entered_afterwards_and_cancelled(now, fields) -> None:
    lose_bookings()
    assert sums() == (3, 4, 80, 1)
    window = a_window(**fields)
    assert sums() == (3, 1, 0, 0)
    cancel_maintenance([window.pk], now=NOW)
    assert sums() == (3, 4, 80, 1)


def test_a_window_that_moves(now) -> None:
    lose_bookings()
    window = a_window()
    window.ends_at = MOMENT + HOUR
    plan_maintenance(window, now=NOW)
    assert sums() == (3, 1, 80, 0)


def test_maintenance_of_another_integration_changes_nothing(now) -> None:
    a_window(integration_id="airbnb")
    lose_bookings()
    assert sums() == (3, 4, 80, 1)


def test_events_that_are_deleted_take_out_what_they_added(now) -> None:
    a_window()
    lose_bookings()
    delete_events(IntegrationEvent.objects.values_list("pk", flat=True), now=NOW)
    assert sums()[:3] == (0, 0, 0)


def test_nightly_windows_of_many_years_do_not_stop_an_observation(now) -> None:
    start = NOW - 9000 * DAY
    MaintenanceWindow.objects.create(starts_at=start, ends_at=start + HOUR, repeats="weekly")
    given = [an_observation(last_checked=moment, booking_loss_rate=Decimal("0.5")) for moment in (start + HOUR, NOW)]
    assert record_observations(given, now=NOW).created == 2


def test_an_event_of_a_day_past_its_retention_can_go_after_its_maintenance_was_cancelled(now) -> None:
    """The day cannot be summed anew when the window goes, so the event counts for nothing that it could take out."""
    IntegrationDay.objects.create(integration_id="vrbo", day=MOMENT.date(), events_purged=True)
    window = a_window()
    lose_bookings()
    cancel_maintenance([window.pk], now=NOW)
    delete_events(IntegrationEvent.objects.values_list("pk", flat=True), now=NOW)
    assert sums()[:3] == (0, 0, 0)
