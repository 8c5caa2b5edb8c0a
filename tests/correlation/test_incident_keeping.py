"""What people wrote about an incident stays, however the engine groups the events from one refresh to the next."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction

from correlation import annotations
from correlation.computing import refresh_correlations
from correlation.incident_storing import store_incidents
from correlation.incidents import Incidents
from correlation.loading import load_world
from correlation.models import Incident, IncidentAlias, IncidentEntry, Ticket, TicketLink
from correlation.results import MatchedFailures
from integrations.models import Integration, IntegrationEvent, MaintenanceWindow
from integrations.services import record_events
from tests.conftest import NOW
from tests.correlation import world
from tests.correlation.factories import DAY, HOUR, MINUTE
from tests.integrations.factories import an_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(db, now) -> None:
    world.load(now)
    refresh_correlations(now=now)


def newest() -> Incident:
    return Incident.objects.first()


def burst(onset, *, minutes: int = 20) -> None:
    record_events(
        [
            an_event(integration_id="airbnb", event_type="pricing_sync_error", occurred_at=onset + minute * MINUTE)
            for minute in range(minutes)
        ],
        now=NOW,
    )


def annotate(incident: Incident, lead, now, *, note: str = "Ours") -> None:
    annotations.acknowledge(incident.pk, user=lead, reason="Seen", now=now)
    annotations.add_note(incident.pk, user=lead, text=note, now=now)
    annotations.set_root_cause(incident.pk, user=lead, root_cause="data", text="Wrong mapping", now=now)


def history(incident: Incident) -> list[tuple[str, str]]:
    return list(IncidentEntry.objects.filter(incident=incident).values_list("kind", "text"))


WRITTEN = [("acknowledgement", "Seen"), ("note", "Ours"), ("root_cause", "Wrong mapping")]


def test_one_that_is_found_again_keeps_everything(loaded, lead, now):
    incident = newest()
    annotate(incident, lead, now)
    for _ in range(2):
        refresh_correlations(now=now)
    incident.refresh_from_db()
    assert history(incident) == WRITTEN
    assert (incident.acknowledged_by, incident.root_cause, incident.dropped_at) == (lead, "data", None)


def test_one_that_is_lost_is_kept_and_marked_and_comes_back(loaded, lead, now):
    incident = newest()
    annotate(incident, lead, now)
    window = MaintenanceWindow.objects.create(
        integration_id="airbnb", starts_at=incident.onset_at - HOUR, ends_at=incident.ended_at + HOUR
    )
    for _ in range(2):
        refresh_correlations(now=now)
    incident.refresh_from_db()
    assert incident.dropped_at == now
    assert history(incident)[3:] == [("engine", "The engine no longer finds this incident; it is kept for its notes.")]
    assert incident not in Incident.objects.found()
    assert Incident.objects.found().count() == len(world.onsets(now)) - 1
    window.delete()
    refresh_correlations(now=now)
    incident.refresh_from_db()
    assert incident.dropped_at is None
    assert history(incident)[4:] == [("engine", "The engine finds this incident again.")]


def test_one_without_notes_that_is_lost_goes(loaded, now):
    incident = newest()
    IntegrationEvent.objects.filter(occurred_at__gte=incident.onset_at).delete()
    refresh_correlations(now=now)
    assert not Incident.objects.filter(pk=incident.pk).exists()


def test_two_that_become_one_have_one_history(loaded, lead, now):
    first = newest()
    burst(first.ended_at + 2 * HOUR)
    refresh_correlations(now=now)
    second = newest()
    assert second.pk != first.pk
    annotate(second, lead, now, note="About the second")
    annotations.add_note(first.pk, user=lead, text="About the first", now=now)
    burst(first.ended_at + MINUTE, minutes=120)
    refresh_correlations(now=now)
    assert not Incident.objects.filter(pk=second.pk).exists()
    first.refresh_from_db()
    texts = [text for _, text in history(first)]
    assert {"About the first", "About the second", "Seen", "Wrong mapping"} < set(texts)
    assert f"The incident of {second.onset_at:%Y-%m-%d %H:%M} UTC is a part of this one now, with its notes." in texts
    assert (first.acknowledged_by, first.acknowledged_because, first.root_cause) == (lead, "Seen", "data")
    assert annotations.current_id(second.pk) == first.pk
    annotations.add_note(second.pk, user=lead, text="Under the old id", now=now)
    assert history(first)[-1] == ("note", "Under the old id")


def test_tickets_keep_an_incident_and_move_with_it(loaded, now):
    first = newest()
    burst(first.ended_at + 2 * HOUR)
    refresh_correlations(now=now)
    second = newest()
    for key, incidents in (("QA-1", (first, second)), ("QA-2", (second,))):
        ticket = Ticket.objects.create(key=key)
        for incident in incidents:
            TicketLink.objects.create(ticket=ticket, incident=incident)
    burst(first.ended_at + MINUTE, minutes=120)
    refresh_correlations(now=now)
    links = TicketLink.objects.order_by("ticket").values_list("ticket", "incident")
    assert list(links) == [("QA-1", newest().pk), ("QA-2", newest().pk)]
    IntegrationEvent.objects.all().delete()
    refresh_correlations(now=now)
    assert Incident.objects.get().dropped_at == now
    assert TicketLink.objects.count() == 2


def test_an_address_survives_two_mergers(loaded, now):
    onset = newest().ended_at
    burst(onset + 2 * HOUR)
    refresh_correlations(now=now)
    second = newest()
    burst(onset + 5 * HOUR)
    refresh_correlations(now=now)
    burst(second.ended_at + MINUTE, minutes=170)
    refresh_correlations(now=now)
    burst(onset + MINUTE, minutes=120)
    refresh_correlations(now=now)
    heir = newest()
    assert IncidentAlias.objects.count() == 2
    assert set(IncidentAlias.objects.values_list("incident", flat=True)) == {heir.pk}


def test_one_that_falls_apart_says_so(loaded, lead, now):
    first = newest()
    onset = first.ended_at
    burst(onset + MINUTE, minutes=200)
    refresh_correlations(now=now)
    annotate(newest(), lead, now)
    IntegrationEvent.objects.filter(occurred_at__gt=onset + 20 * MINUTE, occurred_at__lt=onset + 120 * MINUTE).delete()
    refresh_correlations(now=now)
    later, earlier = Incident.objects.filter(onset_at__gte=first.onset_at)
    noted = later if later.entries.exists() else earlier
    other = earlier if noted == later else later
    assert history(noted)[3:] == [
        ("engine", f"What began at {other.onset_at:%Y-%m-%d %H:%M} UTC is an incident of its own now.")
    ]
    assert history(other) == []
    refresh_correlations(now=now)
    assert len(history(noted)) == 4


def test_a_channel_that_is_switched_off_keeps_its_incidents(loaded, now):
    Integration.objects.filter(pk="airbnb").update(is_active=False)
    refresh_correlations(now=now)
    assert Incident.objects.count() == len(world.onsets(now))


def test_what_is_older_than_the_events_at_hand_stays_as_it_was(loaded, now, settings):
    before = list(Incident.objects.values("pk", "onset_at", "ended_at", "events", "sums", "dropped_at"))
    settings.EVENT_RETENTION = timedelta(days=10)
    IntegrationEvent.objects.filter(occurred_at__lt=now - 10 * DAY).delete()
    refresh_correlations(now=now)
    assert list(Incident.objects.values("pk", "onset_at", "ended_at", "events", "sums", "dropped_at")) == before


def test_at_the_edge_of_the_look_back_an_incident_is_not_eaten_up(loaded, now, settings):
    incident = newest()
    settings.CORRELATION_LOOKBACK = now - (incident.onset_at + 10 * MINUTE)
    refresh_correlations(now=now)
    again = Incident.objects.get(pk=incident.pk)
    assert (again.onset_at, again.events) == (incident.onset_at, incident.events)


def test_sums_follow_events_that_are_corrected(loaded, now):
    incident = newest()
    assert incident.sums["pricing_sync_error"] == {
        "severities": {"high": 20}, "affectedBookings": 20, "unpricedBookings": 20, "lostAmount": "0",
    }  # fmt: skip
    event = IntegrationEvent.objects.filter(occurred_at=incident.onset_at).get()
    event.metadata, event.severity = {"lossAmount": "12.50"}, "critical"
    event.save()
    refresh_correlations(now=now)
    incident.refresh_from_db()
    assert incident.sums["pricing_sync_error"]["lostAmount"] == "12.50"
    assert (incident.worst_severity, incident.events) == ("critical", 20)


def test_the_hum_beside_an_incident_is_not_its_own(loaded, now):
    """The engine found 20 events of an incident, and the ten light ones of that time usual."""
    incident = newest()
    onset, end = incident.onset_at, incident.ended_at
    hum = [an_event(integration_id="airbnb", severity="low", occurred_at=onset + at * MINUTE) for at in range(10)]
    record_events(hum, now=now)
    world_now = load_world(now - 30 * DAY, now)
    found = Incidents(
        np.array([world_now.integrations.index("airbnb")]), np.array([onset.timestamp()]),
        np.array([end.timestamp()]), np.array([20]), np.array([60.0]),
    )  # fmt: skip
    nobody = MatchedFailures(*(np.empty(0, dtype=kind) for kind in (int, int, float, float)))
    with transaction.atomic():
        store_incidents(found, nobody, world_now, since=now - 30 * DAY, within=HOUR, now=now)
    incident.refresh_from_db()
    assert (incident.severity_from, incident.events) == ("medium", 20)
    assert incident.sums.keys() == {"pricing_sync_error"}
