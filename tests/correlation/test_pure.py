"""Recommendations, sentences, the timeline's layout, flakiness: plain values in, plain values out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from correlation.executions import collapse_repeats
from correlation.flakiness import count_flips, flip_rate, is_flaky
from correlation.recommendations import Candidate, recommend
from correlation.steadiness import count_runs
from correlation.timeline import BINS, HEIGHT, WIDTH, Match, Scale, Span, lay_out
from correlation.wording import Evidence, failing_test, lead_in_words
from tests.correlation.factories import an_execution

START = datetime(2026, 1, 1, tzinfo=UTC)
SCALE = Scale(START, START + timedelta(days=10))


def evidence(**fields) -> Evidence:
    defaults = {
        "test_case_name": "Booking Flow Test",
        "integration_name": "Airbnb",
        "pattern": "test_failure_precedes_integration_failure",
        "question": "any_run_before",
        "hits": 9,
        "incidents": 11,
        "expected_hits": 0.4,
        "lead_time_seconds": 1440,
    }
    return Evidence(**defaults | fields)


def candidate(test: str = "a", integration: str = "airbnb", score: str = "0.87", **fields) -> Candidate:
    defaults = {"confidence": Decimal("0.99"), "correlation_type": "high", "evidence": evidence()}
    return Candidate(test_case_id=test, integration_id=integration, score=Decimal(score), **defaults | fields)


def test_the_sentence_of_the_product_description() -> None:
    (only,) = recommend([candidate()], {})
    expected = (
        "Prioritize Booking Flow Test for Airbnb - its failures preceded 9 of 11 incidents, by 24 min on average."
    )
    assert only.message == expected


def test_ordered_by_score_confidence_and_revenue_at_risk() -> None:
    rows = [candidate("a", "airbnb", "0.90"), candidate("b", "vrbo", "0.70"), candidate("c", "hmbn", "0.95")]
    found = recommend(rows, {"airbnb": Decimal(100), "vrbo": Decimal(1000)})
    assert [(row.priority, row.test_case_id) for row in found] == [(1, "b"), (2, "a"), (3, "c")]


def test_only_high_and_medium_are_recommended() -> None:
    rows = [
        candidate("low", correlation_type="low"),
        candidate("few", evidence=evidence(pattern="insufficient_data")),
        candidate("medium", correlation_type="medium"),
    ]
    assert [row.test_case_id for row in recommend(rows, {})] == ["medium"]


@given(st.permutations([candidate("a"), candidate("b"), candidate("c", "vrbo"), candidate("d", score="0.5")]))
def test_the_order_of_rows_never_matters(rows) -> None:
    assert recommend(rows, {"vrbo": Decimal(5)}) == recommend(
        sorted(rows, key=lambda row: row.test_case_id), {"vrbo": Decimal(5)}
    )


def test_each_pattern_has_its_sentence() -> None:
    after = evidence(pattern="integration_failure_precedes_test_failure", lead_time_seconds=-600)
    assert "as news from Airbnb" in recommend([candidate(evidence=after)], {})[0].message
    assert "it failed after 9 of 11 incidents, 10 min later on average" in failing_test(after, START).message
    together = evidence(pattern="concurrent_failures", lead_time_seconds=0)
    assert "it failed together with 9 of 11 incidents" in recommend([candidate(evidence=together)], {})[0].message
    assert failing_test(together, START).title == "Booking Flow Test fails: Airbnb is probably failing too"


def test_a_title_fits_its_column() -> None:
    assert len(failing_test(evidence(test_case_name="x" * 500), START).title) == 200


def test_lead_in_words() -> None:
    assert [lead_in_words(seconds) for seconds in (None, 0, 90, -5400)] == [
        "–", "at the same time", "90 s before", "1 h 30 min after",
    ]  # fmt: skip


@given(
    st.dictionaries(st.integers(0, BINS - 1), st.integers(0, 500), max_size=20),
    st.lists(st.tuples(st.integers(-50, 300), st.integers(0, 100)), max_size=10),
)
def test_everything_is_drawn_within_the_frame(failures, spans) -> None:
    stretches = [Span(START + timedelta(hours=at), START + timedelta(hours=at + length), "x") for at, length in spans]
    matches = [Match(span.start, span.end, "x") for span in stretches]
    most = max(failures.values(), default=1)
    lane = lay_out(SCALE, failures=failures, most=most, incidents=stretches, matches=matches, maintenance=stretches)
    for rect in [*lane.failures, *lane.incidents, *lane.maintenance]:
        assert rect.x >= 0
        assert rect.y >= 0
        assert rect.x + rect.width <= WIDTH + 0.01
        assert rect.y + rect.height <= HEIGHT
        assert rect.width > 0
    assert all(0 <= line.x1 <= WIDTH and 0 <= line.x2 <= WIDTH for line in lane.matches)


def test_repeats_collapse_to_the_last_result() -> None:
    rows = [an_execution(status=status) for status in ("skipped", "passed", "failed")]
    (only,) = collapse_repeats(rows)
    assert (only.status, only.flaky) == ("failed", True)
    (same,) = collapse_repeats([an_execution(), an_execution()])
    assert not same.flaky


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 50), st.booleans(), st.integers(0, 8), st.booleans()), max_size=40
    )
)
def test_counts_of_runs_agree_with_counting_by_hand(rows) -> None:
    runs: dict[tuple[int, int], list[tuple[int, bool, bool]]] = {}
    for test, time, red, run, flagged in rows:
        runs.setdefault((test, run), []).append((time, red, flagged))
    results: dict[int, list[tuple[int, bool]]] = {0: [], 1: [], 2: []}
    flaky = [0, 0, 0]
    for (test, _), attempts in sorted(runs.items()):
        last = max(attempts, key=lambda attempt: attempt[:2])
        results[test].append((last[0], last[1]))
        flaky[test] += len({red for _, red, _ in attempts}) > 1 or any(flagged for *_, flagged in attempts)
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    types = (np.int64, np.float64, np.bool_, np.int64, np.bool_)
    found = count_runs(*(np.array(column, dtype=kind) for column, kind in zip(columns, types, strict=True)), n_tests=3)
    assert found.runs.tolist() == [len(results[test]) for test in range(3)]
    assert found.failed.tolist() == [sum(red for _, red in results[test]) for test in range(3)]
    assert found.flaky.tolist() == flaky
    for test in range(3):
        times = [time for time, _ in results[test]]
        if len(set(times)) == len(times):  # at one moment, the order of two runs is nobody's business
            assert found.flips[test] == count_flips([red for _, red in sorted(results[test])])


def test_few_runs_have_no_flip_rate() -> None:
    assert flip_rate(19, 19) is None
    assert flip_rate(20, 0) == 0
    assert not is_flaky(19, 19, 19)
    assert is_flaky(100, 0, 20)
