"""The sample data before it is stored: what the story says, and that it always says the same."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain

import pytest

from integrations.choices import Severity
from integrations.inputs import event_errors, observation_errors
from integrations.rules import Thresholds, status_of
from qa_observability.demo.cases import CASES, COUPLINGS, FLAKY, Order
from qa_observability.demo.channels import AIRBNB, BOOKING_COM, CHANNELS, HMBN, VRBO
from qa_observability.demo.incidents import Incident, of_channel
from qa_observability.demo.story import Story, tell
from tests.conftest import NOW

THRESHOLDS = Thresholds(warning=0.02, critical=0.05)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(now=NOW, events_per_day=100)


@pytest.fixture(scope="module")
def events(story):
    return list(chain.from_iterable(story.events()))


@pytest.fixture(scope="module")
def executions(story):
    return list(chain.from_iterable(story.executions()))


def small(seed: int = 1, now: datetime = NOW) -> list:
    told = tell(now=now, seed=seed, days=3, events_per_day=50)
    return [told.observations(), list(told.events()), list(told.executions())]


def test_same_seed_and_hour_tell_the_same_story():
    assert small(now=NOW) == small(now=NOW.replace(minute=59, second=59, microsecond=1))


def test_another_seed_tells_another_story():
    assert all(one != other for one, other in zip(small(seed=1), small(seed=2), strict=True))


def test_another_hour_tells_another_story():
    assert small(now=NOW) != small(now=NOW + HOUR)


def test_nothing_breaks_a_rule_of_the_services(story, events):
    observations = story.observations()
    assert not any(event_errors(event, now=NOW) for event in events)
    assert not any(observation_errors(row, now=NOW, thresholds=THRESHOLDS) for row in observations)
    assert len({(row.integration_id, row.last_checked) for row in observations}) == len(observations)


def test_every_event_is_marked_and_has_an_id_of_its_own(events):
    ids = [event.external_id for event in events]
    assert all(external_id.startswith("demo-") for external_id in ids)
    assert len(set(ids)) == len(ids)


def test_events_are_told_in_order_of_time_and_end_with_the_last_full_hour(story, events):
    moments = [event.occurred_at for event in events]
    assert moments == sorted(moments)
    assert story.frame.start <= moments[0]
    assert moments[-1] < NOW.replace(minute=0)


@pytest.mark.parametrize("size", [50, 400])
def test_size_is_what_was_asked_for(size):
    told = tell(now=NOW, days=14, events_per_day=size)
    assert sum(map(len, told.events())) == pytest.approx(14 * size, rel=0.25)


def test_most_events_are_a_low_hum_of_working_hours(events):
    severities = Counter(event.severity for event in events)
    by_hour = Counter(event.occurred_at.hour for event in events if event.severity == Severity.LOW)
    assert severities["low"] > 0.8 * len(events)
    assert by_hour[15] > 2 * by_hour[3]


def test_every_channel_has_incidents_enough_to_learn_from(story):
    counts = Counter(incident.channel for incident in story.incidents)
    assert set(counts) == {channel.slug for channel in CHANNELS}
    assert all(8 <= count <= 14 for count in counts.values())


def test_incidents_begin_with_a_burst_that_stands_out(story, events):
    for incident in story.incidents:
        near = [event for event in events if event.integration_id == incident.channel]
        after = sum(incident.onset <= event.occurred_at < incident.onset + HOUR / 2 for event in near)
        before = sum(incident.onset - HOUR / 2 <= event.occurred_at < incident.onset for event in near)
        assert after >= before + 3, incident


def test_quiet_channel_has_no_event_above_medium(events):
    assert {event.severity for event in events if event.integration_id == HMBN} == {"low", "medium"}


def test_drift_at_booking_com_creeps_up_to_a_warning(story):
    rates = {row.last_checked: row.error_rate for row in story.observations() if row.integration_id == BOOKING_COM}
    at = lambda days: rates[min(rates, key=lambda moment: abs(NOW - timedelta(days=days) - moment))]  # noqa: E731
    assert at(80) < Decimal("0.012") < at(40) < Decimal("0.02") < at(14) < at(0)
    assert Decimal("0.031") <= at(0) <= Decimal("0.034")


def test_statuses_of_the_newest_observations(story):
    newest = {row.integration_id: status_of(row.measurements, THRESHOLDS).value for row in story.observations()}
    assert newest == {BOOKING_COM: "warning", AIRBNB: "healthy", VRBO: "healthy", HMBN: "healthy"}


def test_tests_are_sixty_and_named_once():
    assert len(CASES) == 60
    assert len({case.id for case in CASES}) == len({case.name for case in CASES}) == 60
    assert all(case.id.startswith("demo-") for case in CASES)
    assert {case.name for case in CASES} >= {*COUPLINGS, *FLAKY}


def red_before(executions, case_name: str, incident: Incident) -> bool:
    return any(
        row.status == "failed"
        for row in executions
        if row.test_case_name == case_name and incident.onset - HOUR <= row.executed_at < incident.onset
    )


@pytest.mark.parametrize(
    ("name", "hits", "of"),
    [("Booking Flow Test", 9, 11), ("Vrbo cleaning fee mapping", 10, 12), ("Booking.com rate push LOS", 11, 13)],
)
def test_coupled_test_is_red_before_most_incidents(story, executions, name, hits, of):
    incidents = of_channel(story.incidents, COUPLINGS[name].channel)
    assert len(incidents) == of
    assert sum(red_before(executions, name, incident) for incident in incidents) == hits


@pytest.mark.parametrize("order", [Order.WITH, Order.AFTER])
def test_tests_that_do_not_warn_are_green_before_and_red_after(story, executions, order):
    name = next(name for name, coupling in COUPLINGS.items() if coupling.order == order)
    incidents = of_channel(story.incidents, COUPLINGS[name].channel)
    after = [
        any(
            row.status == "failed" and row.test_case_name == name and incident.onset <= row.executed_at
            for row in executions
            if row.executed_at < incident.onset + HOUR
        )
        for incident in incidents
    ]
    assert not any(red_before(executions, name, incident) for incident in incidents)
    assert sum(after) >= 0.8 * len(incidents)


def test_flaky_tests_fail_at_random_and_sometimes_pass_on_retry(executions):
    runs: dict[tuple[str, str], list[str]] = {}
    for row in executions:
        if row.test_case_name in FLAKY:
            runs.setdefault((row.test_case_name, row.run_id), []).append(row.status)
    assert any(statuses == ["failed", "passed"] for statuses in runs.values())
    for name, share in FLAKY.items():
        first = [statuses[0] for (case, _), statuses in runs.items() if case == name]
        assert first.count("failed") / len(first) == pytest.approx(share, abs=0.05)


def test_other_tests_are_green(executions):
    special = {*COUPLINGS, *FLAKY, *(case.name for case in CASES if case.broken)}
    statuses = Counter(row.status for row in executions if row.test_case_name not in special)
    assert statuses["failed"] < 0.01 * statuses.total()
