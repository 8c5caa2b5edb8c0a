"""Current health after events: derived over the hour before the newest of them, once per integration."""

from datetime import timedelta
from decimal import Decimal

import pytest

from integrations.models import IntegrationEvent, IntegrationHealth
from integrations.services import (
    change_event,
    change_observation,
    delete_events,
    delete_observations,
    record_events,
    record_observations,
)
from tests.conftest import NOW
from tests.integrations.factories import DAY, HOUR, MINUTE, an_event, an_observation, assert_days_agree_with_rows

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


def record(*rows):
    return record_events(rows, now=NOW).ids


def observe(**fields):
    record_observations([an_observation(**fields)], now=NOW)


def current(slug="vrbo"):
    return IntegrationHealth.objects.filter(integration=slug).order_by("-last_checked").first()


def test_an_event_makes_a_derived_observation_of_its_moment():
    record(an_event())
    row = current()
    assert (row.source, row.last_checked) == ("derived", NOW - 5 * MINUTE)
    assert (row.status, row.fees_sync_status, row.pricing_sync_status) == ("critical", "error", None)
    assert (row.error_rate, row.booking_loss_rate) == (None, None)
    assert_days_agree_with_rows()


@pytest.mark.parametrize(
    ("severity", "sync", "status"),
    [
        ("low", "ok", "healthy"),
        ("medium", "warning", "warning"),
        ("high", "error", "critical"),
        ("critical", "error", "critical"),
    ],
)
def test_severity_becomes_sync_status(severity, sync, status):
    record(an_event(event_type="pricing_sync_error", severity=severity))
    assert (current().pricing_sync_status, current().fees_sync_status, current().status) == (sync, None, status)


def test_the_worst_of_the_last_hour_counts_and_an_hour_ago_is_the_last_hour():
    record(an_event(severity="high", occurred_at=NOW - HOUR))
    record(an_event(severity="low", occurred_at=NOW))
    assert current().fees_sync_status == "error"


def test_what_is_longer_ago_than_an_hour_counts_no_more():
    record(an_event(severity="high", occurred_at=NOW - HOUR - TICK))
    record(an_event(severity="low", occurred_at=NOW))
    assert (current().fees_sync_status, current().status) == ("ok", "healthy")


def test_the_window_is_a_setting(settings):
    settings.HEALTH_EVENT_WINDOW = timedelta(minutes=10)
    record(an_event(severity="high", occurred_at=NOW - 11 * MINUTE), an_event(severity="low", occurred_at=NOW))
    assert current().fees_sync_status == "ok"


def test_rates_carry_over_from_the_newest_observation():
    observe(last_checked=NOW - 3 * DAY, error_rate=Decimal("0.5"))
    observe(last_checked=NOW - 2 * DAY, error_rate=Decimal("0.03"), booking_loss_rate=Decimal("0.01"))
    record(an_event(severity="low"))
    assert (current().error_rate, current().booking_loss_rate) == (Decimal("0.0300"), Decimal("0.0100"))
    assert current().status == "warning"  # 3 % is worse than an event of low severity
    assert_days_agree_with_rows()


def test_news_about_fees_does_not_wipe_out_what_was_just_seen_of_prices():
    observe(last_checked=NOW - 30 * MINUTE, pricing_sync_status="error")
    record(an_event(severity="low", occurred_at=NOW))
    assert (current().pricing_sync_status, current().fees_sync_status) == ("error", "ok")


def test_events_of_other_integrations_do_not_count():
    record(an_event(integration_id="airbnb", severity="critical"), an_event(severity="medium"))
    assert (current("vrbo").status, current("airbnb").status) == ("warning", "critical")


def test_a_batch_recalculates_once_per_integration_at_its_newest_event():
    moments = [NOW - 50 * MINUTE, NOW - 2 * MINUTE, NOW - 20 * MINUTE, NOW - 5 * HOUR]
    record(*[an_event(occurred_at=moment, severity="medium") for moment in moments])
    record(*[an_event(occurred_at=moment, integration_id="airbnb") for moment in moments])
    rows = IntegrationHealth.objects.order_by("integration").values_list("integration", "last_checked", "status")
    assert list(rows) == [("airbnb", NOW - 2 * MINUTE, "critical"), ("vrbo", NOW - 2 * MINUTE, "warning")]


def test_an_event_older_than_the_newest_observation_changes_history_only():
    observe(last_checked=NOW - MINUTE)
    before = IntegrationHealth.objects.get()
    record(an_event(occurred_at=NOW - 2 * MINUTE, severity="critical"))
    assert current() == before
    assert (current().status, IntegrationHealth.objects.count()) == ("healthy", 1)
    assert_days_agree_with_rows()


def test_what_somebody_observed_at_that_very_moment_is_kept_and_the_derived_one_follows_it():
    observe(last_checked=NOW)
    record(an_event(occurred_at=NOW))
    seen, derived = IntegrationHealth.objects.order_by("last_checked")
    assert (seen.source, seen.status, seen.last_checked) == ("manual", "healthy", NOW)
    assert (derived.source, derived.status, derived.last_checked) == ("derived", "critical", NOW + TICK)


def test_an_observation_of_the_same_moment_that_says_the_same_needs_no_second_one():
    observe(last_checked=NOW, fees_sync_status="error")
    record(an_event(occurred_at=NOW))
    assert IntegrationHealth.objects.count() == 1


def test_another_event_of_the_same_moment_updates_the_derived_observation():
    record(an_event(severity="low", occurred_at=NOW))
    record(an_event(severity="high", occurred_at=NOW, event_type="pricing_sync_error"))
    row = IntegrationHealth.objects.get()
    assert (row.pricing_sync_status, row.fees_sync_status, row.status) == ("error", "ok", "critical")


def test_a_second_event_of_a_moment_that_somebody_observed_counts_as_well():
    observe(last_checked=NOW)  # people enter minutes
    assert [record(an_event(occurred_at=NOW, severity=severity)) for severity in ("medium", "critical")]
    assert (current().status, current().last_checked) == ("critical", NOW + TICK)


def test_lost_bookings_alone_tell_no_status():
    record(an_event(event_type="booking_loss", severity="critical"))
    assert current() is None
    assert_days_agree_with_rows()


def test_lost_bookings_carry_known_rates_on():
    observe(last_checked=NOW - DAY, error_rate=Decimal("0.01"))
    record(an_event(event_type="booking_loss", severity="critical"))
    assert (current().source, current().status) == ("derived", "healthy")


def test_deleting_the_worst_event_makes_its_hour_better():
    record(an_event(severity="medium", occurred_at=NOW - 20 * MINUTE))
    worst, _ = record(an_event(severity="critical", occurred_at=NOW - 10 * MINUTE), an_event(severity="low"))
    assert current().status == "critical"
    delete_events([worst], now=NOW)
    assert current().status == "warning"
    assert_days_agree_with_rows()


def test_deleting_the_only_event_leaves_nothing_known():
    (event,) = record(an_event())
    delete_events([event], now=NOW)
    assert current() is None
    assert_days_agree_with_rows()


def test_deleting_an_event_touches_no_observation_that_somebody_made():
    (event,) = record(an_event(occurred_at=NOW - HOUR))
    observe(last_checked=NOW - 30 * MINUTE, fees_sync_status="error")
    delete_events([event], now=NOW)
    assert [row.source for row in IntegrationHealth.objects.all()] == ["manual"]


def test_changing_severity_changes_the_current_status():
    (event,) = record(an_event(severity="low"))
    change_event(event, an_event(severity="critical"), now=NOW)
    assert current().status == "critical"
    change_event(event, an_event(severity="medium"), now=NOW)
    assert (current().status, IntegrationHealth.objects.count()) == ("warning", 1)
    assert_days_agree_with_rows()


def test_an_event_moved_to_another_integration_takes_its_effect_along():
    (event,) = record(an_event())
    change_event(event, an_event(integration_id="airbnb"), now=NOW)
    assert current("vrbo") is None
    assert current("airbnb").status == "critical"
    assert_days_agree_with_rows()


def test_an_event_moved_into_the_past_leaves_the_present():
    early, late = record(an_event(severity="medium", occurred_at=NOW - 2 * HOUR), an_event(occurred_at=NOW))
    change_event(late, an_event(occurred_at=NOW - DAY), now=NOW)
    assert current() is None or current().last_checked < NOW
    change_event(early, an_event(severity="low", occurred_at=NOW), now=NOW)
    assert (current().last_checked, current().status) == (NOW, "healthy")
    assert_days_agree_with_rows()


def test_where_the_newest_event_of_a_batch_is_deleted_the_next_one_speaks():
    record(an_event(severity="critical", occurred_at=NOW - 10 * MINUTE), an_event(severity="low", external_id="low"))
    delete_events([IntegrationEvent.objects.get(external_id="low").pk], now=NOW)
    assert (current().last_checked, current().status) == (NOW - 10 * MINUTE, "critical")
    assert_days_agree_with_rows()


def wrong_entry_and_two_events():
    """Somebody typed 31 % for 3.1 %; two events later the mistake has been carried over twice."""
    observe(last_checked=NOW - 3 * HOUR, error_rate=Decimal("0.31"), pricing_sync_status="error")
    record(an_event(severity="low", occurred_at=NOW - 150 * MINUTE))
    record(an_event(severity="low", occurred_at=NOW))
    assert (current().error_rate, current().status) == (Decimal("0.3100"), "critical")
    return IntegrationHealth.objects.get(source="manual")


@pytest.mark.parametrize("door", ["change", "same moment again"])
def test_a_corrected_observation_corrects_what_was_carried_over_from_it(door):
    wrong = wrong_entry_and_two_events()
    right = an_observation(last_checked=wrong.last_checked, error_rate=Decimal("0.031"), pricing_sync_status="ok")
    if door == "change":
        change_observation(wrong.pk, right, now=NOW)
    else:
        record_observations([right], now=NOW)
    rates = IntegrationHealth.objects.values_list("error_rate", "status")
    assert list(rates) == [(Decimal("0.0310"), "warning")] * 3
    assert_days_agree_with_rows()


def test_a_deleted_observation_is_carried_over_no_more():
    delete_observations([wrong_entry_and_two_events().pk], now=NOW)
    assert (current().error_rate, current().status) == (None, "healthy")
    assert_days_agree_with_rows()


def test_a_correction_reaches_no_further_than_the_next_observation():
    observe(last_checked=NOW - 3 * HOUR, error_rate=Decimal("0.31"))
    observe(last_checked=NOW - 2 * HOUR, error_rate=Decimal("0.04"))
    record(an_event(severity="low", occurred_at=NOW))
    delete_observations(
        IntegrationHealth.objects.filter(error_rate=Decimal("0.31")).values_list("pk", flat=True), now=NOW
    )
    assert current().error_rate == Decimal("0.0400")


def test_an_observation_that_arrives_late_is_carried_over_to_now():
    record(an_event(severity="low", occurred_at=NOW))
    observe(last_checked=NOW - HOUR, error_rate=Decimal("0.06"))
    assert (current().last_checked, current().error_rate, current().status) == (NOW, Decimal("0.0600"), "critical")
