"""Writing events: what is stored, counted once, refused, and summed."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from integrations.inputs import RowsError
from integrations.models import IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.services import change_event, delete_events, record_events
from tests.conftest import NOW
from tests.integrations.factories import DAY, MINUTE, an_event, assert_days_agree_with_rows

pytestmark = pytest.mark.django_db


def record(*rows):
    return record_events(rows, now=NOW)


def today():
    return IntegrationDay.objects.get(integration="vrbo", day=date(2026, 3, 18))


def test_an_event_is_stored_as_given():
    metadata = {"affectedBookings": 3, "snake_key": {"camelKey": [1, None, "ü"]}, "": True}
    record(an_event(external_id="E-1", metadata=metadata))
    row = IntegrationEvent.objects.get()
    assert (row.integration_id, row.event_type, row.severity) == ("vrbo", "fee_sync_error", "high")
    assert (row.message, row.external_id, row.source) == ("Cleaning fee was not sent", "E-1", "api")
    assert row.occurred_at == NOW - 5 * MINUTE
    assert row.metadata == metadata


def test_an_external_id_seen_before_is_a_duplicate_within_a_batch_and_across_batches():
    first = record(an_event(external_id="1"), an_event(external_id="2"), an_event(external_id="1", message="other"))
    assert (first.created, first.duplicates) == (2, 1)
    again = record(an_event(external_id="2"), an_event(external_id="3"))
    assert (again.created, again.duplicates) == (1, 1)
    assert IntegrationEvent.objects.count() == today().events == 3


def test_an_external_id_is_one_integrations_own():
    recorded = record(an_event(external_id="1"), an_event(external_id="1", integration_id="airbnb"))
    assert (recorded.created, recorded.duplicates) == (2, 0)


def test_events_without_an_external_id_are_all_new():
    assert record(an_event(), an_event()).created == 2
    assert record(an_event()).created == 1
    assert today().events == 3


def test_a_batch_of_duplicates_leaves_everything_as_it_was():
    record(an_event(external_id="1"))
    before = (list(IntegrationHealth.objects.values()), list(IntegrationDay.objects.values()))
    recorded = record(an_event(external_id="1", severity="critical"))
    assert (recorded.created, recorded.duplicates) == (0, 1)
    assert (list(IntegrationHealth.objects.values()), list(IntegrationDay.objects.values())) == before


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"event_type": "outage"}, "event_type"),
        ({"severity": "fatal"}, "severity"),
        ({"source": "email"}, "source"),
        ({"message": "  "}, "message"),
        ({"message": "x" * 4001}, "message"),
        ({"message": "a\x00b"}, "message"),
        ({"message": "\ud800"}, "message"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"external_id": "a\x00"}, "external_id"),
        ({"occurred_at": NOW + 6 * MINUTE}, "occurred_at"),
        ({"occurred_at": NOW.replace(tzinfo=None)}, "occurred_at"),
        ({"occurred_at": NOW.replace(year=1999)}, "occurred_at"),
        ({"integration_id": "expedia"}, "integration_id"),
        ({"metadata": ["a"]}, "metadata"),
        ({"metadata": {"affectedBookings": 0}}, "metadata"),
        ({"metadata": {"affectedBookings": 1_000_001}}, "metadata"),
        ({"metadata": {"affectedBookings": True}}, "metadata"),
        ({"metadata": {"affectedBookings": "3"}}, "metadata"),
        ({"metadata": {"affectedBookings": 2.0}}, "metadata"),
        ({"metadata": {"lossAmount": -0.01}}, "metadata"),
        ({"metadata": {"lossAmount": "1.00001"}}, "metadata"),
        ({"metadata": {"lossAmount": "much"}}, "metadata"),
        ({"metadata": {"lossAmount": float("nan")}}, "metadata"),
        ({"metadata": {"lossAmount": 1_000_000_001}}, "metadata"),
        ({"metadata": {"lossAmount": [1]}}, "metadata"),
        ({"metadata": {"a": {"b": ["\x00"]}}}, "metadata"),
        ({"metadata": {"a\x00": 1}}, "metadata"),
        ({"metadata": {"a": "\udfff"}}, "metadata"),
        ({"metadata": {"a": float("inf")}}, "metadata"),
        ({"metadata": {"a": 10**300}}, "metadata"),
        ({"metadata": {"a": list(range(1001))}}, "metadata"),
        ({"metadata": {"a": "x" * 20_001}}, "metadata"),
    ],
)
def test_a_bad_row_is_named_with_its_field_and_nothing_is_stored(fields, named):
    with pytest.raises(RowsError) as refused:
        record(an_event(), an_event(), an_event(**fields))
    assert list(refused.value.errors) == [2]
    assert list(refused.value.errors[2]) == [named]
    assert not IntegrationEvent.objects.exists()
    assert not IntegrationDay.objects.exists()
    assert not IntegrationHealth.objects.exists()


def nested(levels):
    document = {}
    for _ in range(levels - 1):
        document = {"a": document}
    return document


def test_metadata_may_be_nested_twenty_levels_deep_but_not_without_end():
    record(an_event(metadata=nested(20)))
    with pytest.raises(RowsError):
        record(an_event(metadata=nested(21)))
    with pytest.raises(RowsError):
        record(an_event(metadata=nested(5000)))


@pytest.mark.parametrize(
    ("metadata", "affected", "unpriced", "lost"),
    [
        ({}, 1, 1, "0"),
        ({"affectedBookings": 4}, 4, 4, "0"),
        ({"affectedBookings": 4, "lossAmount": 99.95}, 4, 0, "99.95"),
        ({"lossAmount": "0"}, 1, 0, "0"),
        ({"lossAmount": " 12.3456 "}, 1, 0, "12.3456"),
        ({"affectedBookings": None, "lossAmount": None}, 1, 1, "0"),
    ],
)
def test_the_day_sums_what_revenue_reads(metadata, affected, unpriced, lost):
    record(an_event(metadata=metadata))
    day = today()
    assert day.fee_sync_error_events == 1
    assert day.fee_sync_error_affected_bookings == affected
    assert day.fee_sync_error_unpriced_bookings == unpriced
    assert day.fee_sync_error_lost_amount == Decimal(lost)
    assert day.pricing_sync_error_events == day.booking_loss_events == 0


def test_days_are_utc_days():
    midnight = NOW.replace(hour=0, minute=0)
    record(an_event(occurred_at=midnight - timedelta(microseconds=1)), an_event(occurred_at=midnight))
    assert list(IntegrationDay.objects.order_by("day").values_list("day", "fee_sync_error_events")) == [
        (date(2026, 3, 17), 1),
        (date(2026, 3, 18), 1),
    ]


def test_a_batch_over_many_days_and_integrations_is_summed_to_each():
    rows = [
        an_event(
            integration_id=("vrbo", "airbnb", "hmbn")[number % 3],
            event_type=("fee_sync_error", "pricing_sync_error", "booking_loss")[number % 7 % 3],
            occurred_at=NOW - number * DAY,
            metadata={"affectedBookings": number + 1, **({"lossAmount": 1.5} if number % 2 else {})},
        )
        for number in range(250)
    ]
    record(*rows)
    assert_days_agree_with_rows()
    assert IntegrationDay.objects.count() == 250


def test_a_changed_event_moves_its_figures():
    record(an_event(metadata={"lossAmount": 5}), an_event(external_id="keep"))
    row = IntegrationEvent.objects.get(external_id=None)
    moved = an_event(integration_id="airbnb", event_type="booking_loss", occurred_at=NOW - 40 * DAY, external_id="new")
    changed = change_event(row.pk, moved, now=NOW)
    assert (changed.pk, changed.created_at) == (row.pk, row.created_at)
    row.refresh_from_db()
    assert (row.integration_id, row.event_type, row.external_id, row.metadata) == ("airbnb", "booking_loss", "new", {})
    assert today().events == 1
    assert_days_agree_with_rows()


def test_an_event_can_be_changed_without_changing_its_external_id():
    record(an_event(external_id="1"))
    pk = IntegrationEvent.objects.get().pk
    change_event(pk, an_event(external_id="1", message="corrected"), now=NOW)
    assert IntegrationEvent.objects.get().message == "corrected"
    assert_days_agree_with_rows()


def test_a_change_to_an_external_id_that_is_taken_is_refused_and_changes_nothing():
    record(an_event(external_id="1"), an_event(external_id="2", event_type="booking_loss"))
    row = IntegrationEvent.objects.get(external_id="2")
    with pytest.raises(RowsError) as refused:
        change_event(row.pk, an_event(external_id="1"), now=NOW)
    assert list(refused.value.errors[0]) == ["external_id"]
    row.refresh_from_db()
    assert row.event_type == "booking_loss"
    assert_days_agree_with_rows()


def test_an_event_that_is_gone_cannot_be_changed_and_deleting_it_again_counts_none():
    record(an_event())
    pk = IntegrationEvent.objects.get().pk
    assert delete_events([pk, uuid.uuid4()], now=NOW) == 1
    assert delete_events([pk], now=NOW) == 0
    with pytest.raises(IntegrationEvent.DoesNotExist):
        change_event(pk, an_event(), now=NOW)
    assert_days_agree_with_rows()


@pytest.mark.parametrize("fields", [{"event_type": "outage"}, {"severity": "fatal"}, {"source": "email"}])
def test_the_database_itself_refuses_what_no_door_should_let_in(fields):
    defaults = {"integration_id": "vrbo", "event_type": "booking_loss", "severity": "low", "message": "m"}
    with pytest.raises(IntegrityError), transaction.atomic():
        IntegrationEvent.objects.create(**defaults | fields)


def test_the_database_itself_holds_an_external_id_once():
    fields = {"integration_id": "vrbo", "event_type": "booking_loss", "severity": "low", "message": "m"}
    IntegrationEvent.objects.create(**fields, external_id="1")
    IntegrationEvent.objects.create(**fields)
    IntegrationEvent.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        IntegrationEvent.objects.create(**fields, external_id="1")
