"""The web server with two workers: figures are those of both, whichever answers, and outlive a worker."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.db import connection

from tests.project.seen_metrics import TOKEN, Seen

PATIENCE = 60


def database_url() -> str:
    """Return the address of the test database, for another process."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    login = f"{given['USER']}:{given['PASSWORD']}" if given["PASSWORD"] else given["USER"]
    return f"postgres://{login}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"


@pytest.fixture
def address(transactional_db, django_db_serialized_rollback, tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(  # noqa: S603  our own interpreter and server
            [sys.executable, "-m", "gunicorn", "-c", "python:qa_observability.web_server", "-b", f"127.0.0.1:{port}"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": database_url(), "METRICS_TOKEN": TOKEN, "TMPDIR": str(tmp_path)},
            stdout=out,
            stderr=out,
        )
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}"), log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)
    assert not list(tmp_path.glob("qa-observability-metrics-*"))


def wait_for(condition, log: Path | None = None) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, log.read_text() if log else "waited in vain"
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def scrape(address: str) -> Seen:
    answer = httpx.get(f"{address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    return Seen(answer.text)


def ask_until_both_have_answered(address: str, folder: Path) -> int:
    """Ask for the login page until the counts of both workers lie in the folder; return how often."""
    asked = 0
    while len(list(folder.glob("counter_*.db"))) < 2 or asked < 20:
        assert httpx.get(f"{address}/login/").status_code == 200
        asked += 1
    return asked


def test_requests_are_summed_over_the_workers_and_outlive_them(address, tmp_path):
    (folder,) = tmp_path.glob("qa-observability-metrics-*")
    asked = ask_until_both_have_answered(address, folder)
    login = {"method": "GET", "route": "/login/"}
    seen = [scrape(address) for _ in range(6)]
    assert {answer("http_requests_total", **login, status="200") for answer in seen} == {asked}
    assert {answer("http_request_duration_seconds_count", **login) for answer in seen} == {asked}
    memory = {key: value for key, value in seen[0].samples.items() if key[0] == "process_resident_memory_bytes"}
    assert {dict(labels)["worker"] for _, labels in memory} == {"0", "1"}

    victim = int((folder / "0.pid").read_text())
    os.kill(victim, signal.SIGTERM)
    wait_for(lambda: (folder / "0.pid").is_file() and (folder / "0.pid").read_text() not in {"", str(victim)})
    wait_for(lambda: answers(address))
    ask_more = ask_until_both_have_answered(address, folder)
    seen = [scrape(address) for _ in range(6)]
    assert {answer("http_requests_total", **login, status="200") for answer in seen} == {asked + ask_more}
    assert len(list(folder.glob("*.db"))) == 4  # counters and histograms, for each place one
