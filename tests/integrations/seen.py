"""Pages as their readers see them, and data to see, dated before the tests' NOW."""

import re
from datetime import timedelta
from typing import Any

from integrations.services import record_events, record_observations
from tests.conftest import NOW
from tests.integrations.factories import HOUR, MINUTE, an_event, an_observation

DASHBOARD = "/dashboard/"
LIST = "/dashboard/integrations/"
DETAIL = "/dashboard/integrations/vrbo/"
PAGES = [DASHBOARD, LIST, DETAIL]


def observe(slug: str = "vrbo", ago: timedelta = 10 * MINUTE, **fields: Any) -> None:
    record_observations([an_observation(integration_id=slug, last_checked=NOW - ago, **fields)], now=NOW)


def add_events(number: int = 1, slug: str = "vrbo", ago: timedelta = 2 * HOUR, **fields: Any) -> None:
    rows = [an_event(integration_id=slug, occurred_at=NOW - ago, **fields) for _ in range(number)]
    record_events(rows, now=NOW)


def words_of(html: str) -> str:
    """Return the text of a piece of HTML, spaces folded; what only shows on hover is left out."""
    return " ".join(re.sub(r"(?s)<title>.*?</title>|<[^>]+>", " ", html).split())


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return words_of(response.content.decode().partition('<main id="main" tabindex="-1">')[2])
