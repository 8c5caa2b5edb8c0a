"""What the tests of revenue share: a key, and doors through which events come in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.inputs import EventInput, ObservationInput
from integrations.services import record_events, record_observations
from qa_observability import roles
from revenue import revisions
from revenue.config import RevenueConfig, config_from_yaml
from tests.conftest import NOW

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OTHER_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="


@pytest.fixture(autouse=True)
def _key(settings) -> None:
    settings.REVENUE_CONFIG_KEYS = [KEY]


@pytest.fixture
def record(db) -> Callable[..., None]:
    def record_one(
        integration: str, event_type: str, *, days_ago: float = 0, count: int = 1, at: datetime = NOW, **metadata: Any
    ) -> None:
        """Record `count` events of one kind, `days_ago` days before `at`."""
        events = [
            EventInput(
                integration_id=integration,
                event_type=event_type,
                severity="low",
                message="Something went wrong",
                occurred_at=at - timedelta(days=days_ago),
                source="api",
                metadata=metadata,
            )
        ] * count
        record_events(events, now=at)

    return record_one


@pytest.fixture
def observe(db) -> Callable[..., None]:
    def observe_one(integration: str, loss_rate: str, *, days_ago: float = 0, at: datetime = NOW) -> None:
        """Record an observation with this booking loss rate."""
        row = ObservationInput(
            integration_id=integration,
            last_checked=at - timedelta(days=days_ago),
            source="api",
            booking_loss_rate=Decimal(loss_rate),
        )
        record_observations([row], now=at)

    return observe_one


@pytest.fixture
def configure(db) -> Callable[..., Any]:
    def save(text: str, author: Any = None) -> Any:
        """Put a YAML document in force."""
        config = config_from_yaml(text, known=revisions.known_integrations())
        return revisions.save(config, author=author, comment="", expected=revisions.newest_id())

    return save


@pytest.fixture
def admin_api(api_for):
    return api_for(roles.REVENUE_ADMINS)


@pytest.fixture
def revenue_admin(make_user):
    return make_user(roles.REVENUE_ADMINS)


@pytest.fixture
def as_revenue_admin(client, revenue_admin):
    client.force_login(revenue_admin)
    return client


@pytest.fixture
def defaults() -> RevenueConfig:
    return RevenueConfig()
