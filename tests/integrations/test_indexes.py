"""The queries that must not scan use the indexes made for them, on each database in its own words."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.db.models import QuerySet

from integrations.models import Integration, IntegrationEvent, IntegrationHealth
from qa_observability.periods import parse_period
from tests.conftest import NOW
from tests.integrations.factories import MINUTE

pytestmark = pytest.mark.django_db


@pytest.fixture
def _much_data() -> Iterator[None]:
    """Some thousand rows of 40 integrations over 100 days, in no order: reading from end to end is the worse plan."""
    random = Random(1)
    slugs = [f"channel-{number}" for number in range(36)]
    Integration.objects.bulk_create(Integration(slug=slug, name=slug) for slug in slugs)
    slugs += ["booking-com", "airbnb", "vrbo", "hmbn"]
    moments = [NOW - number * 24 * MINUTE for number in range(6000)]
    random.shuffle(moments)
    IntegrationHealth.objects.bulk_create(
        [
            IntegrationHealth(integration_id=slugs[number % 40], status="healthy", last_checked=moment)
            for number, moment in enumerate(moments)
        ],
        batch_size=1000,
    )
    IntegrationEvent.objects.bulk_create(
        [
            IntegrationEvent(
                integration_id=slugs[number % 40],
                event_type="booking_loss" if number % 21 == 0 else "fee_sync_error",
                severity="low",
                message="Cleaning fee was not sent",
                occurred_at=moment,
            )
            for number, moment in enumerate(moments)
        ],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_stat1")  # what ANALYZE found is of this test's rows


def plan(rows: QuerySet) -> str:
    return rows.explain()


def events(**fields) -> QuerySet:
    return IntegrationEvent.objects.in_period(parse_period("7d", NOW)).filter(**fields)


def assert_one_look_up_each(text: str) -> None:
    # The unique constraint is the same index in the other direction, and either can be read backwards.
    assert any(name in text for name in ("health_integration_checked", "health_one_per_moment")), text
    assert "health_checked" not in text, text
    assert "Seq Scan on integration_health u" not in text, text


@pytest.mark.usefixtures("_much_data")
def test_the_newest_observation_of_each_integration():
    rows = IntegrationHealth.objects.latest_per_integration()
    assert_one_look_up_each(plan(rows))
    assert len(rows) == 40


@pytest.mark.usefixtures("_much_data")
def test_the_newest_observation_where_rows_came_in_by_time_and_one_integration_never_had_any():
    """As in production: channels in turn, one after the other, and Google silent."""
    IntegrationHealth.objects.all().delete()
    IntegrationEvent.objects.all().delete()
    Integration.objects.filter(slug__startswith="channel-").delete()
    IntegrationHealth.objects.bulk_create(
        [
            IntegrationHealth(
                integration_id=("booking-com", "airbnb", "vrbo", "hmbn")[number % 4],
                status="healthy",
                last_checked=NOW - (6000 - number) * MINUTE,
            )
            for number in range(6000)
        ],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = IntegrationHealth.objects.latest_per_integration()
    assert_one_look_up_each(plan(rows))
    assert len(rows) == 4


@pytest.mark.usefixtures("_much_data")
def test_events_are_found_by_the_indexes_made_for_them():
    earlier = NOW - timedelta(days=2)
    expired = IntegrationEvent.objects.filter(occurred_at__lt=NOW - timedelta(days=98))
    plans = {
        "events of one integration, newest first": (
            events(integration="vrbo").newest_first()[:100],
            ["events_integration_occurred"],
        ),
        "their next page": (
            events(integration="vrbo", occurred_at__lte=earlier).newest_first()[:100],
            ["events_integration_occurred"],
        ),
        "events of one type, newest first": (
            events(event_type="booking_loss").order_by("-occurred_at")[:100],
            ["events_type_occurred"],
        ),
        "a timeline's counts by the hour": (
            IntegrationEvent.objects.filter(integration="vrbo")
            .between(NOW - timedelta(days=7), NOW)
            .counted(NOW - timedelta(days=7), timedelta(hours=1)),
            ["events_integration_occurred"],
        ),
        "newest events of all": (events(integration__is_active=True).newest_first()[:10], ["events_occurred"]),
        "expired events": (expired.order_by("occurred_at")[:5000], ["events_occurred"]),
        "an event by its external id": (
            IntegrationEvent.objects.filter(integration="vrbo", external_id__in=["1", "2"]),
            ["events_external_id_once", "events_integration_occurred"],
        ),
    }
    for name, (rows, indexes) in plans.items():
        text = plan(rows)
        assert any(index in text for index in indexes), f"{name}: {text}"
        assert "Seq Scan on integration_events" not in text, f"{name}: {text}"


def test_the_indexes_are_in_the_database_under_their_names():
    with connection.cursor() as cursor:
        names = {
            name
            for table in ("integration_health", "integration_events", "integration_days", "job_runs")
            for name in connection.introspection.get_constraints(cursor, table)
        }
    assert names >= {
        "health_integration_checked",
        "health_checked",
        "events_integration_occurred",
        "events_type_occurred",
        "events_occurred",
        "days_day",
        "jobs_name_started",
    }


def test_metadata_is_jsonb_on_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip(f"{connection.vendor} has no jsonb")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns"
            " WHERE table_name = 'integration_events' AND column_name = 'metadata'"
        )
        assert cursor.fetchone() == ("jsonb",)
