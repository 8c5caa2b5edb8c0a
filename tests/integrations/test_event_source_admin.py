"""Event sources in the admin: defined by QA leads, the secret shown once, rotated, and never seen again."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse

from integrations.models import EventSource, EventSourceSecret
from qa_observability.secrets_at_rest import read_secret
from qa_observability.standard_webhooks import new_secret
from tests.conftest import NOW
from tests.integrations.webhook_sender import an_event

LIST = "admin:integrations_eventsource_changelist"
ADD = "admin:integrations_eventsource_add"
CHANGE = "admin:integrations_eventsource_change"
SECRET = "admin:integrations_eventsource_secret"
NEW = {"name": "Hostfully", "slug": "hostfully", "is_active": "on", "integrations": ["airbnb", "vrbo"]}
pytestmark = pytest.mark.usefixtures("now", "sealed")


def shown_secret(response):
    found = re.search(
        r"whsec_[A-Za-z0-9+/=]+", " ".join(str(message) for message in get_messages(response.wsgi_request))
    )
    return found[0] if found else None


def page(client, source):
    return client.get(reverse(CHANGE, args=[source.pk])).content.decode()


def test_a_lead_defines_a_source_and_sees_its_secret_once(as_lead):
    response = as_lead.post(reverse(ADD), NEW)
    source = EventSource.objects.get()
    secret = shown_secret(response)
    assert secret is not None
    assert read_secret(EventSourceSecret.objects.get(), "secret") == secret
    assert [row.slug for row in source.integrations.order_by("slug")] == ["airbnb", "vrbo"]
    first = page(as_lead, source)
    assert secret in first  # the message that was waiting
    second = page(as_lead, source)
    assert "whsec_" not in second
    assert "/api/v1/integrations/webhooks/hostfully/events" in second
    assert "One secret is in force" in second


def test_the_secret_is_nowhere_in_the_clear(as_lead, lead):
    secret = shown_secret(as_lead.post(reverse(ADD), NEW))
    source = EventSource.objects.get()
    page(as_lead, source)
    for url in (reverse(LIST), reverse("admin:integrations_eventsource_history", args=[source.pk])):
        assert "whsec_" not in as_lead.get(url).content.decode()
    assert secret.encode() not in bytes(EventSourceSecret.objects.get().secret)


def test_a_source_without_integrations_or_with_a_taken_slug_is_refused(as_lead, sender):
    refused = as_lead.post(reverse(ADD), {**NEW, "slug": "other", "integrations": []})
    assert "This field is required" in refused.content.decode()
    taken = as_lead.post(reverse(ADD), NEW)
    assert "with this Slug already exists" in taken.content.decode()
    assert EventSource.objects.count() == 1


def test_rotation_shows_the_new_secret_and_keeps_the_old_one_for_a_day(as_lead, sender):
    response = as_lead.post(reverse(SECRET, args=[sender.source.pk]), {"rotate": ""})
    new = shown_secret(response)
    assert new not in (None, sender.secret)
    assert "Two secrets are in force" in page(as_lead, sender.source)
    assert sender.send(an_event(), secret=new).status_code == 201
    as_lead.post(reverse(SECRET, args=[sender.source.pk]), {"retire": ""})
    assert sender.send(an_event()).status_code == 401
    history = as_lead.get(reverse("admin:integrations_eventsource_history", args=[sender.source.pk])).content.decode()
    assert "Secret rotated." in history
    assert "Old secret retired." in history


def test_the_page_tells_what_came_of_the_last_messages(as_lead, sender):
    sender.send(an_event(), message_id="msg_good")
    sender.send(an_event(integrationId="hmbn"), message_id="msg_bad")
    sender.send(an_event(), headers={"webhook-timestamp": "1"})
    text = page(as_lead, sender.source)
    assert all(part in text for part in ("msg_good", "Accepted", "msg_bad", "Refused", "may not send events of"))
    assert "Turned away at 2026-03-18 14:05 UTC: webhook-timestamp" in text


def test_what_a_sender_wrote_is_escaped(as_lead, sender):
    sender.send(an_event(integrationId="<script>alert(1)</script>"), message_id="<img/src=x>")
    text = page(as_lead, sender.source)
    assert "<img/src=x>" not in text
    assert "<script>alert(1)" not in text


def test_the_list_costs_the_same_for_many_sources(as_lead, sender, django_assert_max_num_queries):
    for number in range(20):
        source = EventSource.objects.create(name=f"S{number}", slug=f"s{number}")
        source.integrations.set(["airbnb"])
    with django_assert_max_num_queries(12):
        text = as_lead.get(reverse(LIST)).content.decode()
    assert "S19" in text


def test_without_a_key_there_is_a_source_but_no_secret_and_the_page_says_so(as_lead, settings):
    settings.REVENUE_CONFIG_KEYS = []
    as_lead.post(reverse(ADD), NEW)
    text = page(as_lead, EventSource.objects.get())
    assert "REVENUE_CONFIG_KEYS is empty" in text
    assert "There is no secret in force" in text


@pytest.mark.parametrize("name", [LIST, ADD])
def test_viewers_see_nothing_of_it(as_viewer, name):
    assert as_viewer.get(reverse(name)).status_code in (302, 403)


def test_only_those_who_may_change_a_source_rotate_its_secret(as_viewer, sender):
    response = as_viewer.post(reverse(SECRET, args=[sender.source.pk]), {"rotate": ""})
    assert response.status_code in (302, 403)
    assert EventSourceSecret.objects.count() == 1


def test_a_secret_is_not_rotated_by_following_a_link(as_lead, sender):
    assert as_lead.get(reverse(SECRET, args=[sender.source.pk])).status_code == 405


def test_connections_tells_of_the_last_message_and_of_whoever_is_turned_away_since(as_lead, sender):
    pages = [reverse("admin:connections"), reverse("admin:connection", args=["event-sources"])]

    def shown():
        return [as_lead.get(url).content.decode() for url in pages]

    assert all("No message has come yet." in html for html in shown())
    assert sender.send(an_event()).status_code == 201
    later = NOW + timedelta(minutes=3)
    with time_machine.travel(later, tick=False):
        assert sender.send(an_event(), now=later, secret=new_secret()).status_code == 401
        for html in shown():
            assert "The last message came at 2026-03-18 14:05 UTC." in html
            assert "Hostfully was turned away at 2026-03-18 14:08 UTC: webhook-signature does not match." in html
    mended = NOW + timedelta(minutes=4)
    with time_machine.travel(mended, tick=False):
        assert sender.send(an_event(externalId="2"), now=mended).status_code == 201
        for html in shown():
            assert "The last message came at 2026-03-18 14:09 UTC." in html
            assert "was turned away" not in html
