"""`manage.py serve`: migrate, then the web server and the worker, until one of them or the person ends it."""

import os
import sys
import threading
import time
from hashlib import sha256
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from honcho.manager import Manager

READY_WITHIN = 60  # seconds


class Command(BaseCommand):
    help = "Migrate, then run web server and worker together; both end when one of them does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--demo", action="store_true", help="Load the sample data and print a login.")

    def handle(self, *, host: str, port: int, demo: bool, **options: Any) -> None:
        address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104  a comparison
        if _answers(f"{address}/healthz"):
            self.stdout.write(f"Already running at {address}/")
            self._login(demo)
            return
        call_command("migrate", verbosity=0)
        if demo:
            call_command("load_demo", login=True, stdout=self.stdout, stderr=self.stderr)
        self._collect_static()
        manager = Manager()
        python = sys.executable
        environment = {"SITE_ADDRESS": address, **os.environ, "PYTHONUNBUFFERED": "1"}
        manager.add_process(
            "web",
            f"exec {python} -m gunicorn -c python:qa_observability.web_server --bind {host}:{port} --log-level warning",
            env=environment,
        )
        manager.add_process("worker", f"exec {python} manage.py qcluster", env=environment)
        threading.Thread(target=self._announce, args=(address, demo), daemon=True).start()
        manager.loop()
        sys.exit(manager.returncode)

    def _collect_static(self) -> None:
        """Collect and compress the static files, unless neither they nor the libraries changed since the last time."""
        sources = [settings.BASE_DIR / "constraints.txt", *(settings.BASE_DIR / "static").rglob("*.*")]
        seen = sorted(f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in sources)
        fingerprint = sha256("\n".join(seen).encode()).hexdigest()
        stamp = settings.STATIC_ROOT / "collected"
        if stamp.is_file() and stamp.read_text() == fingerprint:
            return
        self.stdout.write("Preparing static files ...")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=["*.map", "redoc"])
        stamp.write_text(fingerprint)

    def _announce(self, address: str, demo: bool) -> None:
        give_up = time.monotonic() + READY_WITHIN
        while time.monotonic() < give_up:
            if _answers(f"{address}/readyz"):
                self.stdout.write(f"\nQA Observability is running at {address}/")
                self._login(demo)
                self.stdout.write("Ctrl+C ends it.\n")
                self.stdout.flush()
                return
            time.sleep(0.3)
        self.stderr.write(f"Nothing answers at {address}/readyz; see the lines above.")

    def _login(self, demo: bool) -> None:
        if demo:
            self.stdout.write(f"Log in as demo with the password {settings.DEMO_PASSWORD}")


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:  # noqa: S310  our own http address
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
