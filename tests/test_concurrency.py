"""Writers at the same moment lose nothing: real transactions, one thread and connection each, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from integrations import collectors
from integrations.jobs import run_job
from integrations.models import Collector, IntegrationDay, IntegrationEvent, IntegrationHealth, JobRun
from integrations.retention import purge
from integrations.services import (
    change_event,
    change_observation,
    delete_events,
    record_events,
    record_observations,
)
from tests.conftest import NOW
from tests.integrations.factories import DAY, MINUTE, an_event, an_observation, assert_days_agree_with_rows
from tests.standins.server import serving

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Start all of these at the same moment in threads of their own; return their results, or raise what they do."""
    start = Barrier(len(work))

    def run(job: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, job) for job in work]]


def batch(first: int, last: int, **fields: Any) -> Callable[[], Any]:
    """Events with these ids on two days and two integrations."""
    rows = [
        an_event(
            external_id=str(number),
            integration_id=("vrbo", "airbnb")[number % 2],
            occurred_at=NOW - (number % 3) * 12 * 60 * MINUTE,
            metadata={"affectedBookings": 2, "lossAmount": "1.10"},
            **fields,
        )
        for number in range(first, last)
    ]
    return lambda: record_events(rows, now=NOW)


def test_overlapping_batches_store_each_event_once_and_count_it_once():
    results = at_once(batch(0, 200), batch(100, 300), batch(50, 250), batch(0, 300))
    assert sum(result.created for result in results) == 300
    assert sum(result.duplicates for result in results) == 200 + 200 + 200 + 300 - 300
    assert IntegrationEvent.objects.count() == 300
    assert IntegrationEvent.objects.values("integration", "external_id").distinct().count() == 300
    assert_days_agree_with_rows()


def test_batches_that_name_the_integrations_in_opposite_order_do_not_deadlock():
    def rows(*slugs):
        return [
            an_event(integration_id=slug, occurred_at=NOW - number * MINUTE) for number in range(20) for slug in slugs
        ]

    there, back = rows("vrbo", "airbnb", "hmbn"), rows("hmbn", "airbnb", "vrbo")
    for _ in range(3):
        at_once(*[lambda rows=chosen: record_events(rows, now=NOW) for chosen in (there, back, there, back)])
    assert IntegrationEvent.objects.count() == 3 * 4 * 60
    assert_days_agree_with_rows()


def test_an_observation_and_changes_of_events_at_the_same_moment_lose_nothing():
    ids = record_events([an_event(occurred_at=NOW - number * MINUTE) for number in range(8)], now=NOW).ids
    at_once(
        lambda: record_observations([an_observation(last_checked=NOW - 3 * MINUTE)], now=NOW),
        lambda: change_event(ids[0], an_event(integration_id="airbnb", metadata={"lossAmount": 5}), now=NOW),
        lambda: change_event(ids[1], an_event(event_type="booking_loss", occurred_at=NOW - DAY), now=NOW),
        lambda: delete_events(ids[2:4], now=NOW),
        batch(0, 50),
        lambda: record_observations([an_observation(integration_id="airbnb", last_checked=NOW)], now=NOW),
    )
    assert IntegrationEvent.objects.count() == 8 - 2 + 50
    assert IntegrationHealth.objects.filter(source="manual").count() == 2
    assert_days_agree_with_rows()


def test_the_same_observation_from_two_senders_is_stored_once():
    results = at_once(
        *[
            lambda rate=rate: record_observations([an_observation(error_rate=Decimal(rate))], now=NOW)
            for rate in ("0.01", "0.02", "0.03", "0.04")
        ]
    )
    assert sum(result.created for result in results) == 1
    assert sum(result.updated for result in results) == 3
    assert IntegrationHealth.objects.count() == 1
    assert_days_agree_with_rows()


def test_two_people_who_move_observations_into_each_others_place():
    record_observations([an_observation(last_checked=NOW - number * MINUTE) for number in range(2)], now=NOW)
    one, other = IntegrationHealth.objects.order_by("last_checked")
    at_once(
        lambda: change_observation(one.pk, an_observation(integration_id="airbnb", last_checked=NOW), now=NOW),
        lambda: change_observation(other.pk, an_observation(integration_id="hmbn", last_checked=NOW), now=NOW),
    )
    assert IntegrationHealth.objects.count() == 2
    assert_days_agree_with_rows()


def test_clean_ups_beside_each_other_and_beside_late_events_keep_every_sum():
    record_events([an_event(occurred_at=NOW - 100 * DAY + timedelta(seconds=n)) for n in range(60)], now=NOW)
    late = [an_event(occurred_at=NOW - 100 * DAY, external_id=str(number)) for number in range(40)]
    at_once(
        lambda: purge(now=NOW),
        lambda: purge(now=NOW),
        lambda: record_events(late, now=NOW),
        lambda: record_events([an_event()], now=NOW),
    )
    purge(now=NOW)
    assert IntegrationEvent.objects.count() == 1
    days = {row.day: row.events for row in IntegrationDay.objects.all()}
    assert days == {(NOW - 100 * DAY).date(): 100, NOW.date(): 1}


def test_of_several_workers_that_start_a_job_at_once_one_runs_it():
    meeting = Barrier(4)

    def start() -> int:
        def work() -> int:
            meeting.wait(timeout=30)  # until the others have been turned away
            return 1

        rows = run_job("count", work, now=NOW)
        if not rows:
            meeting.wait(timeout=30)
        return rows

    assert sorted(at_once(start, start, start, start)) == [0, 0, 0, 1]
    assert JobRun.objects.get().state == "succeeded"


def test_of_several_workers_that_find_the_same_collectors_due_one_asks_each(settings):
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    with serving(lambda exchange: exchange.answer(200, b'{"status": "up"}')) as server:
        for name in ("vrbo", "airbnb", "hmbn"):
            Collector.objects.create(name=name, integration_id=name, url=server.url(f"/{name}"))
        at_once(*[lambda: collectors.poll_due(now=timezone.now())] * 4)
        assert sorted(seen.path for seen in server.seen) == ["/airbnb", "/hmbn", "/vrbo"]
    assert IntegrationHealth.objects.filter(source="collector").count() == 3
