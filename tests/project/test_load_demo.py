"""`manage.py load_demo`: what it stores, and what it leaves alone."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from correlation.models import TestCase, TestExecution
from integrations.inputs import EventInput, ObservationInput
from integrations.models import IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.overview import snapshots
from integrations.services import record_events, record_observations
from qa_observability.periods import parse_period
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def load_demo(**options: object) -> str:
    out = StringIO()
    call_command("load_demo", stdout=out, **{"days": 2, "events_per_day": 20, **options})
    return out.getvalue()


def contents() -> list[set]:
    return [
        set(IntegrationEvent.objects.values_list("pk", "external_id")),
        set(IntegrationHealth.objects.values_list("pk", "updated_at")),
        set(IntegrationDay.objects.values_list("pk", "updated_at")),
        set(TestExecution.objects.values_list("pk", "run_id")),
        set(TestCase.objects.values_list("pk", flat=True)),
    ]


def observation(**fields: object) -> ObservationInput:
    values = {"integration_id": "vrbo", "last_checked": NOW, "source": "manual", "status": "healthy"}
    return ObservationInput(**{**values, **fields})


def event(**fields: object) -> EventInput:
    values = {"integration_id": "vrbo", "event_type": "booking_loss", "severity": "low", "message": "One"}
    return EventInput(**{**values, "occurred_at": NOW, "source": "api", **fields})


@pytest.fixture
def stored(now):
    return load_demo()


def test_story_is_stored_and_seen(now):
    load_demo(days=24, events_per_day=30)
    shown = {row.integration_id: row for row in snapshots(parse_period("30d", now), now=now)}
    assert {slug: row.status.value for slug, row in shown.items()} == {
        "booking-com": "warning",
        "airbnb": "healthy",
        "vrbo": "healthy",
        "hmbn": "healthy",
    }
    assert not any(row.stale for row in shown.values())
    critical = IntegrationDay.objects.filter(integration="vrbo", worst_status="critical").order_by("day")
    assert [row.day for row in critical] == [date(2026, 2, 25), date(2026, 2, 26)]  # three weeks before NOW
    assert critical[0].fee_sync_error_events > 30


def test_no_status_is_derived_from_the_events(stored):
    assert set(IntegrationHealth.objects.values_list("source", flat=True)) == {"collector"}


def test_daily_sums_count_every_event(stored):
    assert sum(row.events for row in IntegrationDay.objects.all()) == IntegrationEvent.objects.count() > 0


def test_what_was_stored_is_said(stored):
    assert f"{TestExecution.objects.count():,} test executions" in stored
    assert f"{IntegrationEvent.objects.count():,} events" in stored
    assert f"{IntegrationHealth.objects.count():,} observations" in stored


def test_second_run_changes_nothing(stored):
    before = contents()
    assert load_demo(seed=7) == "Sample data is already here.\n"
    assert contents() == before


def test_second_run_changes_nothing_where_people_have_added_to_it(stored):
    record_events([event()], now=NOW)
    before = contents()
    assert load_demo() == "Sample data is already here.\n"
    assert contents() == before


def store_observation() -> None:
    record_observations([observation()], now=NOW)


def store_event() -> None:
    record_events([event()], now=NOW)


def store_execution() -> None:
    case = TestCase.objects.create(id="one", name="One")
    TestExecution.objects.create(test_case=case, status="passed", executed_at=NOW, run_id="1")


def store_day() -> None:
    """What the clean-up leaves of a day."""
    IntegrationDay.objects.create(integration_id="vrbo", day=date(2025, 1, 1), events_purged=True)


@pytest.mark.parametrize("store", [store_observation, store_event, store_execution, store_day])
def test_other_data_is_never_mixed_with(now, store):
    store()
    before = contents()
    with pytest.raises(CommandError, match="holds other data"):
        load_demo()
    with pytest.raises(CommandError, match="holds other data"):
        load_demo(replace=True)
    assert contents() == before


@pytest.mark.parametrize("store", [store_observation, store_event, store_execution, store_day])
def test_replace_spares_sample_data_that_people_have_added_to(stored, store):
    store()
    before = contents()
    with pytest.raises(CommandError, match="sample data and other data"):
        load_demo(replace=True)
    assert contents() == before


def test_replace_loads_anew(stored):
    before = contents()
    load_demo(replace=True, days=1)
    after = contents()
    assert all(one.isdisjoint(other) for one, other in zip(before[:4], after[:4], strict=True))
    assert set(IntegrationDay.objects.values_list("day", flat=True)) == {NOW.date()}


def test_replace_on_an_empty_database_loads(now):
    assert "Loaded" in load_demo(replace=True)


def cut_off_before_executions() -> None:
    TestExecution.objects.all().delete()
    TestCase.objects.all().delete()


def cut_off_among_executions() -> None:
    TestExecution.objects.filter(executed_at__gt=NOW - timedelta(hours=2)).delete()


def cut_off_after_observations() -> None:
    cut_off_before_executions()
    IntegrationEvent.objects.all().delete()


@pytest.mark.parametrize("cut", [cut_off_before_executions, cut_off_among_executions, cut_off_after_observations])
def test_loading_that_was_cut_off_is_said_and_mended_by_the_next_run(stored, cut):
    whole = [len(rows) for rows in contents()]
    cut()
    assert "starting anew" in load_demo()
    assert [len(rows) for rows in contents()] == whole


def test_right_after_midnight_there_is_something_to_see(now, settings):
    load_demo(days=1)
    assert IntegrationHealth.objects.count() == 4 * 15  # from 00:00 to 14:00


def test_login_is_created_and_kept(stored, settings):
    settings.DEMO_PASSWORD = "first-of-two"
    assert "first" not in load_demo(login=True)
    user = User.objects.get(username="demo")
    assert user.is_superuser
    assert user.is_staff
    before = user.password
    load_demo(login=True)
    assert User.objects.get(username="demo").password == before
    settings.DEMO_PASSWORD = "second-of-two"
    load_demo(login=True)
    assert User.objects.get(username="demo").check_password("second-of-two")


def test_login_needs_a_password(now, settings):
    settings.DEMO_PASSWORD = ""
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        load_demo(login=True)
    assert not any(contents())


@pytest.mark.parametrize("option", ["--days=0", "--days=x", "--seed=-1", "--events-per-day=0", "--days=\u0663"])
def test_sizes_must_be_whole_numbers(now, option):
    with pytest.raises(CommandError, match="is not a whole number"):
        call_command("load_demo", option)
