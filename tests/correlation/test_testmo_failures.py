"""Testmo when it says no, breaks off or changes under one's hands: nothing is lost, and the reason is told."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from correlation.models import TestExecution, TestmoProject, TestmoRun
from correlation.testmo import sync_project
from correlation.testmo_client import TestmoClient, paused_for
from integrations.connections import standings
from integrations.models import JobRun, JobStanding
from tests.conftest import NOW
from tests.correlation.testmo_world import HOUR, MINUTE, TICK
from tests.standins.testmo import TOKEN, answers, cut, html, nonsense

pytestmark = pytest.mark.django_db


@pytest.fixture
def results(testmo):
    """Return a function that adds a run with so many results."""

    def add(count: int, *, begin=NOW - 40 * HOUR, closed=False) -> int:
        cases = [testmo.add_case(f"Case {number}") for number in range(20)]
        run = testmo.add_run(begin, closed=closed)
        for number in range(count):
            testmo.add_result(run, cases[number % 20], 2, begin + timedelta(minutes=6 * number))
        return run

    return add


def error_of_last_run() -> str:
    return JobRun.objects.order_by("-started_at")[0].error


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (answers(401), "answered 401 (the credentials are missing or wrong)"),
        (answers(403), "answered 403 (not allowed with these credentials)"),
        (answers(404), "answered 404 (there is nothing at this address)"),
        (answers(422), "answered 422"),
        (answers(500), "answered 500"),
        (answers(503), "answered 503 (not available at the moment)"),
        (html, "did not answer in JSON but text/html"),
        (cut, "broke off in the middle of its answer"),
        (nonsense([]), "did not answer in the way that Testmo does"),
        (nonsense({"data": []}), "did not answer in the way that Testmo does"),
        (nonsense({"result": [1, 2], "next_page": None}), "did not answer in the way that Testmo does"),
        (nonsense({"result": [], "next_page": 1}), "did not answer in the way that Testmo does"),
        (nonsense({"result": [], "next_page": "2"}), "did not answer in the way that Testmo does"),
    ],
)
def test_each_failure_is_told_without_secrets_and_the_next_visit_gets_everything(testmo, sync, results, fault, words):
    results(3)
    testmo.always = fault
    assert sync() == 0
    assert words in error_of_last_run()
    assert TOKEN not in error_of_last_run().split()
    assert "/api/v1" not in error_of_last_run()
    (standing,) = standings(now=NOW, only="testmo")
    assert standing.state == "failing"
    testmo.always = None
    assert sync(NOW + TICK) == 3
    (standing,) = standings(now=NOW, only="testmo")
    assert standing.state == "ok"


def test_a_short_trouble_is_not_even_noticed(testmo, sync, results):
    results(3)
    testmo.faults.extend([answers(502), cut])
    assert sync() == 3


def test_a_testmo_that_is_down_for_ten_minutes_loses_nothing(testmo, sync, results):
    run = results(5)
    assert sync() == 5
    testmo.always = answers(500)
    testmo.add_result(run, testmo.add_case("New"), 3, NOW + MINUTE)
    assert [sync(NOW + 5 * MINUTE), sync(NOW + 10 * MINUTE)] == [0, 0]
    assert JobStanding.objects.get().failures == 2
    testmo.always = None
    testmo.add_result(run, testmo.add_case("Newer"), 3, NOW + 11 * MINUTE)
    assert sync(NOW + TICK) == 2


@pytest.mark.parametrize(("headers", "seconds"), [({}, 60), ({"Retry_After": "120"}, 120), ({"Retry_After": "1"}, 1)])
def test_too_many_requests_end_the_visit_and_testmo_is_left_alone_for_as_long_as_it_wants(
    testmo, sync, results, headers, seconds
):
    results(3)
    testmo.faults.append(answers(429, **headers))
    assert sync() == 0
    assert len(testmo.asked) == 1
    assert f"wants to be left alone for {seconds} s" in error_of_last_run()
    assert seconds - 5 < paused_for() <= seconds
    assert (sync(NOW + MINUTE), testmo.asked) == (0, [])
    cache.clear()  # the time has passed
    assert sync(NOW + TICK) == 3


def test_too_many_requests_hold_up_the_other_projects_too(testmo, sync):
    testmo.add_project(8, "Other")
    TestmoProject.objects.create(testmo_id=8, name="Other")
    testmo.faults.append(answers(429))
    sync()
    assert len(testmo.asked) == 1


def test_a_long_run_goes_on_where_too_many_requests_ended_the_visit(testmo, sync, results):
    results(250)
    testmo.spoil = lambda path: answers(429) if "/results" in path and "page=3&" in path else None
    sync()
    assert TestExecution.objects.count() == 200
    cache.clear()
    testmo.spoil = lambda path: None
    assert sync(NOW + TICK) == 50
    asked = [path for path in testmo.asked if "/results" in path]
    assert len(asked) == 1, "what was stored is not read again"


def test_a_run_of_many_pages_is_read_to_its_end(testmo, sync, results):
    results(230, closed=True)
    assert sync() == 230
    assert TestExecution.objects.values("executed_at").distinct().count() == 230
    assert TestmoRun.objects.get().state == "done"


def test_automation_tests_of_many_pages_go_on_at_the_page_where_the_visit_ended(testmo, sync):
    run = testmo.add_automation_run(NOW - HOUR)
    for number in range(230):
        testmo.add_test(run, f"test_{number}", 2, NOW - HOUR)
    testmo.spoil = lambda path: answers(403) if "page=2&" in path else None
    assert sync() == 0
    assert (TestExecution.objects.count(), TestmoRun.objects.get().page) == (100, 2)
    testmo.spoil = lambda path: None
    assert sync(NOW + TICK) == 130
    assert TestmoRun.objects.get().state == "done"


def test_pages_in_another_order_lose_nothing_when_a_visit_is_cut_short(testmo, sync, results):
    testmo.descending = True
    results(150)
    testmo.spoil = lambda path: answers(403) if "/results" in path and "page=2&" in path else None
    sync()
    assert TestExecution.objects.count() == 100
    testmo.spoil = lambda path: None
    assert sync(NOW + TICK) == 50


def test_a_page_and_its_place_are_stored_together_or_not_at_all(testmo, sync, results):
    """The database goes away between the two: the transaction takes both away."""

    def gone(execute, sql, params, many, context):
        if sql.startswith('UPDATE "testmo_runs" SET "cursor"'):
            raise DatabaseError("gone")
        return execute(sql, params, many, context)

    results(3)
    with connection.execute_wrapper(gone), pytest.raises(DatabaseError):
        sync()
    assert (TestExecution.objects.count(), TestmoRun.objects.get().cursor) == (0, None)
    assert sync(NOW + TICK) == 3


def test_a_run_that_was_deleted_in_testmo_is_left_alone(testmo, sync, results):
    run = results(3)
    automated = testmo.add_automation_run(NOW - HOUR, completed=False)
    testmo.add_test(automated, "test_tax", 2, NOW - HOUR)
    assert sync() == 4
    testmo.remove(testmo.runs, run)
    testmo.remove(testmo.automation_runs, automated)
    assert sync(NOW + TICK) == 0
    assert JobRun.objects.order_by("-started_at")[0].state == "succeeded"
    assert set(TestmoRun.objects.values_list("state", flat=True)) == {"done"}


def test_an_older_testmo_without_single_automated_tests_is_told_and_manual_runs_go_on(testmo, sync, results, project):
    results(3)
    testmo.tells_tests = False
    automated = testmo.add_automation_run(NOW - HOUR)
    testmo.add_test(automated, "test_tax", 2, NOW - HOUR)
    assert sync() == 3
    project.refresh_from_db()
    assert project.note == "No single automated tests in this Testmo"
    testmo.tells_tests = True
    assert sync(NOW + TICK) == 1
    project.refresh_from_db()
    assert project.note == ""


def test_one_project_that_fails_holds_up_none_of_the_others(testmo, sync, results):
    results(3)
    TestmoProject.objects.create(testmo_id=3, name="Gone")
    assert sync() == 3
    assert dict(JobStanding.objects.values_list("name", "state")) == {
        "Testmo: Gone (3)": "failed",
        "Testmo: Booking engine (7)": "succeeded",
    }


def test_one_run_that_testmo_cannot_tell_of_holds_up_none_of_the_others(testmo, sync, results):
    ill = results(3, begin=NOW - 60 * HOUR)
    results(2)
    testmo.spoil = lambda path: answers(500) if f"/runs/{ill}/" in path else None
    for visit in range(2):
        sync(NOW + visit * TICK)
        assert TestExecution.objects.count() == 2
        assert error_of_last_run() == f"Manual run {ill}: 127.0.0.1 answered 500."
    testmo.spoil = lambda path: None
    assert sync(NOW + 2 * TICK) == 3


def test_a_testmo_that_cannot_tell_of_any_run_is_not_asked_about_all_of_them(testmo, sync, results):
    runs = [results(1) for _ in range(5)]
    testmo.spoil = lambda path: answers(500) if path.partition("?")[0].endswith("/results") else None
    sync()
    assert len({path for path in testmo.asked if "/results" in path}) == 3 < len(runs)


def test_a_visit_that_takes_too_long_goes_on_next_time(testmo, sync, results, project):
    results(250)
    asked = iter([False, False, True])
    client = TestmoClient.from_settings()
    assert sync_project(project, client, now=NOW, time_is_up=lambda: next(asked, True)) == 100
    assert sync(NOW + TICK) == 150


@pytest.mark.usefixtures("now")
def test_the_command_says_what_came_of_it(testmo, results, project, capsys):
    results(3)
    call_command("sync_testmo")
    assert capsys.readouterr().out == "3 new executions.\n"
    testmo.always = answers(401)
    with pytest.raises(CommandError, match=r"Booking engine .* answered 401"):
        call_command("sync_testmo")
    testmo.always = answers(429, Retry_After="90")
    with pytest.raises(CommandError, match="left alone for 90 s"):
        call_command("sync_testmo")
    with pytest.raises(CommandError, match="another 90 s"):
        call_command("sync_testmo")


def test_the_command_says_what_is_missing(db):
    with pytest.raises(CommandError, match="TESTMO_URL, TESTMO_TOKEN"):
        call_command("sync_testmo")
