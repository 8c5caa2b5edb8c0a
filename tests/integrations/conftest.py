"""What the tests of the channels' health share."""

import pytest

from tests.integrations.webhook_sender import Sender, a_sender


@pytest.fixture
def sealed(settings) -> None:
    """A key to encrypt secrets with."""
    settings.REVENUE_CONFIG_KEYS = ["QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="]


@pytest.fixture
def sender(db, now, sealed) -> Sender:
    return a_sender()
