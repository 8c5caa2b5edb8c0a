"""Testmo when it tells some things and refuses others: what it tells comes in, and the run says what did not."""

import pytest

from correlation.models import TestCase, TestExecution
from integrations.models import JobRun
from tests.conftest import NOW
from tests.correlation.testmo_world import HOUR, TICK
from tests.standins.testmo import answers

pytestmark = pytest.mark.django_db
NAMES = "Results are stored without names, which follow when it answers."


def last_run() -> tuple[str, str]:
    run = JobRun.objects.order_by("-started_at")[0]
    return run.state, run.error


def names() -> list[str]:
    return sorted(TestCase.objects.values_list("name", flat=True))


def refuse(testmo, code: int, *paths: str) -> None:
    testmo.spoil = lambda path: answers(code) if path.partition("?")[0].endswith(paths) else None


@pytest.fixture
def case(testmo) -> int:
    """A case with a result of a manual run, and an automation run beside it."""
    found = testmo.add_case("Booking flow")
    testmo.add_result(testmo.add_run(NOW - HOUR), found, 2, NOW - HOUR)
    testmo.add_test(testmo.add_automation_run(NOW - HOUR), "test_tax", 3, NOW - HOUR)
    return found


@pytest.mark.parametrize("code", [403, 404, 500])
def test_results_come_in_without_names_and_are_named_when_testmo_tells_them(testmo, sync, case, code):
    refuse(testmo, code, "/cases")
    sync()
    assert TestExecution.objects.count() == 2
    assert names() == [f"Test case {case}", "test_tax"]
    state, error = last_run()
    assert (state, NAMES in error) == ("failed", True)
    assert error.startswith(f"Names of test cases: 127.0.0.1 answered {code}")
    refuse(testmo, code)
    assert sync(NOW + TICK) == 0
    assert names() == ["Booking flow", "test_tax"]
    assert last_run() == ("succeeded", "")


def test_a_refusal_in_the_middle_of_the_names_goes_on_at_the_beginning(testmo, sync, case):
    for number in range(120):
        testmo.add_case(f"Case {number}")
    testmo.spoil = lambda path: answers(404) if "/cases" in path and "page=2&" in path else None
    sync()
    assert TestExecution.objects.count() == 2
    assert last_run()[0] == "failed"
    testmo.cases = testmo.cases[:50]  # and the list is shorter the next time
    testmo.cases[0]["name"] = "Booking flow, mended"
    testmo.spoil = lambda path: answers(404) if "/cases" in path and "page=2&" in path else None
    sync(NOW + TICK)
    assert last_run() == ("succeeded", "")


def test_a_name_that_is_known_by_another_way_is_kept(testmo, sync, case):
    TestCase.objects.create(id=str(case), name="From a report", source="junit")
    refuse(testmo, 403, "/cases")
    sync()
    assert TestExecution.objects.count() == 2
    assert names() == ["From a report", "test_tax"]


@pytest.mark.parametrize(
    ("path", "told", "kept"),
    [
        ("projects/7/runs", "Manual runs: 127.0.0.1 answered 403", ["test_tax"]),
        ("automation/runs", "Automation runs: 127.0.0.1 answered 403", ["Booking flow"]),
    ],
)
def test_one_kind_of_runs_that_is_refused_does_not_keep_the_other_waiting(testmo, sync, case, path, told, kept):
    refuse(testmo, 403, path)
    sync()
    assert TestExecution.objects.count() == 1
    assert names() == kept
    state, error = last_run()
    assert (state, error.startswith(told)) == ("failed", True)
    refuse(testmo, 403)
    assert sync(NOW + TICK) == 1
    assert last_run() == ("succeeded", "")


def test_both_kinds_refused_for_the_same_reason_are_told_in_one(testmo, sync, case):
    refuse(testmo, 403, "/runs")
    sync()
    told = "Manual and automation runs: 127.0.0.1 answered 403 (not allowed with these credentials)."
    assert last_run() == ("failed", told)


def test_many_manual_runs_that_fail_do_not_keep_the_automation_runs_waiting(testmo, sync, case):
    ill = [testmo.add_run(NOW - HOUR) for _ in range(4)]
    refuse(testmo, 500, *(f"/{run}/results" for run in ill))
    sync()
    assert TestExecution.objects.count() == 2
    assert "test_tax" in names()
