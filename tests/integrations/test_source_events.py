"""POST /integrations/webhooks/{source}/events: who is let in, what is taken, and that nothing is taken twice."""

from datetime import timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from integrations import webhooks
from integrations.models import EventSource, EventSourceSecret, IntegrationEvent, IntegrationHealth, SourceDelivery
from integrations.signing import issue_secret, retire_old_secret
from integrations.tasks import purge_expired
from qa_observability.api.bodies import declared_length
from qa_observability.spoken import SpokenError
from qa_observability.standard_webhooks import new_secret, signed
from tests.conftest import NOW
from tests.integrations.factories import assert_days_agree_with_rows
from tests.integrations.webhook_sender import a_sender, an_event
from tests.problems import assert_problem


def kept(source):
    return list(
        SourceDelivery.objects.filter(source=source).values_list("outcome", "status", "events_created", "duplicates")
    )


def test_a_signed_event_is_stored_without_any_token(sender):
    response = sender.send(an_event(externalId="E-1", eventType="fee_sync_error"))
    assert (response.status_code, response.json()) == (201, {"created": 1, "duplicates": 0})
    row = IntegrationEvent.objects.get()
    assert (row.integration_id, row.event_type, row.external_id, row.source) == (
        "airbnb",
        "fee_sync_error",
        "E-1",
        "api",
    )
    assert IntegrationHealth.objects.get().integration_id == "airbnb"
    assert kept(sender.source) == [("accepted", 201, 1, 0)]
    assert_days_agree_with_rows()


def test_a_list_may_be_of_several_integrations(sender):
    batch = [an_event(externalId="1"), an_event(integrationId="vrbo"), an_event(externalId="1")]
    response = sender.send(batch)
    assert (response.status_code, response.json()) == (201, {"created": 2, "duplicates": 1})
    assert sender.send([an_event(externalId="1")]).status_code == 200
    assert sender.send([]).json() == {"created": 0, "duplicates": 0}


def test_the_same_message_again_answers_as_before_and_has_no_effect(sender):
    first = sender.send(an_event(), message_id="msg_1")
    for later in (timedelta(seconds=5), timedelta(days=3)):
        with time_machine.travel(NOW + later, tick=False):
            again = sender.send(an_event(), message_id="msg_1", now=NOW + later)
        assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert IntegrationEvent.objects.count() == 1
    assert SourceDelivery.objects.get().repeats == 2


def test_ids_are_told_apart_by_source(sender):
    other = a_sender("airbnb", slug="guesty")
    sender.send(an_event(), message_id="msg_1")
    assert other.send(an_event(), message_id="msg_1").json() == {"created": 1, "duplicates": 0}


def test_a_message_that_was_refused_may_come_again_mended(sender):
    assert_problem(sender.send(an_event(integrationId="hmbn"), message_id="msg_1"), 400, "integrationId")
    sender.source.integrations.add("hmbn")
    assert sender.send(an_event(integrationId="hmbn"), message_id="msg_1").status_code == 201
    assert sorted(kept(sender.source)) == [("accepted", 201, 1, 0), ("refused", 400, 0, 0)]
    assert SourceDelivery.objects.get(status=400).error == "integrationId: This source may not send events of 'hmbn'."


def test_all_or_nothing(sender):
    problem = assert_problem(sender.send([an_event(), an_event(severity="bad"), an_event()]), 400, "[1].severity")
    assert len(problem["errors"]) == 1
    stranger = [an_event(), an_event(integrationId="booking-com")]
    assert_problem(sender.send(stranger), 400, "[1].integrationId")
    future = [an_event(), an_event(occurredAt="2026-03-19T14:00:00Z")]
    assert_problem(sender.send(future), 400, "[1].occurredAt")
    assert not IntegrationEvent.objects.exists()
    assert [outcome for outcome, *_ in kept(sender.source)] == ["refused"] * 3


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"webhook-id": ""}, "webhook-id"),
        ({"webhook-timestamp": "1"}, "webhook-timestamp"),
        ({"webhook-signature": "v1,QUJD"}, "webhook-signature"),
        ({"webhook-id": "another"}, "webhook-signature"),
    ],
)
def test_without_a_signature_nobody_gets_in(sender, headers, named):
    response = sender.send(an_event(), headers=headers)
    assert named in assert_problem(response, 401)["detail"]
    assert response.headers["WWW-Authenticate"] == "StandardWebhooks"
    assert not IntegrationEvent.objects.exists()
    assert kept(sender.source) == []
    sender.source.refresh_from_db()
    assert (sender.source.refused_at, named in sender.source.refusal) == (NOW, True)


def test_a_token_or_a_session_does_not_replace_the_signature(sender, lead_api, lead):
    assert_problem(lead_api.post(sender.url, an_event()), 401)
    browser = APIClient()
    browser.force_login(lead)
    assert_problem(browser.post(sender.url, an_event()), 401)


def test_an_unknown_source_is_answered_like_a_wrong_signature(sender):
    right = sender.send(an_event(), secret=new_secret())
    sender.source.slug = "not-there"
    unknown = sender.send(an_event())
    assert assert_problem(unknown, 401) == assert_problem(right, 401)


def test_that_somebody_was_turned_away_is_noted_once_a_minute(sender):
    for seconds in (0, 30, 59, 61):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            sender.send(an_event(), secret=new_secret(), now=NOW + timedelta(seconds=seconds))
    assert EventSource.objects.get().refused_at == NOW + timedelta(seconds=61)


def test_during_a_rotation_both_secrets_are_good_for_a_day(sender):
    new = issue_secret(EventSourceSecret, sender.source, now=NOW)
    assert sender.send(an_event()).status_code == 201
    assert sender.send(an_event(), secret=new).status_code == 201
    tomorrow = NOW + timedelta(hours=24)
    with time_machine.travel(tomorrow, tick=False):
        assert_problem(sender.send(an_event(), now=tomorrow), 401)
        assert sender.send(an_event(), secret=new, now=tomorrow).status_code == 201


def test_of_three_secrets_the_oldest_goes_and_a_rotation_can_be_ended(sender):
    second = issue_secret(EventSourceSecret, sender.source, now=NOW + timedelta(seconds=1))
    third = issue_secret(EventSourceSecret, sender.source, now=NOW + timedelta(seconds=2))
    assert_problem(sender.send(an_event()), 401)
    assert sender.send(an_event(), secret=second).status_code == 201
    retire_old_secret(EventSourceSecret, sender.source, now=NOW)
    assert_problem(sender.send(an_event(), secret=second), 401)
    assert sender.send(an_event(), secret=third).status_code == 201


def test_a_source_that_is_switched_off_is_told_so(sender):
    EventSource.objects.update(is_active=False)
    assert_problem(sender.send(an_event()), 403)
    assert kept(sender.source) == [("refused", 403, 0, 0)]


def test_without_the_key_of_the_installation_nobody_is_let_in_and_nothing_breaks(sender, settings):
    settings.REVENUE_CONFIG_KEYS = ["QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="]
    assert_problem(sender.send(an_event()), 503)


@pytest.mark.parametrize("content", [b"", b"null", b"5", b'"text"', b"{", b"[5]", b"\xff\xfe", b"[" * 100_000])
def test_bodies_that_hold_no_events(sender, content):
    assert_problem(sender.send(content), 400)
    assert [outcome for outcome, *_ in kept(sender.source)] == ["refused"]


def test_words_of_the_sender_that_no_database_can_hold_are_kept_without(sender):
    for name in ("nul\\u0000", "\\ud800"):
        assert_problem(sender.send(b'{"' + name.encode() + b'": 1}'), 400)
    assert [outcome for outcome, *_ in kept(sender.source)] == ["refused"] * 2


def test_other_media_types_and_parameters_and_methods_are_refused(sender):
    assert_problem(sender.send(b"a=b", media_type="application/x-www-form-urlencoded"), 415)
    assert_problem(sender.send(an_event(), query="?dryRun=1"), 400, "dryRun")
    assert_problem(sender.client.get(sender.url), 405)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(sender):
    assert_problem(sender.send(b" " * (5 * 1024 * 1024 + 1)), 413)


def test_senders_are_throttled_by_address(sender, settings):
    settings.API_RATE = 1
    assert sender.send(an_event()).status_code == 201
    assert_problem(sender.send(an_event()), 429)


@pytest.mark.parametrize("given", ["abc", "１２", "-5", "", None])
def test_a_length_that_is_no_number_is_none(rf, given):
    request = rf.post("/")
    request.META["CONTENT_LENGTH"] = given
    assert declared_length(request) == 0


def test_messages_are_forgotten_when_nobody_repeats_them_any_more(sender):
    sender.send(an_event())
    with time_machine.travel(NOW + timedelta(days=14), tick=False):
        purge_expired()
    assert SourceDelivery.objects.count() == 1
    with time_machine.travel(NOW + timedelta(days=14, seconds=1), tick=False):
        purge_expired()
    assert SourceDelivery.objects.count() == 0


def test_the_connection_tells_whether_sources_can_be_heard(sender):
    assert webhooks.try_out() == "1 source may send; no message has come yet."
    sender.send(an_event())
    assert webhooks.try_out() == "1 source may send; the last message came at 2026-03-18 14:05 UTC."
    EventSourceSecret.objects.all().delete()
    with pytest.raises(SpokenError, match="Hostfully"):
        webhooks.try_out()


def test_the_signature_covers_the_bytes_not_what_they_mean(sender):
    proofs = signed(b'{"a":1}', message_id="msg_1", now=NOW, secrets=[sender.secret])
    response = sender.client.generic("POST", sender.url, b'{"a": 1}', content_type="application/json", headers=proofs)
    assert_problem(response, 401)
