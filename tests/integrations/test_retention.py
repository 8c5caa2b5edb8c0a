"""The clean-up: each guarantee of `retention.purge`, and the job that runs it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from integrations import overview, retention, tasks
from integrations.models import IntegrationDay, IntegrationEvent, IntegrationHealth, JobRun
from integrations.retention import Purged, purge
from integrations.services import delete_events, record_events, record_observations
from qa_observability.periods import parse_period
from tests.conftest import NOW
from tests.integrations.factories import DAY, an_event, an_observation, assert_days_agree_with_rows, sums_of_days

pytestmark = pytest.mark.django_db
MIDNIGHT = NOW.replace(hour=0, minute=0)
OLDEST_KEPT = MIDNIGHT - 90 * DAY  # the day 90 days ago has not ended for 90 days yet
TICK = timedelta(microseconds=1)


def record(*moments, **fields):
    return record_events([an_event(occurred_at=moment, **fields) for moment in moments], now=NOW)


def observe(*moments, **fields):
    record_observations([an_observation(last_checked=moment, **fields) for moment in moments], now=NOW)


def kept_events():
    return set(IntegrationEvent.objects.values_list("occurred_at", flat=True))


def test_events_go_by_whole_utc_days():
    record(OLDEST_KEPT - DAY, OLDEST_KEPT - TICK, OLDEST_KEPT, NOW - 90 * DAY, NOW)
    assert purge(now=NOW).events == 2
    assert kept_events() == {OLDEST_KEPT, NOW - 90 * DAY, NOW}


def test_the_retention_is_a_setting(settings):
    settings.EVENT_RETENTION = timedelta(days=7)
    record(MIDNIGHT - 7 * DAY - TICK, MIDNIGHT - 7 * DAY)
    assert purge(now=NOW).events == 1
    assert kept_events() == {MIDNIGHT - 7 * DAY}


def test_the_daily_sums_stay_and_so_does_the_year_that_is_shown():
    record(*[NOW - number * 5 * DAY for number in range(70)], metadata={"affectedBookings": 2, "lossAmount": 1.25})
    year = parse_period("1y", NOW)
    before = (sums_of_days(), overview.event_counts(overview.day_points(year, ["vrbo"])["vrbo"]))
    assert before[1]["fee_sync_error"] == 70
    assert purge(now=NOW).events == 51  # 95 days ago and older
    assert (sums_of_days(), overview.event_counts(overview.day_points(year, ["vrbo"])["vrbo"])) == before


def test_only_days_that_lost_events_are_marked():
    record(OLDEST_KEPT - TICK, OLDEST_KEPT)
    record(OLDEST_KEPT - TICK, integration_id="airbnb")
    purge(now=NOW)
    marked = IntegrationDay.objects.filter(events_purged=True).values_list("integration", "day")
    assert sorted(marked) == [("airbnb", date(2025, 12, 17)), ("vrbo", date(2025, 12, 17))]


def test_a_late_event_of_a_purged_day_is_added_to_its_sums_and_goes_at_the_next_run():
    record(NOW - 100 * DAY)
    purge(now=NOW)
    assert record(NOW - 100 * DAY, metadata={"lossAmount": 7}).created == 1
    day = IntegrationDay.objects.get(day=(NOW - 100 * DAY).date())
    assert (day.fee_sync_error_events, day.fee_sync_error_lost_amount, day.events_purged) == (2, Decimal(7), True)
    assert purge(now=NOW).events == 1
    day.refresh_from_db()
    assert day.fee_sync_error_events == 2


def test_a_late_event_that_was_a_mistake_can_be_taken_back_before_it_goes():
    record(NOW - 100 * DAY)
    purge(now=NOW)
    (mistake,) = record(NOW - 100 * DAY).ids
    delete_events([mistake], now=NOW)
    assert IntegrationDay.objects.get(day=(NOW - 100 * DAY).date()).fee_sync_error_events == 1


def test_observations_go_after_400_days_and_their_sums_stay():
    observe(MIDNIGHT - 400 * DAY - TICK, MIDNIGHT - 400 * DAY, NOW)
    before = sums_of_days()
    assert purge(now=NOW).observations == 1
    assert sums_of_days() == before
    assert IntegrationHealth.objects.count() == 2


def test_the_newest_observation_of_each_integration_stays_however_old_it_is():
    observe(NOW - 900 * DAY, NOW - 800 * DAY)
    observe(NOW - 700 * DAY, NOW, integration_id="airbnb")
    assert purge(now=NOW).observations == 2
    kept = IntegrationHealth.objects.values_list("integration", "last_checked")
    assert set(kept) == {("vrbo", NOW - 800 * DAY), ("airbnb", NOW)}
    assert purge(now=NOW).observations == 0


def test_nothing_within_its_retention_goes():
    record(NOW, OLDEST_KEPT)
    observe(NOW - 400 * DAY)
    assert purge(now=NOW) == Purged(events=0, observations=0)
    assert not IntegrationDay.objects.filter(events_purged=True).exists()
    assert_days_agree_with_rows()


def test_a_dry_run_counts_what_would_go_and_removes_nothing():
    record(*[NOW - 100 * DAY] * 3)
    observe(NOW - 500 * DAY, NOW - 450 * DAY, NOW)
    assert purge(now=NOW, dry_run=True) == Purged(events=3, observations=2)
    assert (IntegrationEvent.objects.count(), IntegrationHealth.objects.filter(source="manual").count()) == (3, 3)
    assert not IntegrationDay.objects.filter(events_purged=True).exists()
    removed = purge(now=NOW)
    assert removed == Purged(events=3, observations=2)
    assert purge(now=NOW) == Purged(events=0, observations=0)


def test_it_works_in_batches_and_says_how_far_it_is(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 4)
    record(*[NOW - (91 + number) * DAY for number in range(10)])
    heard = []
    assert purge(now=NOW, progress=heard.append).events == 10
    assert heard[:3] == [4, 8, 10]


def test_a_run_that_is_killed_between_batches_is_finished_by_the_next_with_the_same_sums(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 4)
    record(*[NOW - 100 * DAY + number * timedelta(minutes=1) for number in range(10)])
    before = sums_of_days()

    def killed(rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        purge(now=NOW, progress=killed)
    assert IntegrationEvent.objects.count() == 6
    assert IntegrationDay.objects.get(day=(NOW - 100 * DAY).date()).events_purged
    assert sums_of_days() == before
    assert purge(now=NOW).events == 6
    assert sums_of_days() == before


def test_the_scheduled_task_cleans_up_and_leaves_a_trace(now):
    record(NOW - 100 * DAY)
    assert tasks.purge_expired() >= 1
    run = JobRun.objects.get()
    assert (run.name, run.state, run.rows, run.error) == ("purge_events", "succeeded", 1, "")
    assert (run.started_at, run.finished_at) == (NOW, NOW)


def test_the_task_runs_again_the_next_day(now):
    tasks.purge_expired()
    assert tasks.purge_expired() == 0
    assert JobRun.objects.filter(state="succeeded").count() == 2
