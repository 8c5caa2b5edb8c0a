# ruff: noqa: E501
"""What a report of each producer is read as."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from correlation.junit import Options, Outcome, TimeFrom, parse
from tests.correlation import reports

LATEST = datetime(2026, 3, 18, 14, 10, tzinfo=UTC)
OPTIONS = Options(latest=LATEST)


def outcomes(report) -> dict[str, int]:
    return {name: count for name, count in report.outcomes.items() if count}


def warned(report, text: str) -> bool:
    return any(text in line for line in report.warnings)


def test_the_minimal_example_of_the_formats() -> None:
    report = parse(reports.MINIMAL, OPTIONS)
    assert outcomes(report) == {"passed": 1, "failed": 1, "skipped": 2, "flaky": 1}
    assert [result.duration_ms for result in report.results] == [1_201_500, 200, 2000, None]
    assert {result.executed_at for result in report.results} == {datetime(2026, 1, 10, 9, 58, tzinfo=UTC)}
    assert warned(report, "4 times name no zone and were taken as UTC")
    assert report.results[0].identity == "airbnb.pricing.RateSync::pushes_nightly_rate[USD]"
    assert len(report.results[0].test_case_id) == len("junit:") + 24


def test_pytest_with_an_offset() -> None:
    report = parse(reports.PYTEST, OPTIONS)
    assert report.producer == "pytest"
    assert outcomes(report) == {"passed": 1, "failed": 1}
    assert report.results[0].executed_at == datetime(2026, 3, 18, 12, 20, 4, 125000, tzinfo=UTC)
    assert report.results[0].time_from is TimeFrom.SUITE
    assert report.warnings == []


def test_surefire_counts_reruns_once_and_has_no_time() -> None:
    report = parse(reports.SUREFIRE, OPTIONS)
    assert report.producer == "Surefire"
    assert outcomes(report) == {"passed": 1, "failed": 1}
    assert report.results[0].executed_at is None
    assert report.results[0].duration_ms == 1_201_500
    assert warned(report, "says 4, holds 2")
    assert "/home/someone" not in repr(report)


def test_playwright_runs_a_test_once_per_browser() -> None:
    report = parse(reports.PLAYWRIGHT, OPTIONS)
    assert report.producer == "Playwright"
    assert len({result.test_case_id for result in report.results}) == 1
    assert [result.executed_at.second for result in report.results] == [1, 5]


def test_newman_request_that_could_not_be_sent_is_an_error() -> None:
    report = parse(reports.NEWMAN, OPTIONS)
    assert outcomes(report) == {"passed": 1, "error": 1}
    assert report.results[1].suite == "Push fee"
    assert warned(report, "1 requests failed without a test")


def test_jest_writes_utc_whatever_zone_is_assumed() -> None:
    berlin = Options(latest=LATEST, zone=ZoneInfo("Europe/Berlin"))
    assert parse(reports.JEST, berlin).results[0].executed_at == datetime(2026, 3, 18, 12, tzinfo=UTC)
    robot = parse(reports.ROBOT, berlin)
    assert robot.results[0].executed_at == datetime(2026, 3, 18, 11, 0, 0, 993000, tzinfo=UTC)
    assert warned(robot, "taken as Europe/Berlin")


def test_phpunit_nests_suites_and_separates_classes_by_backslashes() -> None:
    (result,) = parse(reports.PHPUNIT, OPTIONS).results
    assert result.identity == "A.B::syncs with data set #0"
    assert result.outcome is Outcome.PASSED


def test_google_test_tells_disabled_tests_by_an_attribute() -> None:
    report = parse(reports.GOOGLE_TEST, OPTIONS)
    assert outcomes(report) == {"passed": 1, "skipped": 1}
    assert report.results[0].time_from is TimeFrom.FILE


def test_go_durations_have_a_unit() -> None:
    report = parse(reports.GO, OPTIONS)
    assert (report.producer, report.results[0].duration_ms) == ("gotestsum", 4990)


def test_mocha_writes_times_as_e_mails_do() -> None:
    assert parse(reports.MOCHA_XUNIT, OPTIONS).results[0].executed_at == datetime(2022, 12, 3, 23, 10, 7, tzinfo=UTC)


def test_testng_zone_abbreviation_is_said_to_be_ambiguous() -> None:
    report = parse(reports.TESTNG, OPTIONS)
    assert report.results[0].duration_ms == 160
    assert warned(report, "zone IDT can mean several")


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        ("<failure/><error/>", "failed"),
        ("<error/><skipped/>", "error"),
        ("<skipped/>", "skipped"),
        ("<failure/><failure/>", "failed"),
        ("<flakyError/><failure/>", "failed"),
        ("<unknown/>", "passed"),
    ],
)
def test_one_outcome_by_precedence(children: str, expected: str) -> None:
    report = parse(f'<testsuite><testcase name="a">{children}</testcase></testsuite>'.encode(), OPTIONS)
    assert report.results[0].outcome == expected


def test_time_is_inherited_from_the_nearest_that_has_one() -> None:
    text = b"""<testsuites timestamp="2026-03-01T00:00:00Z"><testsuite timestamp="2026-03-02T00:00:00Z"><testsuite>
    <testcase name="a"/><testcase name="b" timestamp="2026-03-03T00:00:00Z"/></testsuite></testsuite><testcase name="c"/></testsuites>"""
    found = [(result.executed_at.day, result.time_from.value) for result in parse(text, OPTIONS).results]
    assert found == [(2, "suite"), (3, "testcase"), (1, "file")]


def test_a_time_in_the_future_is_not_used() -> None:
    report = parse(b'<testsuite timestamp="2026-03-18T16:00:00"><testcase name="a"/></testsuite>', OPTIONS)
    assert report.results[0].executed_at is None
    assert warned(report, "is the assumed time zone right?")


def test_setup_failure_of_a_class_is_said() -> None:
    report = parse(b'<testsuite><testcase classname="" name="com.pms.Fee"><error/></testcase></testsuite>', OPTIONS)
    assert warned(report, "1 errors cover a whole class")


def test_management_id_is_taken_from_properties_or_names() -> None:
    import re

    options = Options(latest=LATEST, id_pattern=re.compile(r"\bTC-([0-9]+)\b"))
    text = b"""<testsuite><testcase name="pays TC-7"/><testcase name="b"><properties><property name="id">TC-9</property>
    </properties></testcase><testcase name="c"/></testsuite>"""
    ids = [result.test_case_id for result in parse(text, options).results]
    assert ids[:2] == ["7", "9"]
    assert ids[2].startswith("junit:")
