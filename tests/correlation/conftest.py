"""A clock that can be moved on."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine

from integrations.models import Integration
from tests.conftest import NOW
from tests.correlation.testmo_world import project, sync, testmo  # noqa: F401  fixtures
from tests.standins.jira import EMAIL, TOKEN, Jira
from tests.standins.server import serving


@pytest.fixture
def time_machine_later() -> Callable[..., object]:
    """Return a function that moves the stopped clock on, by ten minutes unless told otherwise."""
    travels = []

    def later(by: timedelta = timedelta(minutes=10)):
        travel = time_machine.travel(NOW + by, tick=False)
        travel.start()
        travels.append(travel)
        return NOW + by

    yield later
    for travel in reversed(travels):
        travel.stop()


@pytest.fixture
def jira(db, now, settings) -> Iterator[Jira]:
    """A Jira Cloud that knows us, and Airbnb's project in it."""
    standin = Jira()
    with serving(standin) as server:
        settings.JIRA_URL, settings.JIRA_EMAIL, settings.JIRA_TOKEN = server.url(""), EMAIL, TOKEN
        Integration.objects.filter(pk="airbnb").update(jira_project_key="PMS")
        yield standin
