"""Background jobs: one at a time, with a trace of each run."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from integrations.jobs import KILLED, LEASE, run_job
from integrations.models import JobRun
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_a_run_returns_the_rows_of_its_work_and_is_kept(now):
    assert run_job("count", lambda: 7, now=NOW) == 7
    run = JobRun.objects.get()
    assert (run.name, run.state, run.rows, run.error) == ("count", "succeeded", 7, "")
    assert run.started_at == run.finished_at == NOW


def test_a_second_run_beside_the_first_does_nothing():
    calls = []

    def work():
        calls.append("outer")
        assert run_job("count", lambda: calls.append("inner") or 1, now=NOW) == 0
        return 1

    assert run_job("count", work, now=NOW) == 1
    assert calls == ["outer"]
    assert JobRun.objects.count() == 1


def test_another_job_may_run_beside_it():
    assert run_job("one", lambda: run_job("other", lambda: 5, now=NOW), now=NOW) == 5
    assert JobRun.objects.filter(state="succeeded").count() == 2


def test_a_failing_run_says_why_and_the_next_one_runs():
    def fail():
        raise ValueError("no such table")

    with pytest.raises(ValueError, match="no such table"):
        run_job("count", fail, now=NOW)
    run = JobRun.objects.get()
    assert (run.state, run.error, run.rows) == ("failed", "ValueError: no such table", 0)
    assert run.finished_at is not None
    assert run_job("count", lambda: 1, now=NOW) == 1


def test_a_long_error_is_cut():
    def fail():
        raise ValueError("x" * 10_000)

    with pytest.raises(ValueError, match="x"):
        run_job("count", fail, now=NOW)
    assert len(JobRun.objects.get().error) == 2000


def killed_run():
    """A worker that is killed has no chance to say anything: neither exception nor end is recorded."""

    def killed():
        raise SystemExit

    with pytest.raises(SystemExit):
        run_job("count", killed, now=NOW)
    assert JobRun.objects.get().state == "running"


def test_a_killed_run_holds_the_job_until_its_lease_ends():
    killed_run()
    assert run_job("count", lambda: 1, now=NOW + LEASE) == 0


def test_after_the_lease_a_killed_run_is_marked_and_the_job_runs_again():
    killed_run()
    later = NOW + LEASE + timedelta(seconds=1)
    assert run_job("count", lambda: 3, now=later) == 3
    dead, alive = JobRun.objects.order_by("started_at")
    assert (dead.state, dead.error, dead.finished_at) == ("failed", KILLED, later)
    assert (alive.state, alive.rows) == ("succeeded", 3)


def test_a_run_that_was_declared_dead_does_not_overwrite_that():
    later = NOW + LEASE + timedelta(seconds=1)

    def slow():
        assert run_job("count", lambda: 2, now=later) == 2  # meanwhile, somebody else has taken over
        return 1

    run_job("count", slow, now=NOW)
    first, second = JobRun.objects.order_by("started_at")
    assert (first.state, first.error) == ("failed", KILLED)
    assert (second.state, second.rows) == ("succeeded", 2)


def test_the_lease_is_longer_than_the_queue_lets_a_task_run(settings):
    assert timedelta(seconds=settings.Q_CLUSTER["timeout"]) < LEASE


def test_the_database_itself_admits_one_run_at_a_time():
    fields = {"name": "count", "started_at": NOW, "lease_until": NOW}
    JobRun.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        JobRun.objects.create(**fields)
    JobRun.objects.create(**fields, state="failed")


def test_the_row_that_a_database_refused_is_not_told():
    def work():
        raise ValueError("violates a rule\nDETAIL: Failing row contains (guest@example.com)")

    with pytest.raises(ValueError, match="violates"):
        run_job("any", work, now=NOW)
    assert JobRun.objects.get().error == "ValueError: violates a rule"
