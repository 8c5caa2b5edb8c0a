"""A Testmo with one project, and the product connected to it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from correlation.models import TestExecution, TestmoProject
from correlation.testmo import sync_all
from tests.conftest import NOW
from tests.standins.testmo import TOKEN, Testmo

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = 15 * MINUTE


@pytest.fixture
def testmo(db, settings) -> Iterator[Testmo]:
    """Serve a Testmo with project 7, which the settings name."""
    world = Testmo()
    world.add_project()
    with world.serve() as server:
        settings.TESTMO_URL = server.url("")
        settings.TESTMO_TOKEN = TOKEN
        yield world


@pytest.fixture
def project(db) -> TestmoProject:
    return TestmoProject.objects.create(testmo_id=7, name="Booking engine")


@pytest.fixture
def sync(testmo: Testmo, project: TestmoProject) -> Callable[..., int]:
    """Return a function that lets the schedule's task run at a moment."""

    def tick(at: datetime = NOW) -> int:
        testmo.asked.clear()
        return sync_all(now=at)

    return tick


def stored(*columns: str) -> list[tuple[object, ...]]:
    return list(TestExecution.objects.order_by("executed_at", "test_case_id").values_list(*columns))
