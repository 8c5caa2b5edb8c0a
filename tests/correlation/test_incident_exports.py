"""The incidents' pages as files: the rows that are shown."""

import pytest

from correlation import annotations
from correlation.models import IncidentWarning
from tests.correlation.factories import DAY, HOUR, MINUTE, NOW, a_test_case
from tests.correlation.test_incident_pages import URL, an_incident, page_of
from tests.exported import content_of, read_csv, read_xlsx

pytestmark = pytest.mark.django_db


def test_the_list_with_all_of_its_rows_as_they_are_filtered(as_viewer, viewer, now):
    for number in range(60):
        an_incident(onset_at=NOW - 9 * HOUR - number * 3 * HOUR, ended_at=NOW - 9 * HOUR - number * 3 * HOUR)
    seen = an_incident()
    annotations.acknowledge(seen.pk, user=viewer, reason="=1+1", now=now)
    an_incident(integration_id="airbnb")
    file = read_csv(as_viewer.get(URL, {"format": "csv", "integration": "vrbo", "sort": "-length"}))
    assert file.name == "incidents-2026-02-17-to-2026-03-18-vrbo.csv"
    rows = file.tables["Incidents"]
    assert len(rows) == 61
    assert rows[0]["Reason"] == "'=1+1"
    assert (rows[0]["State"], rows[0]["Cost (USD)"], rows[0]["Lasted (s)"]) == ("Acknowledged", "137.50", "6600")


def test_one_incident_with_everything_on_its_page(as_lead, lead, now):
    incident = an_incident()
    IncidentWarning.objects.create(
        incident=incident, test_case=a_test_case(), first_red_at=incident.onset_at - 5 * MINUTE
    )
    annotations.set_root_cause(incident.pk, user=lead, root_cause="data", text="Mapping", now=now)
    file = read_xlsx(as_lead.get(page_of(incident), {"format": "xlsx"}))
    assert file.tables["Events"][0]["Critical"] == 4
    assert file.tables["Tests that warned"][0]["Before the onset (s)"] == 300
    assert file.tables["Cost"][0]["Loss (USD)"] == 137.5
    assert file.tables["History"][0]["Root cause"] == "Data"
    assert file.head["Cost of its events"] == "$137.50"
    assert content_of(as_lead.get(page_of(incident), {"format": "pdf"})).startswith(b"%PDF")


def test_files_follow_the_page_s_rules(client, make_user, now):
    incident = an_incident(onset_at=NOW - DAY, ended_at=NOW - DAY)
    client.force_login(make_user("Ingest"))
    for url in (URL, page_of(incident)):
        assert client.get(url, {"format": "csv"}).status_code == 403
    viewer = make_user("Viewers")
    viewer.groups.get().permissions.remove(viewer.groups.get().permissions.get(codename="view_impact"))
    client.force_login(viewer)
    assert not any("Cost" in heading for heading in read_csv(client.get(URL, {"format": "csv"})).tables["Incidents"][0])
    assert client.get(URL, {"format": "doc"}).status_code == 400


def test_a_page_that_was_refused_still_leads_to_its_files(as_lead, now):
    incident = an_incident()
    response = as_lead.get(f"{page_of(incident)}notes", {"format": "csv"})
    assert response.headers["Location"] == f"{page_of(incident)}?format=csv"


def test_the_integration_s_page_leads_to_the_file_of_its_incidents(as_viewer, now):
    an_incident()
    an_incident(integration_id="airbnb")
    html = as_viewer.get("/dashboard/integrations/vrbo/").content.decode()
    address = f"{URL}?period=30d&amp;integration=vrbo&amp;format=csv"
    assert f'href="{address}"' in html
    assert len(read_csv(as_viewer.get(address.replace("&amp;", "&"))).tables["Incidents"]) == 1
