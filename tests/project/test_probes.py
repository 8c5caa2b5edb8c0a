"""/healthz and /readyz: what a load balancer and an orchestrator are told."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

PROBE = """
import django, json
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
print(json.dumps([[r.status_code, r.json()] for r in (client.get("/healthz"), client.get("/readyz"))]))
"""


def probe_elsewhere(**environment):
    """Ask both probes in a process of its own, with other settings; return the two answers."""
    result = subprocess.run(  # noqa: S603  our own interpreter and text
        [sys.executable, "-c", PROBE],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "qa_observability.settings"}
        | {"LOG_LEVEL": "CRITICAL"}
        | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout.splitlines()[-1])


def test_healthz_says_that_the_process_answers(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readyz_says_that_everything_it_needs_is_there(client, db):
    response = client.get("/readyz")
    assert response.status_code == 200
    ok = {"database": "ok", "migrations": "ok", "cache": "ok", "queue": "ok"}
    assert response.json() == {"status": "ok", "checks": ok}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_need_no_login_and_are_never_cached(db, path):
    response = Client().get(path)
    assert "no-store" in response.headers["Cache-Control"]
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_answer_over_plain_http_where_everything_else_is_https(db, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(path).status_code == 200
    assert Client().get("/login/").status_code == 301


def test_readyz_waits_for_migrations(client, db):
    newest = MigrationRecorder.Migration.objects.filter(app="integrations").latest("name")
    newest.delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    assert response.json()["checks"]["migrations"] == "pending"
    assert response.json()["checks"]["database"] == "ok"


def test_without_a_database_the_process_is_alive_but_not_ready():
    unreachable = "postgres://nobody:a-secret@127.0.0.1:1/none"
    alive, ready = probe_elsewhere(DATABASE_URL=unreachable)
    assert alive == [200, {"status": "ok"}]
    assert ready[0] == 503
    assert ready[1]["checks"]["database"] == "unreachable"
    assert "secret" not in json.dumps(ready)


def test_each_part_that_is_missing_is_told_by_name(tmp_path):
    empty = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    alive, ready = probe_elsewhere(DATABASE_URL=empty, REDIS_URL="redis://127.0.0.1:1/0")
    assert (alive[0], ready[0]) == (200, 503)
    assert ready[1]["checks"] == {
        "database": "ok",
        "migrations": "pending",
        "cache": "unreachable",
        "queue": "unreachable",
    }


def test_the_database_under_test_is_the_one_that_was_asked_for(db):
    asked = os.environ.get("DATABASE_URL", "sqlite")
    assert connection.vendor == ("postgresql" if asked.startswith("postgres") else "sqlite")
