"""People write while a refresh regroups: what was accepted is kept, what was not says so."""

import pytest

from correlation import annotations
from correlation.computing import refresh_correlations
from correlation.models import Incident, IncidentEntry
from integrations.models import IntegrationEvent
from tests.conftest import NOW
from tests.correlation import world
from tests.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_a_note_that_was_accepted_outlives_the_refresh_that_no_longer_finds_its_incident(make_user):
    world.load(NOW)
    refresh_correlations(now=NOW)
    lead = make_user("QA leads")
    lost = list(Incident.objects.all())
    IntegrationEvent.objects.all().delete()

    def write() -> list[Incident]:
        kept = []
        for incident in lost:
            try:
                annotations.add_note(incident.pk, user=lead, text="Mine", now=NOW)
            except annotations.UnknownIncidentError:
                continue
            kept.append(incident)
        return kept

    accepted, _, again = at_once(write, lambda: refresh_correlations(now=NOW), write)
    noted = {incident.pk for incident in (*accepted, *again)}
    assert set(Incident.objects.values_list("pk", flat=True)) == noted
    assert IncidentEntry.objects.filter(kind="note").count() == len(accepted) + len(again)


def test_two_people_at_once_both_have_their_say(make_user):
    incident = Incident.objects.create(integration_id="vrbo", onset_at=NOW, ended_at=NOW, events=0)
    names = ["one", "two", "three", "four"]
    users = {name: make_user("QA leads", username=name) for name in names}

    def acknowledge(name: str) -> None:
        annotations.acknowledge(incident.pk, user=users[name], reason=name, now=NOW)

    at_once(*(lambda name=name: acknowledge(name) for name in names))
    incident.refresh_from_db()
    assert incident.acknowledged_because == incident.acknowledged_by.username
    assert sorted(IncidentEntry.objects.values_list("text", flat=True)) == sorted(names)
