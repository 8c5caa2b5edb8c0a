"""A scratch database with the data of the figures to hold, and the product's own server on it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
DAYS = 90


def environment(database_url: str) -> dict[str, str]:
    """Return the environment of a server under load: no request limit, no https."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "API_RATE": "0",
        "HTTPS_ONLY": "false",
        "LOG_LEVEL": "ERROR",
        "DEBUG": "false",
    }


def manage(database_url: str, *arguments: str) -> str:
    """Run a management command and return what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=environment(database_url), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout


def prepare(database_url: str, events_per_day: int) -> float:
    """Migrate and load the sample data where it is missing; return the seconds that loading took."""
    manage(database_url, "migrate", "--verbosity", "0")
    started = time.perf_counter()
    manage(database_url, "load_demo", "--days", str(DAYS), "--events-per-day", str(events_per_day), "--login")
    return time.perf_counter() - started


@contextmanager
def serving(database_url: str) -> Iterator[str]:
    """Serve the product on a free port, as `make serve` does, and yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    manage(database_url, "collectstatic", "--noinput", "--verbosity", "0", "--ignore", "*.map", "--ignore", "redoc")
    command = [sys.executable, "-m", "gunicorn", "-c", "python:qa_observability.web_server"]
    server = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "--log-level", "error"],
        cwd=ROOT, env=environment(database_url),
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                if httpx.get(f"{address}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(10)
