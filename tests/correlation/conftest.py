"""A clock that can be moved on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from tests.conftest import NOW


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
