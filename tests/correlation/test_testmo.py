"""Testmo: what people and pipelines enter there becomes executions here, each once, however late it arrives."""

import hashlib

import pytest

from correlation.models import Alert, TestCase, TestExecution, TestmoCase, TestmoRun
from correlation.testmo import start_over
from integrations.models import JobRun
from tests.conftest import NOW
from tests.correlation.factories import a_correlation, a_test_case
from tests.correlation.testmo_world import DAY, HOUR, MINUTE, TICK, stored
from tests.standins.testmo import status

pytestmark = pytest.mark.django_db


def test_results_of_a_manual_run_become_executions(testmo, sync):
    flow = testmo.add_case("Booking flow")
    run = testmo.add_run(NOW - DAY)
    testmo.add_result(run, flow, 2, NOW - 20 * HOUR, elapsed=5_120_900)
    testmo.add_result(run, flow, 3, NOW - 19 * HOUR)
    assert sync() == 2
    assert stored("test_case_id", "status", "executed_at", "duration_ms", "run_id", "source") == [
        (str(flow), "passed", NOW - 20 * HOUR, 5120, f"testmo:{run}", "testmo"),
        (str(flow), "failed", NOW - 19 * HOUR, None, f"testmo:{run}", "testmo"),
    ]
    case = TestCase.objects.get()
    assert (case.name, case.suite, case.source) == ("Booking flow", "Booking engine", "testmo")


def test_tests_of_an_automation_run_become_executions(testmo, sync):
    linked = testmo.add_case("Nightly rate")
    run = testmo.add_automation_run(NOW - DAY)
    testmo.add_test(run, "test_rate", 3, NOW - DAY, repository_case_ids=[linked], elapsed=2_000_000)
    testmo.add_test(run, "test_tax", 2, NOW - DAY + MINUTE)
    testmo.add_test(run, "test_skipped", 1, NOW - DAY + 2 * MINUTE)
    testmo.add_test(run, "test_running", 4, NOW - DAY + 3 * MINUTE)
    assert sync() == 3
    digest = hashlib.sha256(b"7\ntests/fees::test_tax").hexdigest()[:24]
    assert stored("test_case_id", "status", "run_id")[:2] == [
        (str(linked), "failed", f"testmo:automation:{run}"),
        (f"testmo:{digest}", "passed", f"testmo:automation:{run}"),
    ]
    named = TestCase.objects.get(pk=f"testmo:{digest}")
    assert (named.name, named.suite, named.identity) == ("test_tax", "tests/fees", "tests/fees::test_tax")
    assert TestCase.objects.get(pk=str(linked)).name == "Nightly rate"


def test_a_second_visit_stores_nothing_twice(testmo, sync):
    run = testmo.add_run(NOW - DAY)
    testmo.add_result(run, testmo.add_case("Flow"), 3, NOW - MINUTE)
    automated = testmo.add_automation_run(NOW - DAY, completed=False)
    testmo.add_test(automated, "test_tax", 2, NOW - MINUTE)
    assert [sync(NOW), sync(NOW + TICK), sync(NOW + 2 * TICK)] == [2, 0, 0]


def test_results_that_arrive_late_in_an_old_open_run_are_found(testmo, sync):
    flow = testmo.add_case("Flow")
    old, young = testmo.add_run(NOW - 80 * DAY), testmo.add_run(NOW - HOUR)
    testmo.add_result(old, flow, 2, NOW - 79 * DAY)
    assert sync() == 1
    testmo.add_result(young, flow, 2, NOW + MINUTE)
    testmo.add_result(old, flow, 3, NOW + 2 * MINUTE)
    assert sync(NOW + 7 * HOUR) == 2


def test_an_open_run_from_before_everything_that_is_kept_is_read_from_where_results_are_kept(testmo, sync):
    flow = testmo.add_case("Flow")
    ancient = testmo.add_run(NOW - 400 * DAY)
    testmo.add_result(ancient, flow, 3, NOW - 300 * DAY)
    testmo.add_result(ancient, flow, 2, NOW - HOUR)
    assert sync() == 1
    assert stored("status") == [("passed",)]


def test_results_that_arrive_just_before_a_run_is_closed_are_found(testmo, sync):
    flow = testmo.add_case("Flow")
    run = testmo.add_run(NOW - DAY)
    assert sync() == 0
    testmo.add_result(run, flow, 3, NOW + MINUTE)
    testmo.close(run)
    assert sync(NOW + TICK) == 1
    assert TestmoRun.objects.get().state == "done"
    assert sync(NOW + 2 * TICK) == 0
    assert not [path for path in testmo.asked if "/results" in path]


def test_a_run_that_begins_and_ends_between_two_visits_is_found(testmo, sync):
    flow = testmo.add_case("Flow")
    sync()
    run = testmo.add_run(NOW + MINUTE, closed=True)
    testmo.add_result(run, flow, 3, NOW + 2 * MINUTE)
    assert sync(NOW + TICK) == 1


def test_a_result_that_is_committed_late_with_an_earlier_time_is_found(testmo, sync):
    flow, tax = testmo.add_case("Flow"), testmo.add_case("Tax")
    run = testmo.add_run(NOW - DAY)
    testmo.add_result(run, flow, 2, NOW - MINUTE)
    sync()
    testmo.add_result(run, tax, 3, NOW - 3 * MINUTE)
    assert sync(NOW + TICK) == 1


def test_tests_that_are_appended_to_a_running_automation_run_are_found(testmo, sync):
    run = testmo.add_automation_run(NOW - MINUTE, completed=False)
    testmo.add_test(run, "test_one", 2, NOW - MINUTE)
    assert sync() == 1
    testmo.add_test(run, "test_two", 3, NOW + MINUTE)
    assert sync(NOW + TICK) == 1
    testmo.add_test(run, "test_three", 3, NOW + 16 * MINUTE)
    testmo.complete(run)
    assert sync(NOW + 2 * TICK) == 1
    assert TestmoRun.objects.get().state == "done"


def test_statuses_are_told_by_their_flags_whatever_they_are_called(testmo, sync, settings):
    settings.TESTMO_STATUSES = ["11=skipped"]
    testmo.statuses = [
        status(2, "Kaputt", is_failed=True),
        status(3, "Prima", is_passed=True),
        status(9, "Known bug", is_failed=True),
        status(10, "Waiting"),
        status(11, "Not today"),
    ]
    run = testmo.add_run(NOW - DAY)
    for number, status_id in enumerate((1, 2, 3, 4, 5, 6, 9, 10, 11)):
        testmo.add_result(run, testmo.add_case(f"Case {status_id}"), status_id, NOW - HOUR + number * MINUTE)
    sync()
    assert stored("test_case__name", "status") == [
        ("Case 2", "failed"),
        ("Case 3", "passed"),
        ("Case 6", "skipped"),
        ("Case 9", "failed"),
        ("Case 11", "skipped"),
    ]


def test_deleted_results_and_rows_that_make_no_sense_are_left_out_and_hold_up_nothing(testmo, sync):
    flow = testmo.add_case("Flow")
    run = testmo.add_run(NOW - DAY)
    testmo.add_result(run, flow, 2, NOW - 5 * HOUR, deleted_at="2026-03-18T10:00:00Z")
    for number, odd in enumerate(
        [{"case_id": None}, {"case_id": -1}, {"case_id": 2**70}, {"status_id": "2"}, {"created_at": None}, {"id": None}]
    ):
        testmo.add_result(run, flow, 2, NOW - 4 * HOUR + number * MINUTE)
        testmo.results[-1].update(odd)
    testmo.results[-2]["created_at"] = NOW + 2 * DAY  # its clock is wrong
    testmo.add_result(run, flow, 3, NOW - HOUR, elapsed="long")
    sync()
    assert ("failed", NOW - HOUR, None) in stored("status", "executed_at", "duration_ms")
    assert TestmoRun.objects.get().cursor <= NOW
    assert JobRun.objects.get().state == "succeeded"


def test_names_are_read_once_and_again_the_next_day(testmo, sync):
    flow = testmo.add_case("Flow \x00 with\nodd bytes")
    run = testmo.add_run(NOW - HOUR)
    testmo.add_result(run, flow, 2, NOW - MINUTE)
    sync()
    assert TestCase.objects.get().name == "Flow with odd bytes"
    testmo.cases[0]["name"] = "Flow, renamed"
    testmo.add_result(run, flow, 2, NOW + MINUTE)
    sync(NOW + TICK)
    assert not [path for path in testmo.asked if "/cases" in path]
    testmo.add_result(run, flow, 2, NOW + 25 * HOUR)
    sync(NOW + 26 * HOUR)
    assert TestCase.objects.get().name == "Flow, renamed"


def test_a_case_that_testmo_does_not_list_is_called_by_its_number_and_not_asked_for_again(testmo, sync):
    run = testmo.add_run(NOW - HOUR)
    testmo.add_result(run, 4711, 3, NOW - MINUTE)
    sync()
    assert TestCase.objects.get().name == "Test case 4711"
    testmo.add_result(run, 4711, 3, NOW + MINUTE)
    sync(NOW + TICK)
    assert not [path for path in testmo.asked if "/cases" in path]


def test_test_cases_link_to_testmo_and_an_address_entered_by_hand_stays(testmo, sync, settings):
    settings.TESTMO_CASE_URL = "{url}/case/{project_id}/{case_id}"
    flow, tax = testmo.add_case("Flow"), testmo.add_case("Tax")
    a_test_case(id=str(tax), testmo_url="https://wiki.example.com/tax")
    run = testmo.add_run(NOW - HOUR)
    for case in (flow, tax):
        testmo.add_result(run, case, 2, NOW - MINUTE)
    sync()
    urls = dict(TestCase.objects.values_list("pk", "testmo_url"))
    assert urls == {str(flow): f"{settings.TESTMO_URL}/case/7/{flow}", str(tax): "https://wiki.example.com/tax"}


def test_a_failing_test_that_warns_raises_its_alert(testmo, sync):
    flow = testmo.add_case("Flow")
    a_correlation(test_case=a_test_case(id=str(flow)))
    testmo.add_result(testmo.add_run(NOW - HOUR), flow, 3, NOW - MINUTE)
    sync()
    assert Alert.objects.open().get().test_case_id == str(flow)


def test_idle_runs_are_asked_for_seldom_and_at_once_when_their_counts_change(testmo, sync):
    flow = testmo.add_case("Flow")
    run = testmo.add_run(NOW - 30 * DAY)
    testmo.add_result(run, flow, 2, NOW - 29 * DAY)

    def asked(at):
        sync(at)
        return len([path for path in testmo.asked if "/results" in path])

    assert [asked(NOW), asked(NOW + TICK), asked(NOW + 7 * HOUR)] == [1, 0, 1]
    testmo.add_result(run, flow, 3, NOW + 7 * HOUR + MINUTE)
    testmo.runs[0]["status3_count"] = 1
    assert asked(NOW + 7 * HOUR + TICK) == 1
    assert TestExecution.objects.filter(status="failed").count() == 1


def test_everything_can_be_read_again_without_storing_it_twice(testmo, sync, project):
    testmo.add_result(testmo.add_run(NOW - HOUR, closed=True), testmo.add_case("Flow"), 2, NOW - MINUTE)
    assert sync() == 1
    TestExecution.objects.all().delete()
    assert sync(NOW + TICK) == 0
    project.refresh_from_db()
    assert start_over(project, now=NOW)
    assert [sync(NOW + 2 * TICK), sync(NOW + 3 * TICK)] == [1, 0]


def test_runs_that_were_read_long_ago_are_forgotten(testmo, sync):
    testmo.add_run(NOW - 80 * DAY, closed=True)
    sync()
    assert TestmoRun.objects.get().state == "done"
    sync(NOW + 60 * DAY)
    assert not TestmoRun.objects.exists()
    assert not TestmoCase.objects.exists()
