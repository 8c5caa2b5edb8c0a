"""Rows added up: what is summed together, what is left out, and what is remembered of single paths."""

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from integrations.splunk import totals as splunk_totals
from integrations.splunk.classification import Area, Classifier
from integrations.splunk.reader import StatRow, iter_rows
from integrations.splunk.totals import GroupKey, TooManyGroupsError, aggregate
from tests.integrations.splunk_writers import DAY, FOUR_ROWS, add_up, bare_lines, stat

MIDNIGHT = datetime(2026, 7, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def row(endpoint: str, requests: int = 100, errors: int = 0, time: datetime | None = None) -> StatRow:
    return StatRow(1, endpoint, requests, errors, 0, time)


def total(rows, *, bucket=DAY):
    return aggregate(rows, Classifier(), bucket=bucket)


def test_query_strings_of_one_path_are_summed():
    totals = total([row("/airbnb/fees?a=1", 10, 1), row("/airbnb/fees?a=2", 5, 2)])
    group = totals.groups[GroupKey("airbnb", Area.FEES, None)]
    assert (group.total.requests, group.total.errors, group.total.rows) == (15, 3, 2)
    assert list(group.paths) == ["/airbnb/fees"]


def test_rows_are_grouped_by_the_start_of_their_bucket():
    times = [MIDNIGHT, MIDNIGHT + HOUR - timedelta(microseconds=1), MIDNIGHT + HOUR, None]
    totals = total([row("/airbnb", time=time) for time in times], bucket=HOUR)
    assert {key.start: group.total.rows for key, group in totals.groups.items()} == {
        MIDNIGHT: 2,
        MIDNIGHT + HOUR: 1,
        None: 1,
    }


def test_every_row_that_is_left_out_is_counted_with_its_reason():
    totals = add_up(bare_lines([*FOUR_ROWS, stat("/channels/airbnb/null", 1), stat("/airbnb", "x")]))
    expected = {"static": 1, "noise": 1, "unattributed": 1, "total_requests is not a number": 1}
    assert totals.report.ignored == expected
    counted = sum(group.total.rows for group in totals.groups.values())
    assert counted + totals.report.ignored.total() == totals.report.rows


def test_integration_met_only_by_its_logo_is_unknown():
    assert add_up(bare_lines(FOUR_ROWS)).unknown == ["hmbn"]


def test_top_unattributed_paths_are_ordered_by_requests_and_errors():
    totals = total([row("/a", 100, 0), row("/b", 90, 90), row("/c", 10, 0), *(row(f"/x{i}", 1) for i in range(30))])
    assert [found.path for found in totals.top_unattributed][:3] == ["/b", "/a", "/c"]
    assert len(totals.top_unattributed) == 20


def test_totals_of_several_files_add_up():
    first, second = add_up(bare_lines(FOUR_ROWS)), add_up(bare_lines(FOUR_ROWS[:1]))
    first.merge(second)
    assert first.groups[GroupKey("vrbo", Area.PRICING, None)].total.requests == 400
    assert first.report.rows == 5


def test_totals_of_different_buckets_are_not_added():
    with pytest.raises(ValueError, match="different buckets"):
        total([]).merge(total([], bucket=HOUR))


def test_bucket_without_length_is_refused():
    with pytest.raises(ValueError, match="longer than nothing"):
        total([], bucket=timedelta(0))


def test_too_many_buckets_are_refused_instead_of_filling_the_memory(monkeypatch):
    monkeypatch.setattr(splunk_totals, "MAX_GROUPS", 3)
    with pytest.raises(TooManyGroupsError, match="choose longer buckets"):
        total([row("/airbnb", time=MIDNIGHT + n * DAY) for n in range(4)])


def test_unimportant_paths_are_forgotten_while_sums_stay_exact(monkeypatch):
    monkeypatch.setattr(splunk_totals, "MAX_PATHS", 100)
    rows = [row(f"/airbnb/x{n}", 10, 9 if n == 7 else 0) for n in range(5_000)]
    totals = aggregate(rows, Classifier(), bucket=DAY)
    group = totals.groups[GroupKey("airbnb", Area.OTHER, None)]
    assert group.total.requests == 50_000
    assert "/airbnb/x7" in group.paths
    assert len(group.paths) <= splunk_totals.MAX_PATHS + 1


def test_large_export_is_read_in_little_memory():
    class Repeated:
        """A stream of 30 MB that is never in memory as a whole; every row has its own path and query string."""

        left = 8_000

        def readline(self, _limit: int) -> bytes:
            if not self.left:
                return b""
            self.left -= 1
            n = self.left
            return b'{"endpoint":"/airbnb/x%d?token=%04000d","total_requests":"3","total_errors":"1"}\n' % (n, n)

    tracemalloc.start()
    totals = aggregate(iter_rows(Repeated(), name="large.json"), Classifier(), bucket=DAY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert totals.report.rows == 8_000
    assert peak < 12 * 1024 * 1024
