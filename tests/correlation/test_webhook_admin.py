"""Endpoints in the admin: defined and tested by QA leads, their log, and what is sent again."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from correlation.models import WebhookDelivery, WebhookEndpoint, WebhookEndpointSecret
from correlation.tasks import send_webhooks
from correlation.webhooks import send_test
from qa_observability.secrets_at_rest import read_secret
from tests.conftest import NOW
from tests.standins.server import serving
from tests.standins.webhook_receiver import Receiver

NAME = "admin:correlation_webhookendpoint"
OWN = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz"
NEW = {"name": "Pager", "url": "https://pager.example.com/in", "event_types": ["correlation.alert.created"],
       "is_active": "on", "own_secret": ""}  # fmt: skip
pytestmark = pytest.mark.usefixtures("now", "sealed")


@pytest.fixture
def sealed(settings, db):
    settings.REVENUE_CONFIG_KEYS = ["QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="]
    settings.OUTGOING_ALLOW = ["127.0.0.1"]


@pytest.fixture
def receiver():
    heard = Receiver(OWN)
    with serving(heard) as server:
        heard.url = server.url("/hook")
        yield heard


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def secrets():
    return [read_secret(row, "secret") for row in WebhookEndpointSecret.objects.order_by("created_at")]


def page(client, endpoint):
    return client.get(reverse(f"{NAME}_change", args=[endpoint.pk])).content.decode()


def test_a_fresh_secret_is_shown_once(as_lead):
    shown = re.search(r"whsec_[A-Za-z0-9+/=]+", said(as_lead.post(reverse(f"{NAME}_add"), NEW)))[0]
    assert secrets() == [shown]
    endpoint = WebhookEndpoint.objects.get()
    page(as_lead, endpoint)
    assert "whsec_" not in page(as_lead, endpoint).replace("(whsec_...)", "")


def test_the_other_sides_secret_is_taken_and_never_shown(as_lead):
    response = as_lead.post(reverse(f"{NAME}_add"), {**NEW, "own_secret": OWN})
    assert OWN not in said(response)
    assert secrets() == [OWN]
    refused = as_lead.post(reverse(f"{NAME}_add"), {**NEW, "url": "nowhere", "own_secret": OWN})
    assert OWN not in refused.content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "nowhere"}, "begins with http"),
        ({"url": "ftp://example.com"}, "begins with http"),
        ({"url": "https://user:password@example.com/"}, "no user name or password"),
        ({"url": "https://[::1"}, "not an address"),
        ({"url": "https://example.com/\x00"}, "Null characters"),
        ({"event_types": []}, "required"),
        ({"event_types": ["correlation.webhook.test"]}, "not one of the available choices"),
        ({"own_secret": "whsec_c2hvcnQ="}, "24 to 64 bytes"),
    ],
)
def test_what_cannot_work_is_refused_in_words(as_lead, fields, words):
    response = as_lead.post(reverse(f"{NAME}_add"), {**NEW, **fields})
    assert words in response.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_a_test_message_is_sent_at_once_and_its_outcome_told(as_lead, receiver):
    as_lead.post(reverse(f"{NAME}_add"), {**NEW, "url": receiver.url, "own_secret": OWN})
    endpoint = WebhookEndpoint.objects.get()
    response = as_lead.post(reverse(f"{NAME}_test", args=[endpoint.pk]))
    assert "Accepted with 200" in said(response)
    assert receiver.taken[0][1]["type"] == "correlation.webhook.test"
    receiver.plan = [(500, {})]
    response = as_lead.post(reverse(f"{NAME}_test", args=[endpoint.pk]))
    assert "Not accepted: 127.0.0.1 answered 500." in said(response)
    text = page(as_lead, endpoint)
    assert all(part in text for part in ("Given up", "Sent", "correlation.webhook.test", "127.0.0.1 answered 500."))


def test_send_again_sends_the_same_message_under_the_same_id(as_lead, receiver):
    as_lead.post(reverse(f"{NAME}_add"), {**NEW, "url": receiver.url, "own_secret": OWN})
    endpoint = WebhookEndpoint.objects.get()
    delivery = send_test(endpoint, now=NOW)
    again = reverse(f"{NAME}_again", args=[endpoint.pk])
    assert "sent again within a minute" in said(as_lead.post(again, {"delivery": delivery.pk}))
    assert "on its way already" in said(as_lead.post(again, {"delivery": delivery.pk}))
    assert send_webhooks() == 1
    assert receiver.ids[0] == receiver.ids[1]
    for wrong in ("", "x", "\x00", "00000000-0000-4000-8000-000000000000"):
        assert as_lead.post(again, {"delivery": wrong}).status_code in (403, 404)
    WebhookEndpoint.objects.update(is_active=False)
    assert "switched off" in said(as_lead.post(again, {"delivery": delivery.pk}))


def test_switching_an_endpoint_on_again_clears_why_it_was_off(as_lead):
    as_lead.post(reverse(f"{NAME}_add"), NEW)
    WebhookEndpoint.objects.update(is_active=False, disabled_because="gone")
    endpoint = WebhookEndpoint.objects.get()
    assert "Switched off by itself: gone" in page(as_lead, endpoint)
    as_lead.post(reverse(f"{NAME}_change", args=[endpoint.pk]), NEW)
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_because) == (True, "")
    assert len(secrets()) == 1


def test_viewers_can_neither_see_nor_send(as_viewer):
    endpoint = WebhookEndpoint.objects.create(name="Pager", url="https://pager.example.com/in")
    for name in ("test", "again", "secret"):
        assert as_viewer.post(reverse(f"{NAME}_{name}", args=[endpoint.pk])).status_code in (302, 403)
    assert as_viewer.get(reverse(f"{NAME}_changelist")).status_code in (302, 403)
    assert not WebhookDelivery.objects.exists()


def test_lists_cost_the_same_for_many(as_lead, django_assert_max_num_queries):
    for number in range(20):
        WebhookEndpoint.objects.create(name=f"E{number}", url="https://e.example.com/", event_types=NEW["event_types"])
    with django_assert_max_num_queries(10):
        assert "E19" in as_lead.get(reverse(f"{NAME}_changelist")).content.decode()
