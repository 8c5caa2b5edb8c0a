"""What Testmo answers, read: whatever it holds, a row becomes an execution that keeps the rules, or nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.executions import execution_errors
from correlation.testmo_rows import (
    Place,
    automated_row,
    moment_of,
    result_row,
    run_row,
    status_overrides,
    statuses_of,
    text_of,
)
from tests.conftest import NOW
from tests.standins.testmo import STATUSES, status

PLACE = Place(project_id=7, project_name="Booking engine", run="testmo:1", started_at=NOW)
KEYS = ["id", "created_at", "deleted_at", "case_id", "status_id", "elapsed", "name", "folder", "status", "is_completed"]
KEYS += ["repository_case_id", "repository_case_ids", "is_closed", "updated_at", "total_count"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TIMES = st.just("2026-03-18T10:00:00.000000Z") | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
ROWS = st.dictionaries(st.sampled_from(KEYS), ANYTHING | TIMES | st.integers(1, 10), max_size=len(KEYS))


@given(row=ROWS)
def test_no_row_is_too_odd_to_be_read(row):
    run_row(row, automated=True)
    run_row(row, automated=False)
    for read in (automated_row(row, PLACE), result_row(row, PLACE, statuses_of(STATUSES, {}))):
        if read.execution and read.execution.test_case_name:
            wrong = execution_errors(read.execution, now=NOW)
            assert set(wrong) <= {"executed_at"}


@given(objects=st.lists(ANYTHING | ROWS))
def test_no_status_is_too_odd_to_be_read(objects):
    assert set(statuses_of(objects, {}).values()) <= {"passed", "failed", "skipped", None}


@pytest.mark.parametrize(
    ("given_status", "meaning"),
    [
        (status(3, "Fehlgeschlagen", is_failed=True), "failed"),
        (status(7, "Blocked by bug", is_failed=True), "failed"),
        (status(8, "Ok with remarks", is_passed=True), "passed"),
        (status(1, "Untested", is_untested=True), None),
        (status(4, "Retest"), None),
        (status(5, "Blocked"), None),
        (status(6, "Skipped"), "skipped"),
        (status(12, "Parked"), None),
        (status(2, "No longer used", is_untested=True), None),
    ],
)
def test_a_status_means_what_its_flags_say(given_status, meaning):
    assert statuses_of([given_status], {}).get(given_status["id"]) == meaning


def test_without_the_statuses_the_ids_that_testmo_ships_with_count():
    assert statuses_of([], {}) == {2: "passed", 3: "failed", 6: "skipped"}


def test_what_the_settings_say_wins():
    assert statuses_of(STATUSES, status_overrides(["5=failed", "3=ignored"]))[5] == "failed"
    assert statuses_of(STATUSES, status_overrides(["5=failed", "3=ignored"]))[3] is None


@pytest.mark.parametrize("entry", ["5", "x=failed", "5=broken", "=failed", "5=", "٥=failed", "5 = failed"])
def test_an_entry_that_says_nothing_is_refused(entry):
    with pytest.raises(ValueError, match="is not an id and one of"):
        status_overrides([entry])


def test_times_are_utc_whatever_their_shape():
    assert moment_of("2026-01-10T10:30:00+02:00") == datetime(2026, 1, 10, 8, 30, tzinfo=UTC)
    assert moment_of("2026-01-10T10:30:00") == datetime(2026, 1, 10, 10, 30, tzinfo=UTC)
    assert [moment_of(value) for value in (None, 5, "", "soon", "0001-01-01T00:00:00+14:00", [])] == [None] * 6


def test_text_is_made_fit_to_be_stored():
    assert text_of(" a\x00b\ud800\n c ", 100) == "a b c"
    assert text_of("x" * 600, 500) == "x" * 500
    assert text_of(None, 5) == text_of({"a": 1}, 5) == ""


def test_a_test_is_known_by_the_case_that_it_is_linked_with_else_by_folder_and_name():
    row = {"status": 2, "name": "test_tax", "folder": "fees", "created_at": "2026-03-18T10:00:00Z"}
    assert automated_row(row | {"repository_case_id": 12}, PLACE).execution.test_case_id == "12"
    assert automated_row(row | {"repository_case_ids": [None, 13]}, PLACE).execution.test_case_id == "13"
    one, other = automated_row(row, PLACE), automated_row(row | {"folder": "rates"}, PLACE)
    assert one.execution.test_case_id.startswith("testmo:")
    assert one.execution.test_case_id != other.execution.test_case_id
    assert automated_row(row | {"created_at": None}, PLACE).execution.executed_at == NOW
