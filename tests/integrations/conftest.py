"""What the tests of the channels' health share."""

import json

import pytest

from tests.integrations.webhook_sender import Sender, a_sender
from tests.standins import splunk
from tests.standins.server import serving


@pytest.fixture
def sealed(settings) -> None:
    """A key to encrypt secrets with."""
    settings.REVENUE_CONFIG_KEYS = ["QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="]


@pytest.fixture
def sender(db, now, sealed) -> Sender:
    return a_sender()


@pytest.fixture
def endpoint():
    """A server whose answer a test sets: `endpoint.says(status, document, **headers)`."""
    with serving(lambda exchange: exchange.answer(500)) as server:

        def says(document, status=200, **headers):
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            server.handle_exchange = lambda exchange: exchange.answer(
                status, body, Content_Type="application/json", **headers
            )

        server.says = says
        yield server


@pytest.fixture
def server(settings):
    """Splunk's REST interface, which the settings name."""
    with serving(splunk.answer) as stand_in:
        settings.SPLUNK_URL, settings.SPLUNK_TOKEN = stand_in.url("/"), splunk.TOKEN
        yield stand_in
