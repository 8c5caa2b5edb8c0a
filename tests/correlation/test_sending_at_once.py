"""Two senders at the same moment."""

from correlation import webhooks
from correlation.models import WebhookAttempt, WebhookEndpoint, WebhookEndpointSecret
from integrations.signing import issue_secret
from tests.conftest import NOW
from tests.standins.server import serving
from tests.standins.webhook_receiver import Receiver


def test_each_message_is_sent_by_one_of_them(at_once, now, settings):
    settings.REVENUE_CONFIG_KEYS = ["QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="]
    settings.OUTGOING_ALLOW = ["127.0.0.1"]
    receiver = Receiver()
    with serving(receiver) as server:
        endpoint = WebhookEndpoint.objects.create(name="E", url=server.url("/"), event_types=[])
        receiver.secrets = [issue_secret(WebhookEndpointSecret, endpoint, now=NOW)]
        for _ in range(10):
            webhooks.outbox.announce_test(endpoint, now=NOW)
        at_once(*[lambda: webhooks.send_messages(now=NOW)] * 3)
    assert len(receiver.ids) == len(set(receiver.ids)) == 10
    assert WebhookAttempt.objects.count() == 10
