"""The same webhook message arriving twice at the same moment."""

from integrations.models import IntegrationEvent, SourceDelivery
from tests.integrations.webhook_sender import Sender, an_event


def test_one_is_taken_and_both_get_the_same_answer(at_once, sender):
    answers = []

    def send():
        door = Sender(sender.source, sender.secret)
        response = door.send([an_event(), an_event()], message_id="msg_1")
        answers.append((response.status_code, response.json()))

    at_once(send, send, send, send)
    assert answers == [(201, {"created": 2, "duplicates": 0})] * 4
    assert IntegrationEvent.objects.count() == 2
    assert SourceDelivery.objects.get().repeats == 3
