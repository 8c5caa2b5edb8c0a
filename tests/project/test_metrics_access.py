"""Who may read /metrics: nobody by default."""

import os
import subprocess
import sys
import tempfile

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission
from django.core.checks import run_checks

from qa_observability import roles
from tests.problems import assert_problem
from tests.project.seen_metrics import TOKEN

pytestmark = pytest.mark.django_db


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer None", "Bearer x", "Basic eDp5", "Bearer \u00e9", "Bearer"])
def test_strangers_are_turned_away(client, header):
    response = client.get("/metrics", headers={"Authorization": header} if header else {})
    assert_problem(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_the_token_of_the_settings_opens_the_metrics_and_nothing_else(client, settings):
    settings.METRICS_TOKEN = TOKEN
    response = client.get("/metrics", headers=bearer(TOKEN))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert_problem(client.get("/metrics", headers=bearer(TOKEN[:-1])), 401)
    assert_problem(client.get("/metrics", headers=bearer(TOKEN + "0")), 401)
    assert_problem(client.get("/api/v1/integrations/health", headers=bearer(TOKEN)), 401)
    assert client.get("/dashboard/", headers=bearer(TOKEN)).status_code == 302


@pytest.mark.parametrize(("role", "status"), [(roles.VIEWERS, 200), (roles.QA_LEADS, 200), (roles.INGEST, 403)])
def test_a_token_reads_the_metrics_where_its_role_may(api_for, role, status):
    assert api_for(role).get("/metrics").status_code == status


def test_a_token_that_may_only_send_reads_nothing(api_for):
    assert_problem(api_for(roles.QA_LEADS, scope="ingest").get("/metrics"), 403)
    assert api_for(roles.QA_LEADS, scope="read").get("/metrics").status_code == 200


def test_the_one_permission_is_enough(api_for, make_user):
    make_user(username="nobody").user_permissions.add(Permission.objects.get(codename="view_metrics"))
    assert api_for(None).get("/metrics").status_code == 200


def test_a_session_reads_it_too_and_nobody_writes(as_viewer):
    assert as_viewer.get("/metrics").status_code == 200
    assert_problem(as_viewer.post("/metrics"), 405)


@pytest.mark.parametrize(
    "accept",
    ["application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1", "text/html", "application/json", "*/*"],
)
def test_whatever_is_asked_for_there_is_one_format(client, settings, accept):
    settings.METRICS_TOKEN = TOKEN
    response = client.get("/metrics?format=csv", headers={**bearer(TOKEN), "Accept": accept})
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_without_a_database_the_answer_is_an_error_that_tells_no_secret():
    """In a process of its own, for the database cannot be taken away from this one."""
    asked = (
        "import django; django.setup(); from django.test import Client\n"
        "client = Client(raise_request_exception=False)\n"
        f"answer = client.get('/metrics', headers={bearer(TOKEN)!r})\n"
        "print(answer.status_code, answer.content.decode())"
    )
    unreachable = {"DATABASE_URL": "postgres://nobody:a-secret@127.0.0.1:1/none", "LOG_LEVEL": "CRITICAL"}
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "qa_observability.settings", "METRICS_TOKEN": TOKEN}
    result = subprocess.run(  # noqa: S603  our own interpreter and text
        [sys.executable, "-c", asked],
        cwd=django_settings.BASE_DIR,
        env=environment | unreachable | {"CACHE_DIR": tempfile.mkdtemp()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith('503 {"type": "about:blank"')
    assert "a-secret" not in result.stdout


@pytest.mark.parametrize("token", ["short", "x" * 19, "with a blank " * 3, "é" * 20])
def test_a_token_that_is_easily_guessed_is_an_error(settings, token):
    settings.METRICS_TOKEN = token
    (error,) = [found for found in run_checks() if found.id == "qa_observability.E005"]
    assert token not in f"{error.msg} {error.hint}"
    settings.METRICS_TOKEN = "long-enough-to-be-a-token"
    assert not [found for found in run_checks() if found.id == "qa_observability.E005"]


def test_such_an_error_keeps_the_product_from_starting():
    token = "short-and-secret"
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "METRICS_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "qa_observability.E005" in result.stderr
    assert token not in result.stderr
