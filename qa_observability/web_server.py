"""How gunicorn serves: `gunicorn -c python:qa_observability.web_server qa_observability.wsgi`.

Every worker has a place, 0 to workers - 1, which the one that replaces it takes over. The counters of the requests
lie in a file for each place, so that any worker can add up all of them, and that neither files nor figures are lost or
pile up when workers are replaced every few thousand requests.
"""

import gc
import importlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

# prometheus_client counts in the files of this folder where the variable is set before it is imported.
WORKERS_DIR = "PROMETHEUS_MULTIPROC_DIR"
PLACE = "WEB_WORKER_PLACE"

wsgi_app = "qa_observability.wsgi"
workers = 2
threads = 2
max_requests = 20_000
max_requests_jitter = 2_000


def on_starting(server: Any) -> None:
    os.environ[WORKERS_DIR] = tempfile.mkdtemp(prefix="qa-observability-metrics-")


def pre_fork(server: Any, worker: Any) -> None:
    """Give a new worker the lowest place that none of the living has."""
    taken = {living.place for living in server.WORKERS.values()}
    worker.place = next(place for place in range(len(taken) + 1) if place not in taken)


def post_fork(server: Any, worker: Any) -> None:
    os.environ[PLACE] = str(worker.place)
    Path(os.environ[WORKERS_DIR], f"{worker.place}.pid").write_text(str(worker.pid))


def post_worker_init(worker: Any) -> None:
    """Load all views before the first request, and leave what is loaded out of the search for garbage from then on.

    It never is garbage, and a search through it took a third of the time of every other batch of 10,000 events.
    """
    importlib.import_module("qa_observability.urls")
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    path = Path(os.environ[WORKERS_DIR], f"{worker.place}.pid")
    if path.is_file() and path.read_text() == str(worker.pid):
        path.unlink()


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ.get(WORKERS_DIR, ""), ignore_errors=True)
