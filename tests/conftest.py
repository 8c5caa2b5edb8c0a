"""What every test can ask for: a fixed clock, people of each role, and clients that speak for them."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import Client
from hypothesis import settings as hypothesis_settings
from knox.models import get_token_model
from rest_framework.test import APIClient

from qa_observability import roles
from revenue.services import results_at_hand

# Examples are not timed: a busy machine fails nobody.
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")

NOW = datetime(2026, 3, 18, 14, 5, tzinfo=UTC)  # a Wednesday


DATABASE_FIXTURES = {"db", "transactional_db", "django_db_serialized_rollback", "live_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks no database: it says the same over every one, so the gate runs it once."""
    for item in items:
        if not item.get_closest_marker("django_db") and DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.no_database)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Keep what the migrations ship, for tests with real transactions, which empty every table when they end.

    On the connection's class, because Playwright's event loop makes Django open another connection in this thread.
    """
    with django_db_blocker.unblock():
        connection = connections[DEFAULT_DB_ALIAS]
        type(connection)._test_serialized_contents = connection.creation.serialize_db_to_string()


@pytest.fixture(autouse=True)
def _plain_settings(settings) -> None:
    """Fast password hashes, and a cache that no other test has filled."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    results_at_hand.clear()


@pytest.fixture
def now() -> Iterator[datetime]:
    """Stop the clock at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def make_user(db) -> Callable[..., User]:
    def make(role: str | None = None, **fields: object) -> User:
        """Return the user of this name, by default one per role, created where it is missing."""
        name = str(fields.pop("username", (role or "nobody").lower().replace(" ", "-")))
        known = User.objects.filter(username=name).first()
        if known:
            return known
        user = User.objects.create_user(username=name, password="a-long-password", **fields)
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def viewer(make_user) -> User:
    return make_user(roles.VIEWERS)


@pytest.fixture
def lead(make_user) -> User:
    return make_user(roles.QA_LEADS)


@pytest.fixture
def as_viewer(client: Client, viewer: User) -> Client:
    client.force_login(viewer)
    return client


@pytest.fixture
def as_lead(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


@pytest.fixture
def api_for(make_user) -> Callable[..., APIClient]:
    """Return an API client that carries a bearer token of a new user in the given role."""

    def build(role: str | None, **token_fields: object) -> APIClient:
        _, token = get_token_model().objects.create(user=make_user(role), **token_fields)
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return api

    return build


@pytest.fixture
def lead_api(api_for) -> APIClient:
    return api_for(roles.QA_LEADS)


@pytest.fixture
def viewer_api(api_for) -> APIClient:
    return api_for(roles.VIEWERS)


@pytest.fixture
def ingest_api(api_for) -> APIClient:
    return api_for(roles.INGEST)


@pytest.fixture
def at_once(django_db_serialized_rollback, transactional_db) -> Callable[..., None]:
    """Return a function that calls each given function in a thread of its own, all at the same moment."""

    def run(*doors: Callable[[], object]) -> None:
        gate = threading.Barrier(len(doors))
        failures: list[BaseException] = []

        def enter(door: Callable[[], object]) -> None:
            gate.wait()
            try:
                door()
            except BaseException as error:  # re-raised below, where the test can fail
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=enter, args=(door,)) for door in doors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []

    return run
