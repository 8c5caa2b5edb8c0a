"""Who may do what over the API: roles, token scopes, sessions, and how often."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from knox.models import get_token_model
from rest_framework.test import APIClient

from qa_observability import roles
from tests.conftest import NOW
from tests.problems import assert_problem

HEALTH = "/api/v1/integrations/health"
READS = [HEALTH, f"{HEALTH}/vrbo", f"{HEALTH}/vrbo/events"]
OBSERVATION = {"integrationId": "vrbo", "errorRate": 0.01}
EVENT = {"eventType": "booking_loss", "severity": "low", "message": "m", "occurredAt": "2026-03-18T14:00:00Z"}
WRITES = [(HEALTH, OBSERVATION), (f"{HEALTH}/vrbo/events", EVENT)]
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def token_of(make_user):
    """Return a function that makes a token of the QA lead and a client that carries it."""

    def build(**fields):
        token, text = get_token_model().objects.create(user=make_user(roles.QA_LEADS), **fields)
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return token, api

    return build


@pytest.mark.parametrize(
    ("role", "may_read", "may_write"),
    [
        (roles.VIEWERS, True, False),
        (roles.QA_LEADS, True, True),
        (roles.INGEST, False, True),
        (roles.REVENUE_ADMINS, False, False),
        (None, False, False),
    ],
)
def test_each_role_may_do_exactly_what_the_contract_says(api_for, role, may_read, may_write):
    api = api_for(role)
    for url in READS:
        response = api.get(url)
        assert response.status_code == 200 if may_read else assert_problem(response, 403)
    for url, body in WRITES:
        response = api.post(url, body)
        assert response.status_code == 201 if may_write else assert_problem(response, 403)


def test_a_superuser_may_all(make_user):
    api = APIClient()
    api.force_login(make_user(username="root", is_superuser=True))
    assert [api.get(url).status_code for url in READS] == [200, 200, 200]
    assert [api.post(url, body).status_code for url, body in WRITES] == [201, 201]


@pytest.mark.parametrize(("scope", "reads", "writes"), [("all", 200, 201), ("read", 200, 403), ("ingest", 403, 201)])
def test_a_token_may_do_no_more_than_its_scope(token_of, scope, reads, writes):
    _, api = token_of(scope=scope)
    assert {api.get(url).status_code for url in READS} == {reads}
    assert {api.post(url, body).status_code for url, body in WRITES} == {writes}


@pytest.mark.parametrize(("scope", "role"), [("ingest", roles.VIEWERS), ("all", roles.VIEWERS), ("read", roles.INGEST)])
def test_a_scope_never_gives_what_the_role_does_not(api_for, scope, role):
    api = api_for(role, scope=scope)
    allowed = [api.get(HEALTH).status_code == 200, api.post(HEALTH, OBSERVATION).status_code == 201]
    assert allowed == [role == roles.VIEWERS and scope != "ingest", False]


def test_without_a_token_the_answer_is_401_and_says_how_to_log_in():
    for method, url in [("get", HEALTH), ("post", HEALTH), ("get", "/api/v1/schema"), ("options", HEALTH)]:
        response = getattr(APIClient(), method)(url)
        assert_problem(response, 401)
        assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer  ",
        "Bearer two words",
        "Bearer nonsense",
        "Bearer qaobs_" + "0" * 64,
        "Bearer ünïcode",
        "Bearer \x00",
        "Bearer " + "x" * 5000,
        "Basic cWE6cWE=",
        "Token abc",
    ],
)
def test_what_is_no_token_is_401(db, header):
    assert_problem(APIClient().get(HEALTH, HTTP_AUTHORIZATION=header), 401)


def test_a_token_whose_first_characters_are_right_is_not_enough(token_of):
    token, _ = token_of()
    assert_problem(APIClient().get(HEALTH, HTTP_AUTHORIZATION=f"Bearer {token.token_key}{'0' * 55}"), 401)


def test_a_token_is_stored_as_a_digest_only(token_of):
    token, api = token_of()
    text = api._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert text.startswith("qaobs_")  # what secret scanners look for
    assert text not in str(get_token_model().objects.values().get())
    assert len(token.digest) == 128


def test_a_revoked_token_is_401_at_once_and_stays_on_record(token_of):
    token, api = token_of()
    assert api.get(HEALTH).status_code == 200
    get_token_model().objects.filter(pk=token.pk).update(revoked_at=NOW)
    assert_problem(api.get(HEALTH), 401)
    assert get_token_model().objects.filter(pk=token.pk).exists()


def test_an_expired_token_is_401_and_stays_on_record(token_of):
    token, api = token_of(expiry=timedelta(hours=1))
    with time_machine.travel(NOW + timedelta(minutes=59), tick=False):
        assert api.get(HEALTH).status_code == 200
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert_problem(api.get(HEALTH), 401)
    assert get_token_model().objects.filter(pk=token.pk).exists()


def test_tokens_of_somebody_who_has_left_are_401(token_of, lead):
    _, api = token_of()
    lead.is_active = False
    lead.save()
    assert_problem(api.get(HEALTH), 401)


def test_two_tokens_of_one_user_work_side_by_side_for_rotation(token_of):
    (_, old), (_, new) = token_of(), token_of()
    assert (old.get(HEALTH).status_code, new.get(HEALTH).status_code) == (200, 200)


def test_last_use_is_noted_at_most_once_a_minute(token_of, django_assert_num_queries):
    token, api = token_of()

    def last_used(moment):
        with time_machine.travel(moment, tick=False):
            assert api.get(HEALTH).status_code == 200
        token.refresh_from_db()
        return token.last_used_at

    assert token.last_used_at is None
    assert last_used(NOW) == NOW
    assert last_used(NOW + timedelta(seconds=60)) == NOW
    assert last_used(NOW + timedelta(seconds=61)) == NOW + timedelta(seconds=61)


def test_a_session_reads_and_writes_with_a_csrf_token(lead):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(lead)
    assert browser.get(HEALTH).status_code == 200
    assert_problem(browser.post(HEALTH, OBSERVATION), 403)
    browser.get("/dashboard/")  # its log-out form carries the token
    csrf = browser.cookies["csrftoken"].value
    assert browser.post(HEALTH, OBSERVATION, headers={"X-CSRFToken": csrf}).status_code == 201
    assert_problem(browser.post(HEALTH, OBSERVATION, headers={"X-CSRFToken": "x" * 32}), 403)


def test_a_token_needs_no_csrf_token(token_of):
    _, api = token_of()
    assert api.handler.enforce_csrf_checks is False
    strict = APIClient(enforce_csrf_checks=True)
    strict.credentials(**api._credentials)
    assert strict.post(HEALTH, OBSERVATION).status_code == 201


def test_more_requests_than_the_rate_are_429_with_the_time_to_wait(token_of, settings, now):
    settings.API_RATE = 3
    _, api = token_of()
    _, other = token_of()
    assert [api.get(HEALTH).status_code for _ in range(3)] == [200, 200, 200]
    response = api.get(HEALTH)
    assert_problem(response, 429)
    assert response.headers["Retry-After"] == "60"
    assert other.get(HEALTH).status_code == 200  # each token has its own allowance
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        assert api.get(HEALTH).status_code == 200


def test_sessions_are_throttled_as_well_and_0_means_no_limit(as_viewer, settings):
    settings.API_RATE = 1
    assert as_viewer.get(HEALTH).status_code == 200
    assert_problem(as_viewer.get(HEALTH), 429)
    settings.API_RATE = 0
    assert as_viewer.get(HEALTH).status_code == 200


def test_the_documentation_needs_a_login_as_everything(db):
    for url in ("/api/v1/docs", "/api/v1/schema"):
        assert_problem(Client().get(url), 401)
