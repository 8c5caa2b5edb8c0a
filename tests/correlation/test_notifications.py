"""Messages at a local receiver: each alert once to each channel, again where that failed, never a secret in a row."""

from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from correlation import alerts
from correlation.checks import check_notify_urls
from correlation.models import Alert, AlertDelivery
from correlation.notifications import send_due
from correlation.services import record_executions
from correlation.tasks import watch
from tests.correlation.factories import HOUR, MINUTE, a_correlation, an_execution

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(httpserver: HTTPServer, settings) -> HTTPServer:
    settings.NOTIFY_URLS = [f"json://127.0.0.1:{httpserver.port}/hook?secret=hush"]
    return httpserver


@pytest.fixture
def alert(db, now, receiver) -> Alert:
    a_correlation()
    record_executions([an_execution()], now=now)
    return Alert.objects.get()


def test_one_alert_is_one_message(receiver, alert, now) -> None:
    receiver.expect_request("/hook", method="POST").respond_with_data("ok")
    assert watch() == 1
    assert watch() == 0
    assert send_due(now=now + HOUR) == 0
    ((request, _),) = receiver.log
    body = request.get_json()
    assert body["title"] == alert.title
    assert f"/dashboard/alerts/#alert-{alert.pk}" in body["message"]
    alert.refresh_from_db()
    assert alert.notified_at == now


def test_a_further_failure_sends_nothing_more(receiver, alert, now) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    watch()
    record_executions([an_execution(run_id="build-2", executed_at=now - MINUTE)], now=now)
    assert Alert.objects.get().failures == 2
    assert watch() == 0
    assert len(receiver.log) == 1


def test_a_refused_message_is_sent_again_later(receiver, alert, now) -> None:
    receiver.expect_ordered_request("/hook").respond_with_data("no", status=503)
    receiver.expect_ordered_request("/hook").respond_with_data("ok")
    assert send_due(now=now) == 0
    delivery = AlertDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.due_at) == ("pending", 1, now + MINUTE)
    assert send_due(now=now + timedelta(seconds=59)) == 0
    assert send_due(now=now + MINUTE) == 1
    assert len(receiver.log) == 2


def test_an_unreachable_channel_is_given_up_in_the_end(alert, now, settings) -> None:
    settings.NOTIFY_URLS = ["json://127.0.0.1:9/hook"]
    AlertDelivery.objects.all().delete()
    alerts.dismiss_alerts([alert.pk], user=None, now=now)
    record_executions([an_execution(run_id="b2", executed_at=now)], now=now)
    at = now
    for _ in range(8):
        send_due(now=at)
        at += timedelta(days=1)
    delivery = AlertDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("failed", 8)


def test_two_channels_do_not_wait_for_each_other(receiver, now, settings) -> None:
    settings.NOTIFY_URLS = [*settings.NOTIFY_URLS, "json://127.0.0.1:9/hook", settings.NOTIFY_URLS[0]]
    receiver.expect_request("/hook").respond_with_data("ok")
    a_correlation()
    record_executions([an_execution()], now=now)
    assert send_due(now=now) == 1
    assert sorted(AlertDelivery.objects.values_list("state", flat=True)) == ["pending", "sent"]
    send_due(now=now + HOUR)
    assert len(receiver.log) == 1


def test_a_claimed_delivery_is_left_to_its_sender_until_the_lease_ends(receiver, alert, now) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    AlertDelivery.objects.update(state="sending", attempts=1, due_at=now + 10 * MINUTE)
    assert send_due(now=now + 9 * MINUTE) == 0
    assert send_due(now=now + 10 * MINUTE) == 1


def test_an_alert_dismissed_in_time_is_not_sent(receiver, alert, now, lead) -> None:
    alerts.dismiss_alerts([alert.pk], user=lead, now=now)
    assert send_due(now=now) == 0
    assert AlertDelivery.objects.get().state == "skipped"


def test_the_address_is_stored_nowhere(alert) -> None:
    delivery = AlertDelivery.objects.get()
    assert delivery.scheme == "json"
    assert "hush" not in delivery.channel
    assert "127.0.0.1" not in delivery.channel


def test_a_channel_that_was_removed_is_said_to_be_gone(receiver, alert, now, settings) -> None:
    settings.NOTIFY_URLS = []
    assert send_due(now=now) == 0
    assert AlertDelivery.objects.get().error == "The channel is no longer in NOTIFY_URLS."


def test_a_scheme_that_is_not_allowed_is_a_check_and_no_channel(now, settings) -> None:
    settings.NOTIFY_URLS = ["syslog://", "file:///etc/passwd"]
    assert [error.id for error in check_notify_urls()] == ["correlation.E001"] * 2
    assert "passwd" not in str(check_notify_urls())
    a_correlation()
    record_executions([an_execution()], now=now)
    assert not AlertDelivery.objects.exists()
