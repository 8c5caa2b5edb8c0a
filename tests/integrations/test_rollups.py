"""Daily sums always equal what the rows say, whatever was written, changed and deleted in whatever order."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations import rollups
from integrations.choices import EventType, Severity, Source, SyncStatus
from integrations.inputs import RowsError
from integrations.models import IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.services import (
    change_event,
    change_observation,
    delete_events,
    delete_observations,
    record_events,
    record_observations,
)
from tests.conftest import NOW
from tests.integrations.factories import (
    HOUR,
    an_event,
    an_observation,
    assert_days_agree_with_rows,
    sums_from_rows,
    sums_of_days,
)

# Few moments, integrations and ids, so that operations meet each other; two days, midnight among the moments.
moments = st.sampled_from([NOW, NOW - timedelta(minutes=30), NOW - HOUR, NOW - 14 * HOUR - timedelta(minutes=5)]) | (
    st.integers(0, 40).map(lambda hours: NOW - hours * HOUR)
)
slugs = st.sampled_from(["vrbo", "airbnb"])
rates = st.none() | st.decimals(0, 1, places=4)
syncs = st.none() | st.sampled_from(SyncStatus.values)
metadata = st.fixed_dictionaries(
    {},
    optional={
        "affectedBookings": st.integers(1, 9),
        "lossAmount": st.decimals(0, 100, places=2).map(str) | st.integers(0, 100),
        "note": st.text(max_size=3).filter(lambda text: "\x00" not in text and text.isprintable()),
    },
)
events = st.builds(
    an_event,
    integration_id=slugs,
    event_type=st.sampled_from(EventType.values),
    severity=st.sampled_from(Severity.values),
    occurred_at=moments,
    metadata=metadata,
    external_id=st.none() | st.sampled_from(["1", "2", "3"]),
)
observations = st.builds(
    an_observation,
    integration_id=slugs,
    last_checked=moments,
    error_rate=rates,
    booking_loss_rate=rates,
    pricing_sync_status=syncs,
    fees_sync_status=syncs,
    status=st.sampled_from(["healthy", "warning", "critical"]),
    source=st.sampled_from([Source.MANUAL, Source.SPLUNK]),
)
picks = st.integers(0, 1000)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("record_events"), st.lists(events, max_size=4)),
        st.tuples(st.just("record_observations"), st.lists(observations, max_size=3)),
        st.tuples(st.just("change_event"), picks, events),
        st.tuples(st.just("change_observation"), picks, observations),
        st.tuples(st.just("delete_events"), st.lists(picks, max_size=3)),
        st.tuples(st.just("delete_observations"), st.lists(picks, max_size=2)),
    ),
    max_size=8,
)


def pick(model: type, number: int):
    pks = sorted(model.objects.values_list("pk", flat=True))
    return pks[number % len(pks)] if pks else None


def run(name: str, *arguments) -> None:
    """Do one operation as its doors do; a refusal is a possible outcome, after which nothing may have changed."""
    model = IntegrationEvent if "event" in name else IntegrationHealth
    actions: dict[str, Callable[[], object]] = {
        "record_events": lambda: record_events(arguments[0], now=NOW),
        "record_observations": lambda: record_observations(arguments[0], now=NOW),
        "change_event": lambda: change_event(pk, arguments[1], now=NOW),
        "change_observation": lambda: change_observation(pk, arguments[1], now=NOW),
        "delete_events": lambda: delete_events(pks, now=NOW),
        "delete_observations": lambda: delete_observations(pks, now=NOW),
    }
    if name.startswith("change"):
        pk = pick(model, arguments[0])
        if pk is None:
            return
    elif name.startswith("delete"):
        pks = [pick(model, number) for number in arguments[0]]
    before = everything()
    try:
        actions[name]()
    except RowsError:
        assert everything() == before


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (IntegrationEvent, IntegrationHealth)] + [
        sums_of_days()
    ]


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(operations)
def test_sums_equal_the_rows_after_any_sequence_of_writes(steps):
    with undone():
        for step in steps:
            run(*step)
            assert_days_agree_with_rows()
        stored = sums_of_days()
        keys = list(IntegrationDay.objects.values_list("integration_id", "day"))
        rollups.recompute_events(keys)
        rollups.refresh_observations(keys)
        assert sums_of_days() == stored  # recomputing is idempotent


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events, min_size=1, max_size=6, unique_by=lambda event: event.external_id or id(event)), st.randoms())
def test_neither_the_order_nor_the_cutting_into_batches_matters_to_the_sums(given_events, random):
    with undone():
        record_events(given_events, now=NOW)
        together = event_sums()
    shuffled = list(given_events)
    random.shuffle(shuffled)
    with undone():
        for event in shuffled:
            record_events([event], now=NOW)
        assert event_sums() == together


def event_sums():
    """The days' figures of events; those of observations depend on when current health was recalculated."""
    kinds = tuple(EventType.values)
    rows = {
        key: {name: value for name, value in row.items() if name.startswith(kinds) and "rate" not in name}
        for key, row in sums_of_days().items()
    }
    return {key: row for key, row in rows.items() if row}


@pytest.mark.django_db
def test_a_wrong_sum_is_mended_by_recomputing_and_a_purged_day_is_left_alone():
    record_events([an_event(), an_event(integration_id="airbnb", metadata={"lossAmount": 3})], now=NOW)
    IntegrationDay.objects.update(fee_sync_error_events=7, fee_sync_error_lost_amount=Decimal(9))
    IntegrationDay.objects.filter(integration="airbnb").update(events_purged=True)
    keys = [(slug, NOW.date()) for slug in ("vrbo", "airbnb", "hmbn")]
    assert sorted(rollups.recompute_events(keys)) == [("hmbn", NOW.date()), ("vrbo", NOW.date())]
    sums = sums_of_days()
    assert sums["vrbo", NOW.date()] == sums_from_rows()["vrbo", NOW.date()]
    assert sums["airbnb", NOW.date()]["fee_sync_error_events"] == 7


@pytest.mark.django_db
def test_hundreds_of_days_can_be_recomputed_at_once():
    keys = [(slug, (NOW - timedelta(days=2 * number)).date()) for slug in ("vrbo", "airbnb") for number in range(450)]
    record_events([an_event(occurred_at=NOW - timedelta(days=2 * number)) for number in range(450)], now=NOW)
    assert len(rollups.recompute_events(keys)) == 900
    rollups.refresh_observations(keys)
    assert_days_agree_with_rows()
