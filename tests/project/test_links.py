"""Links out: where they are configured, to http and https alone."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.models import Integration
from integrations.services import record_events
from qa_observability import links
from qa_observability.checks import check_links
from tests.conftest import NOW
from tests.correlation.test_incident_pages import an_incident
from tests.integrations.factories import an_event

SPLUNK = "https://splunk.example.com/search?q=search%20channel%3D{integration}&earliest={start}&latest={end}"


@pytest.fixture
def linked(settings) -> None:
    settings.JIRA_URL, settings.SPLUNK_SEARCH_URL = "https://jira.example.com", SPLUNK


def test_a_search_of_a_stretch_of_time(linked):
    url = links.splunk_url("booking-com", NOW, NOW + timedelta(seconds=1, microseconds=1))
    query = parse_qs(urlsplit(url).query)
    assert query == {
        "q": ["search channel=booking-com"], "earliest": ["1773842700"], "latest": ["1773842702"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "template",
    ["", "javascript:{integration}", "/local/{start}", "https://x/{secret}", "https://x/{", "https://x/{start.year}",
     "https://x/{start!r}", "https://x/{}", "https://{integration:>9}/", "ftp://x/"],
)  # fmt: skip
def test_a_template_that_cannot_be_filled_in_links_nowhere(settings, template):
    settings.SPLUNK_SEARCH_URL = template
    assert links.splunk_url("vrbo", NOW, NOW) == ""
    assert [found.id for found in check_links()] == (["qa_observability.E006"] if template else [])


def test_a_jira_that_is_no_address_links_nowhere(settings):
    settings.JIRA_URL = "javascript:alert(1)"
    assert links.project_url("QA") == ""


@pytest.mark.parametrize("key", ["qa", "Q", "QA-1", "QA\n", "../x", "", None, 5, ["QA"]])
def test_what_is_no_key_leads_nowhere(linked, key):
    assert links.project_url(key) == ""


@given(st.text())
def test_no_text_becomes_an_unsafe_address(text):
    assert links.safe_url(text) == "" or text.startswith(("http://", "https://", "HTTP", "HTTPS", "h", "H"))
    assert links.safe_url(f"javascript:{text}") == ""


def test_pages_link_out_where_it_is_configured(as_viewer, linked, now):
    Integration.objects.filter(pk="vrbo").update(jira_project_key="QA")
    record_events([an_event(metadata={"ticketKeys": ["QA-7", "<b>"]})], now=now)
    incident = an_incident()
    channel = as_viewer.get("/dashboard/integrations/vrbo/").content.decode()
    assert "https://jira.example.com/browse/QA-7" in channel
    assert '<a href="https://jira.example.com/browse/QA" rel="noreferrer">Jira project QA</a>' in channel
    assert channel.count("https://splunk.example.com/search") == 2
    assert "splunk.example.com" in as_viewer.get(f"/dashboard/incidents/{incident.pk}/").content.decode()


def test_pages_link_nowhere_where_it_is_not(as_viewer, now):
    Integration.objects.filter(pk="vrbo").update(jira_project_key="QA")
    record_events([an_event(metadata={"ticketKeys": "QA-7"})], now=now)
    channel = as_viewer.get("/dashboard/integrations/vrbo/").content.decode()
    assert "browse" not in channel
    assert "Splunk" not in channel
