"""Messages to endpoints: written with what they tell of, signed, retried, honest in the log; at a local receiver."""

import json
from datetime import timedelta

import pytest
from django.db import transaction

from correlation import alerts, webhooks
from correlation.models import Alert, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEndpointSecret
from correlation.outbox import purge_messages
from correlation.services import record_executions
from correlation.tasks import OUTGOING_WEBHOOKS, send_webhooks
from integrations.models import JobRun, JobStanding
from integrations.signing import issue_secret
from tests.conftest import NOW
from tests.correlation.factories import MINUTE, a_correlation, an_alert, an_execution
from tests.standins.server import serving
from tests.standins.webhook_receiver import Receiver

EVERYTHING = [
    "correlation.alert.created",
    "correlation.alert.dismissed",
    "correlation.incident.started",
    "correlation.incident.ended",
]
pytestmark = pytest.mark.usefixtures("now", "sealed")


@pytest.fixture
def sealed(settings, db):
    settings.REVENUE_CONFIG_KEYS = ["QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="]
    settings.OUTGOING_ALLOW = ["127.0.0.1"]


@pytest.fixture
def receiver():
    heard = Receiver()
    with serving(heard) as server:
        heard.url = server.url("/hook?key=hush")
        yield heard


def an_endpoint(receiver, **fields):
    endpoint = WebhookEndpoint.objects.create(
        **{"name": "Status page", "url": receiver.url, "event_types": EVERYTHING} | fields
    )
    receiver.secrets.append(issue_secret(WebhookEndpointSecret, endpoint, now=NOW))
    return endpoint


def an_alert_is_raised():
    a_correlation()
    record_executions([an_execution()], now=NOW)
    return Alert.objects.get()


def test_a_raised_and_a_dismissed_alert_are_told_once_each(receiver, lead):
    an_endpoint(receiver)
    alert = an_alert_is_raised()
    assert send_webhooks() == 1
    assert send_webhooks() == 0
    alerts.dismiss_alerts([alert.pk], user=lead, now=NOW)
    alerts.dismiss_alerts([alert.pk], user=lead, now=NOW)
    assert send_webhooks() == 1
    (_, raised), (_, dismissed) = receiver.taken
    assert (raised["type"], raised["timestamp"]) == ("correlation.alert.created", "2026-03-18T14:05:00Z")
    assert raised["data"]["id"] == str(alert.pk)
    assert raised["data"]["integrationName"] == "Airbnb"
    assert raised["data"]["testCaseName"] == "Booking Flow Test"
    assert raised["data"]["url"].endswith(f"/dashboard/alerts/#alert-{alert.pk}")
    assert dismissed["type"] == "correlation.alert.dismissed"
    assert dismissed["data"]["dismissedAt"] == "2026-03-18T14:05:00Z"
    assert lead.username not in json.dumps(dismissed)


def test_an_endpoint_is_told_what_it_wants_and_nothing_is_written_for_nobody(receiver):
    an_endpoint(receiver, event_types=["correlation.alert.dismissed"])
    an_endpoint(receiver, is_active=False)
    an_alert_is_raised()
    assert not WebhookDelivery.objects.exists()


def test_what_is_rolled_back_is_not_told(receiver):
    an_endpoint(receiver)
    with transaction.atomic():
        an_alert_is_raised()
        assert WebhookDelivery.objects.exists()
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_a_message_that_is_not_taken_comes_again_under_the_same_id(receiver, time_machine_later):
    an_endpoint(receiver)
    an_alert_is_raised()
    receiver.plan = [(500, {}), (302, {"Location": "/elsewhere"})]
    assert send_webhooks() == 0
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status) == ("pending", 1, 500)
    assert timedelta(seconds=5) <= delivery.due_at - NOW <= timedelta(seconds=5.5)
    time_machine_later(timedelta(seconds=4))
    assert send_webhooks() == 0
    time_machine_later(timedelta(seconds=6))
    assert send_webhooks() == 0
    time_machine_later(timedelta(minutes=6))
    assert send_webhooks() == 1
    assert len(receiver.ids) == 3
    assert len(set(receiver.ids)) == 1
    log = list(WebhookAttempt.objects.values_list("number", "status", "error"))
    assert log[0] == (1, 500, "127.0.0.1 answered 500.")
    assert log[1][0] == 2
    assert "redirects" in log[1][2]
    assert log[2] == (3, 200, "")


def test_nine_waits_and_then_it_is_given_up(receiver, time_machine_later):
    an_endpoint(receiver)
    an_alert_is_raised()
    receiver.plan = [(503, {})] * 20
    for day in range(20):
        time_machine_later(timedelta(days=2 * day))
        receiver.secrets = []  # nothing is right any more: 401
        send_webhooks()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("failed", 10)
    assert WebhookAttempt.objects.count() == 10


def test_an_endpoint_that_wants_to_be_left_alone_is(receiver, time_machine_later):
    an_endpoint(receiver)
    an_alert_is_raised()
    receiver.plan = [(429, {"Retry-After": "3600"}), (503, {"Retry-After": "99999999"})]
    send_webhooks()
    assert WebhookDelivery.objects.get().due_at == NOW + timedelta(hours=1)
    later = time_machine_later(timedelta(hours=1))
    send_webhooks()
    assert WebhookDelivery.objects.get().due_at == later + timedelta(hours=24)


def test_410_switches_the_endpoint_off_and_gives_the_rest_up(receiver):
    endpoint = an_endpoint(receiver)
    an_alert_is_raised()
    webhooks.outbox.announce_test(endpoint, now=NOW)
    receiver.plan = [(410, {})]
    send_webhooks()
    endpoint.refresh_from_db()
    assert (endpoint.is_active, "410" in endpoint.disabled_because) == (False, True)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"failed"}
    assert len(receiver.ids) == 1
    assert send_webhooks() == 0


def test_one_that_is_down_holds_nobody_up_and_the_connection_says_so(receiver):
    an_endpoint(receiver, name="Down", url="http://127.0.0.1:9/hook?key=hush")
    an_endpoint(receiver, name="Up")
    an_alert_is_raised()
    an_alert(alert_type="integration_critical", integration_id="vrbo")
    send_webhooks()
    assert len(receiver.taken) == 1
    standing = JobStanding.objects.get(name=OUTGOING_WEBHOOKS)
    assert standing.failing_since is not None
    assert standing.error == "Down: 127.0.0.1 cannot be reached."
    assert "hush" not in str(list(WebhookAttempt.objects.values())) + str(list(JobRun.objects.values()))


def test_endpoints_that_are_slow_do_not_keep_a_run_from_ending(receiver, time_machine_later):
    endpoint = an_endpoint(receiver)
    for _ in range(2):
        webhooks.outbox.announce_test(endpoint, now=NOW)
    receiver.before = lambda: time_machine_later(timedelta(seconds=200))
    assert send_webhooks() == 1  # the other is not even begun
    assert WebhookAttempt.objects.count() == 1
    assert send_webhooks() == 1


def test_an_inner_address_is_not_asked_unless_allowed(receiver, settings):
    settings.OUTGOING_ALLOW = []
    an_endpoint(receiver)
    an_alert_is_raised()
    assert send_webhooks() == 0
    assert receiver.ids == []
    assert "OUTGOING_ALLOW" in WebhookAttempt.objects.get().error


def test_while_a_secret_rotates_both_sign(receiver):
    endpoint = an_endpoint(receiver)
    old = receiver.secrets[0]
    new = issue_secret(WebhookEndpointSecret, endpoint, now=NOW)
    for known in (old, new):
        receiver.secrets = [known]
        assert webhooks.send_test(endpoint, now=NOW).state == "sent"


def test_an_endpoint_whose_secret_is_lost_says_so(receiver, settings):
    an_endpoint(receiver)
    an_alert_is_raised()
    settings.REVENUE_CONFIG_KEYS = ["QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="]
    assert send_webhooks() == 0
    assert "REVENUE_CONFIG_KEYS" in WebhookAttempt.objects.get().error
    WebhookEndpointSecret.objects.all().delete()
    assert "no secret" in webhooks.send_test(WebhookEndpoint.objects.get(), now=NOW).error


def test_a_claimed_message_is_left_to_its_sender_until_the_lease_ends(receiver, time_machine_later):
    an_endpoint(receiver)
    an_alert_is_raised()
    WebhookDelivery.objects.update(state="sending", attempts=1, due_at=NOW + 10 * MINUTE)
    time_machine_later(9 * MINUTE)
    assert send_webhooks() == 0
    time_machine_later(10 * MINUTE)
    assert send_webhooks() == 1


def test_the_connection_is_tested_by_a_message_to_each(receiver):
    an_endpoint(receiver)
    assert webhooks.try_out() == "Status page accepted a test message."
    an_endpoint(receiver, name="Down", url="http://127.0.0.1:9/")
    with pytest.raises(webhooks.NotAcceptedError, match=r"^Down: 127\.0\.0\.1 cannot be reached\.$"):
        webhooks.try_out()


def test_messages_go_after_a_month(receiver):
    an_endpoint(receiver)
    an_alert_is_raised()
    send_webhooks()
    assert purge_messages(now=NOW + timedelta(days=30)) == 0
    assert purge_messages(now=NOW + timedelta(days=30, seconds=1)) == 1
    assert not WebhookAttempt.objects.exists()


def test_without_endpoints_looking_costs_three_queries(django_assert_num_queries):
    with django_assert_num_queries(3):  # two kinds of news, and what is due
        assert send_webhooks() == 0
    assert not JobRun.objects.exists()
