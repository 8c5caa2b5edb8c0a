"""The search: what is found, by whom, marked and bounded."""

from html import unescape

import pytest
from django.db import connection
from django.urls import reverse

from correlation import annotations
from integrations.models import Integration, IntegrationEvent
from integrations.searching import find_events
from integrations.services import record_events
from qa_observability.templatetags.search import highlight
from tests.conftest import NOW
from tests.correlation.factories import HOUR, MINUTE, a_test_case
from tests.correlation.test_incident_pages import an_incident
from tests.integrations.factories import an_event
from tests.project.test_features import features  # noqa: F401  a fixture

URL = "/dashboard/search/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now, lead) -> None:
    a_test_case(id="fees", name="Vrbo cleaning fee mapping", suite="Vrbo")
    incident = an_incident()
    annotations.add_note(incident.pk, user=lead, text="The fee endpoint was down", now=now)
    annotations.set_root_cause(incident.pk, user=lead, root_cause="channel_outage", text="", now=now)
    record_events([an_event(message="Cleaning <fee> of LST-204 rejected", external_id="E-1")], now=now)


def text_of(client, query: str, url: str = URL, **headers: str) -> str:
    response = client.get(url, {"q": query}, headers=headers)
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_everything_that_holds_the_word_is_found_and_marked(as_viewer, world):
    text = text_of(as_viewer, "FEE")
    assert "Found 1 test case, 1 incident, 1 event." in text
    assert "Vrbo cleaning <mark>fee</mark> mapping" in text
    assert "Cleaning <<mark>fee</mark>> of LST-204 rejected" in text
    assert "period=7d&q=FEE#events" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("vrbo", "Found 1 integration, 1 test case, 1 incident."),
        ("outage", "Found 1 incident."),
        ("endpoint vrbo", "Found 1 incident."),
        ("2026-03-18", "Found 1 incident."),
        ("E-1", "Found 1 event."),
        ("rejected LST-204", "Found 1 event."),
        ("100%", "Nothing found"),
        ("%", "Type at least 2"),
        ("  ", "Type at least 2"),
        ("2026-02-31", "Nothing found"),
        ("9999-12-31", "Nothing found"),
        ("zz\x00yy", "Nothing found"),
        ("\\_'\"<script>", "Nothing found"),
        ("(fee", "Nothing found"),
        ("x" * 5000, "Nothing found"),
        ("fee " * 500, "Found"),
    ],
)
def test_what_is_found(as_viewer, world, query, found):
    assert found in text_of(as_viewer, query)


def test_a_constant_number_of_queries(as_viewer, world, django_assert_num_queries):
    record_events([an_event(occurred_at=NOW - at * MINUTE, message=f"fee {at}") for at in range(60)], now=NOW)
    for at in range(30):
        a_test_case(id=f"t{at}", name=f"fee {at}")
        an_incident(onset_at=NOW - (at + 3) * HOUR, ended_at=NOW - (at + 3) * HOUR, root_cause_text="fee")
    with django_assert_num_queries(3 + 5):  # session, user, permissions; one a kind, and how far events reach
        text = text_of(as_viewer, "fee")
    assert "20+ test cases" in text
    assert "There are more" in text


def test_only_the_newest_events_are_searched(world):
    record_events([an_event(occurred_at=NOW - at * HOUR, message=f"number {at}") for at in range(1, 20)], now=NOW)
    found = find_events(["number"], limit=50, among=10)
    assert len(found.events) == 9  # and the one of the fixture
    assert found.since == NOW - 10 * HOUR
    assert find_events(["nowhere"], limit=50, among=100).since is None


def test_events_are_read_along_the_index_of_the_newest(now):
    IntegrationEvent.objects.bulk_create(
        IntegrationEvent(
            integration_id="vrbo",
            event_type="booking_loss",
            severity="low",
            message="Again",
            occurred_at=NOW - at * MINUTE,
        )
        for at in range(3000)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE integration_events")
    since = IntegrationEvent.objects.order_by("-occurred_at").values_list("occurred_at", flat=True)[100:101]
    assert "events_occurred" in since.explain()
    found = IntegrationEvent.objects.filter(message__icontains="nowhere", occurred_at__gt=since.first()).newest_first()
    assert "events_occurred" in found[:21].explain()


def test_an_event_that_is_older_opens_in_a_period_that_holds_it(as_viewer, now):
    IntegrationEvent.objects.create(
        integration_id="vrbo",
        event_type="booking_loss",
        severity="high",
        message="Gone",
        occurred_at=NOW - 40 * 24 * HOUR,
    )
    assert "period=90d&q=gone#events" in text_of(as_viewer, "gone")


def test_inactive_integrations_are_left_out(as_viewer, world):
    Integration.objects.update(is_active=False)
    assert "Found 1 test case." in text_of(as_viewer, "fee")


def test_suggestions_are_options_and_the_page_without_htmx(as_viewer, world):
    text = text_of(as_viewer, "fee", f"{URL}suggest", **{"HX-Request": "true"})
    assert text.count('role="option"') == 3
    assert f'data-url="{reverse("correlation:test-case", args=["fees"])}"' in text
    assert "<html" not in text
    response = as_viewer.get(f"{URL}suggest", {"q": "fee"})
    assert response.headers["Location"] == f"{URL}?q=fee"


def test_everybody_finds_what_they_may_see(client, make_user, world):
    assert client.get(URL).status_code == 302
    client.force_login(make_user("Ingest"))
    assert client.get(URL, {"q": "fee"}).status_code == 403
    assert client.get(f"{URL}suggest", {"q": "fee"}).status_code == 403
    viewer = make_user("Viewers", username="no-incidents")
    group = viewer.groups.get()
    group.permissions.remove(group.permissions.get(codename="view_incident"))
    client.force_login(viewer)
    assert "Found 1 test case, 1 event." in text_of(client, "fee")


def test_a_module_that_is_off_is_not_searched(as_viewer, world, features):  # noqa: F811
    features("integration_health")
    assert "Found 1 event." in text_of(as_viewer, "fee")
    features("correlation")
    assert "Nothing found" in text_of(as_viewer, "LST-204")


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("a <b>", ["<"], "a <mark>&lt;</mark>b&gt;"),
        ("Fee fee", ["fee", "fe"], "<mark>Fee</mark> <mark>fee</mark>"),
        ("a.b", ["."], "a<mark>.</mark>b"),
        ("plain", [], "plain"),
        ("amp &amp;", ["amp"], "<mark>amp</mark> &amp;<mark>amp</mark>;"),
    ],
)
def test_matches_are_marked_and_the_rest_is_escaped(text, words, shown):
    assert highlight(text, words) == shown


def test_a_long_text_is_cut_around_its_first_match():
    text = str(highlight("x" * 500 + " needle " + "y" * 500, ["needle"]))
    assert text.startswith("…x")
    assert text.endswith("y…")
    assert "<mark>needle</mark>" in text
    assert len(text) < 230


def test_the_box_is_on_every_page_of_those_who_may_search(as_viewer, now):
    assert 'action="/dashboard/search/"' in as_viewer.get("/dashboard/alerts/").content.decode()
