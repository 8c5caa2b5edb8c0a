"""What holds for every export, not only for the examples."""

import io
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.splunk.classification import Classifier
from integrations.splunk.reader import SplunkError, StatRow, iter_rows
from integrations.splunk.totals import Totals, aggregate
from tests.integrations.splunk_writers import CONTAINERS, DAY, FOUR_ROWS, NAME, add_up, stat

PATHS = [
    "/airbnb/fees",
    "/vrbo/rates?x=1&y=2",
    "/channels/bookingdotcom/leads",
    "/img/airbnb.png",
    "/api",
    "/a b/é,'\"<&>",
]
TIMES = ["", "2026-07-14T10:00:00.000+02:00", "1767261600.5", "2026-07-14 14:54:45.000 GMT", "noon"]
COUNTS = st.one_of(st.integers(0, 10**6).map(str), st.sampled_from(["", "-3", "x", "1,234"]))
ROWS = st.lists(
    st.builds(stat, st.sampled_from(PATHS), COUNTS, COUNTS, COUNTS, _time=st.sampled_from(TIMES)),
    min_size=1,
    max_size=8,
)
STAT_ROWS = st.lists(
    st.builds(
        StatRow,
        line=st.just(1),
        endpoint=st.sampled_from(PATHS),
        requests=st.integers(0, 1000),
        errors=st.integers(0, 1000),
        server_errors=st.integers(0, 1000),
        time=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    max_size=12,
)


def sums(totals: Totals) -> object:
    return totals.groups, totals.unattributed, totals.channels, totals.report.ignored, totals.report.warnings


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_every_container_gives_the_same_totals(rows):
    expected = sums(add_up(CONTAINERS["json_lines"](rows)))
    for write in CONTAINERS.values():
        assert sums(add_up(write(rows))) == expected


@given(STAT_ROWS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_totals_do_not_depend_on_the_order_of_rows(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert aggregate(shuffled, Classifier(), bucket=DAY) == aggregate(rows, Classifier(), bucket=DAY)


@given(STAT_ROWS, st.integers(0, 12))
@settings(deadline=None)
def test_totals_of_parts_add_up_to_the_totals_of_the_whole(rows, cut):
    parts = aggregate(rows[:cut], Classifier(), bucket=DAY)
    parts.merge(aggregate(rows[cut:], Classifier(), bucket=DAY))
    assert parts == aggregate(rows, Classifier(), bucket=DAY)


def read_or_refuse(data: bytes) -> None:
    refusal = None
    try:
        for row in iter_rows(io.BytesIO(data), name=NAME):
            assert 0 <= row.server_errors <= row.errors <= row.requests
    except SplunkError as error:
        refusal = error
    if refusal is not None:
        assert refusal.file == NAME
        assert refusal.line is None or 1 <= refusal.line <= data.count(b"\n") + 1
        assert refusal.reason


@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b"[", b"[{", b"<results>", b"endpoint,x\n", b"\xff\xfe"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data, start):
    read_or_refuse(start + data)


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_truncation_is_read_or_refused(container):
    data = CONTAINERS[container](FOUR_ROWS)
    for end in range(0, len(data), 7):
        read_or_refuse(data[:end])


@given(st.sampled_from(sorted(CONTAINERS)), st.data())
@settings(max_examples=300, deadline=None)
def test_any_damage_is_read_or_refused(container, data):
    export = CONTAINERS[container](FOUR_ROWS)
    start = data.draw(st.integers(0, len(export)))
    end = data.draw(st.integers(start, min(len(export), start + 20)))
    noise = st.lists(st.sampled_from([bytes([byte]) for byte in b'{}[]",:\\\n<>/\x00\xff0e-'] + [b"null"]), max_size=6)
    read_or_refuse(export[:start] + b"".join(data.draw(noise)) + export[end:])
