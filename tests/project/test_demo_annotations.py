"""What the story's people wrote about its incidents."""

import pytest

from correlation.models import Incident, IncidentEntry
from qa_observability.demo.annotations import annotate
from qa_observability.demo.incidents import Grade
from qa_observability.demo.story import tell
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_one_incident_of_each_grade_is_written_about(lead, now):
    story = tell(now=NOW)
    for incident in story.incidents:
        Incident.objects.create(
            integration_id=incident.channel, onset_at=incident.onset, ended_at=incident.end, events=incident.events
        )
    assert annotate(story.incidents, user=lead) == 3
    outage = next(incident for incident in story.incidents if incident.grade == Grade.OUTAGE)
    row = Incident.objects.get(onset_at=outage.onset)
    assert (row.root_cause, row.acknowledged_by) == ("channel_outage", lead)
    assert set(IncidentEntry.objects.values_list("author", flat=True)) == {lead.pk}
    assert all(entry.written_at < now for entry in IncidentEntry.objects.all())


def test_what_the_engine_did_not_find_is_left_out(lead, now):
    assert annotate(tell(now=NOW).incidents, user=lead) == 0
