"""`manage.py api_token` and `manage.py purge_expired`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from knox.models import get_token_model
from rest_framework.test import APIClient

from correlation.models import TestCase, TestExecution
from integrations.models import IntegrationEvent
from integrations.services import record_events
from tests.conftest import NOW
from tests.integrations.factories import DAY, an_event

pytestmark = pytest.mark.django_db
HEALTH = "/api/v1/integrations/health"


def run(*arguments, **options):
    """Return what a command prints to its two streams."""
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def api(token):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.strip()}")
    return client


def test_api_token_creates_the_user_and_prints_a_token_that_works():
    out, err = run("api_token", "pipeline", role="Ingest")
    assert (len(out.splitlines()), err) == (1, "")
    assert api(out).post(HEALTH, {"integrationId": "vrbo", "errorRate": 0.01}).status_code == 201
    assert api(out).get(HEALTH).status_code == 403
    user = User.objects.get(username="pipeline")
    assert not user.has_usable_password()
    assert [group.name for group in user.groups.all()] == ["Ingest"]


def test_the_token_is_not_stored():
    out, _ = run("api_token", "pipeline", role="Ingest")
    assert out.strip() not in str(get_token_model().objects.values().get())


def test_a_second_token_of_a_user_leaves_the_first_and_the_password(make_user):
    user = make_user("Viewers", username="vera")
    first, _ = run("api_token", "vera")
    second, _ = run("api_token", "vera")
    assert first != second
    assert [api(token).get(HEALTH).status_code for token in (first, second)] == [200, 200]
    user.refresh_from_db()
    assert user.check_password("a-long-password")


def test_roles_are_found_whatever_their_case_and_add_to_those_that_are_there(make_user):
    make_user("Viewers", username="vera")
    run("api_token", "vera", role="qa LEADS")
    groups = User.objects.get(username="vera").groups.values_list("name", flat=True)
    assert sorted(groups) == ["QA leads", "Viewers"]


def test_a_role_of_ones_own_can_be_named():
    Group.objects.create(name="Night shift")
    run("api_token", "nina", role="Night shift")
    assert User.objects.get(username="nina").groups.get().name == "Night shift"


def test_an_unknown_role_is_refused_with_those_that_there_are_and_creates_nobody():
    with pytest.raises(CommandError, match="Ingest, QA leads, Revenue admins, Viewers"):
        run("api_token", "pipeline", role="Inject")
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "two words", "x" * 151, "nul\x00", "a\nb"])
def test_what_cannot_be_a_user_name_is_refused(name):
    with pytest.raises(CommandError, match="user name"):
        run("api_token", name)
    assert not User.objects.exists()


def test_a_user_in_no_group_is_warned_of():
    out, err = run("api_token", "pipeline")
    assert "--role" in err
    assert api(out).get(HEALTH).status_code == 403


def test_scope_name_and_expiry_are_kept(now):
    run("api_token", "pipeline", role="QA leads", name="nightly", scope="read", expires_in="90d")
    token = get_token_model().objects.get()
    assert (token.name, token.scope, token.expiry) == ("nightly", "read", NOW + timedelta(days=90))


@pytest.mark.parametrize("length", ["90", "soon", "0d"])
def test_an_expiry_that_is_no_duration_is_refused(length):
    with pytest.raises(CommandError, match="--expires-in"):
        run("api_token", "pipeline", expires_in=length)


def expired_rows():
    record_events([an_event(occurred_at=NOW - 100 * DAY), an_event(occurred_at=NOW - DAY)], now=NOW)
    case = TestCase.objects.create(id="T1", name="Booking flow")
    for number, ago in enumerate((91, 91, 5)):
        TestExecution.objects.create(
            test_case=case, status="passed", executed_at=NOW - ago * DAY, run_id=f"run-{number}"
        )


def test_purge_expired_removes_what_is_past_its_retention_and_says_how_much(now):
    expired_rows()
    out, err = run("purge_expired")
    assert (out, err) == ("Removed 1 events, 0 observations and 2 executions.\n", "")
    assert (IntegrationEvent.objects.count(), TestExecution.objects.count(), TestCase.objects.count()) == (1, 1, 1)
    assert run("purge_expired")[0] == "Removed 0 events, 0 observations and 0 executions.\n"


def test_purge_expired_dry_run_only_says_what_would_go(now):
    expired_rows()
    assert run("purge_expired", dry_run=True)[0] == "Would remove 1 events, 0 observations and 2 executions.\n"
    assert (IntegrationEvent.objects.count(), TestExecution.objects.count()) == (2, 3)


def test_on_a_terminal_the_progress_does_not_run_into_the_result(now):
    class Terminal(StringIO):
        def isatty(self):
            return True

    expired_rows()
    out = Terminal()
    call_command("purge_expired", stdout=out)
    assert out.getvalue().splitlines()[-1] == "Removed 1 events, 0 observations and 2 executions."
