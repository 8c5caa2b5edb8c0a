"""Writing observations: what is stored, what is refused, and what the day then says."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from integrations.inputs import RowsError
from integrations.models import IntegrationDay, IntegrationHealth
from integrations.services import change_observation, delete_observations, record_observations
from tests.conftest import NOW
from tests.integrations.factories import DAY, HOUR, MINUTE, an_observation, assert_days_agree_with_rows

pytestmark = pytest.mark.django_db


def record(*rows):
    return record_observations(rows, now=NOW)


def day(day_of_month=18):
    return IntegrationDay.objects.get(integration="vrbo", day=date(2026, 3, day_of_month))


def test_an_observation_is_stored_as_given_with_its_status_from_the_numbers():
    record(an_observation(error_rate=Decimal("0.031"), fees_sync_status="ok"))
    row = IntegrationHealth.objects.get()
    assert (row.integration_id, row.status, row.error_rate) == ("vrbo", "warning", Decimal("0.0310"))
    assert (row.fees_sync_status, row.pricing_sync_status, row.booking_loss_rate) == ("ok", None, None)
    assert (row.last_checked, row.source) == (NOW - 10 * MINUTE, "manual")


def test_a_status_that_contradicts_the_numbers_is_kept_as_entered():
    record(an_observation(status="critical", error_rate=Decimal("0.001")))
    assert IntegrationHealth.objects.get().status == "critical"


def test_a_status_alone_is_enough():
    record(an_observation(status="healthy", error_rate=None))
    assert IntegrationHealth.objects.get().status == "healthy"


def test_the_same_moment_again_updates_and_the_same_values_again_change_nothing():
    first = record(an_observation(), an_observation(integration_id="airbnb"))
    assert (first.created, first.updated, first.unchanged) == (2, 0, 0)
    created_at = IntegrationHealth.objects.get(integration="vrbo").created_at
    again = record(an_observation(error_rate=Decimal("0.09")), an_observation(integration_id="airbnb"))
    assert (again.created, again.updated, again.unchanged) == (0, 1, 1)
    row = IntegrationHealth.objects.get(integration="vrbo")
    assert (row.status, row.error_rate, row.created_at) == ("critical", Decimal("0.0900"), created_at)
    assert IntegrationHealth.objects.count() == 2


def test_an_update_can_take_a_measurement_back():
    record(an_observation(fees_sync_status="error"))
    record(an_observation(fees_sync_status=None))
    assert IntegrationHealth.objects.get().fees_sync_status is None
    assert day().worst_status == "healthy"


def test_two_of_one_moment_in_a_batch_are_one_the_last_wins():
    recorded = record(an_observation(), an_observation(error_rate=Decimal("0.06")))
    assert recorded.created == 1
    assert IntegrationHealth.objects.get().status == "critical"


@pytest.mark.parametrize(
    ("rate", "stored", "status"),
    [("0.01994", "0.0199", "healthy"), ("0.01995", "0.0200", "warning"), ("0.049951", "0.0500", "critical")],
)
def test_a_finer_rate_is_rounded_once_and_then_judged(rate, stored, status):
    record(an_observation(error_rate=Decimal(rate)))
    row = IntegrationHealth.objects.get()
    assert (row.error_rate, row.status) == (Decimal(stored), status)
    assert record(an_observation(error_rate=Decimal(rate))).unchanged == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"error_rate": None}, "status"),  # nothing known at all
        ({"error_rate": Decimal("1.0001")}, "error_rate"),
        ({"error_rate": Decimal("-0.0001")}, "error_rate"),
        ({"error_rate": Decimal("NaN")}, "error_rate"),
        ({"booking_loss_rate": Decimal("Infinity")}, "booking_loss_rate"),
        ({"status": "unknown"}, "status"),
        ({"status": "Healthy"}, "status"),
        ({"pricing_sync_status": "healthy"}, "pricing_sync_status"),
        ({"fees_sync_status": ""}, "fees_sync_status"),
        ({"source": "email"}, "source"),
        ({"last_checked": NOW + 6 * MINUTE}, "last_checked"),
        ({"last_checked": NOW.replace(tzinfo=None)}, "last_checked"),
        ({"last_checked": NOW.replace(year=1999)}, "last_checked"),
        ({"integration_id": "expedia"}, "integration_id"),
    ],
)
def test_a_bad_row_is_named_with_its_field_and_nothing_is_stored(fields, named):
    with pytest.raises(RowsError) as refused:
        record(an_observation(integration_id="airbnb"), an_observation(**fields))
    assert list(refused.value.errors) == [1]
    assert list(refused.value.errors[1]) == [named]
    assert all(refused.value.errors[1][named])
    assert not IntegrationHealth.objects.exists()
    assert not IntegrationDay.objects.exists()


def test_every_bad_row_is_named_at_once():
    bad = [an_observation(error_rate=Decimal(2), status="bad"), an_observation(), an_observation(source="x")]
    with pytest.raises(RowsError) as refused:
        record(*bad)
    assert {row: sorted(errors) for row, errors in refused.value.errors.items()} == {
        0: ["error_rate", "status"],
        2: ["source"],
    }


def test_a_clock_that_runs_a_few_minutes_ahead_is_forgiven():
    assert record(an_observation(last_checked=NOW + 5 * MINUTE)).created == 1


def test_no_rows_are_no_work():
    recorded = record()
    assert (recorded.created, recorded.updated, recorded.unchanged) == (0, 0, 0)


def test_a_day_holds_counts_and_sums_so_that_means_are_exact():
    record(
        an_observation(last_checked=NOW - 2 * HOUR, error_rate=Decimal("0.01"), booking_loss_rate=Decimal("0.5")),
        an_observation(last_checked=NOW - HOUR, error_rate=Decimal("0.04")),
        an_observation(last_checked=NOW, error_rate=None, pricing_sync_status="ok"),
    )
    row = day()
    assert (row.error_rate_count, row.error_rate_sum) == (2, Decimal("0.05"))
    assert (row.booking_loss_rate_count, row.booking_loss_rate_sum) == (1, Decimal("0.5"))
    assert row.worst_status == "critical"  # half of the bookings lost, two hours ago
    assert_days_agree_with_rows()


def test_days_are_utc_days():
    midnight = NOW.replace(hour=0, minute=0)
    record(an_observation(last_checked=midnight - timedelta(microseconds=1)), an_observation(last_checked=midnight))
    assert day(17).error_rate_count == day(18).error_rate_count == 1


def test_derived_observations_count_for_the_worst_status_not_for_the_means():
    record(an_observation(source="derived", error_rate=Decimal("0.09")))
    assert (day().worst_status, day().error_rate_count) == ("critical", 0)
    assert_days_agree_with_rows()


def test_a_changed_observation_moves_its_figures_to_its_new_day_and_integration():
    record(an_observation(error_rate=Decimal("0.09")), an_observation(last_checked=NOW - DAY))
    row = IntegrationHealth.objects.get(last_checked=NOW - 10 * MINUTE)
    moved = an_observation(integration_id="airbnb", last_checked=NOW - 3 * DAY, error_rate=Decimal("0.02"))
    changed = change_observation(row.pk, moved, now=NOW)
    assert (changed.pk, changed.created_at, changed.status) == (row.pk, row.created_at, "warning")
    assert day().worst_status is None
    assert IntegrationDay.objects.get(integration="airbnb").day == date(2026, 3, 15)
    assert_days_agree_with_rows()


def test_a_change_to_a_moment_that_is_taken_is_refused():
    record(an_observation(), an_observation(last_checked=NOW - HOUR, error_rate=Decimal("0.5")))
    row = IntegrationHealth.objects.get(last_checked=NOW - HOUR)
    with pytest.raises(RowsError) as refused:
        change_observation(row.pk, an_observation(), now=NOW)
    assert list(refused.value.errors[0]) == ["last_checked"]
    row.refresh_from_db()
    assert row.error_rate == Decimal("0.5")
    assert_days_agree_with_rows()


def test_a_bad_change_is_refused_and_a_gone_observation_is_said_to_be_gone():
    record(an_observation())
    pk = IntegrationHealth.objects.get().pk
    with pytest.raises(RowsError):
        change_observation(pk, an_observation(integration_id="expedia"), now=NOW)
    with pytest.raises(IntegrationHealth.DoesNotExist):
        change_observation(uuid.uuid4(), an_observation(), now=NOW)
    assert IntegrationHealth.objects.get().integration_id == "vrbo"


def test_deleted_observations_leave_their_days():
    record(an_observation(error_rate=Decimal("0.09")), an_observation(last_checked=NOW - DAY))
    pks = list(IntegrationHealth.objects.values_list("pk", flat=True))
    assert delete_observations([pks[0], uuid.uuid4()], now=NOW) == 1
    assert_days_agree_with_rows()
    assert delete_observations(pks, now=NOW) == 1
    assert_days_agree_with_rows()
    assert delete_observations(pks, now=NOW) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "unknown"},
        {"status": "healthy", "error_rate": Decimal("1.5")},
        {"status": "healthy", "booking_loss_rate": Decimal("-0.1")},
        {"status": "healthy", "fees_sync_status": "healthy"},
        {"status": "healthy", "source": "email"},
    ],
)
def test_the_database_itself_refuses_what_no_door_should_let_in(fields):
    defaults = {"integration_id": "vrbo", "last_checked": NOW, "source": "manual"}
    with pytest.raises(IntegrityError), transaction.atomic():
        IntegrationHealth.objects.create(**defaults | fields)
