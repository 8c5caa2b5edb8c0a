"""CPU time, memory and open files of the web server's processes."""

import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric

from qa_observability.web_server import WORKERS_DIR


def process_metrics() -> Iterator[Metric]:
    """Yield the usual `process_*` figures of every worker of the web server, told apart by its place.

    Whichever worker answers, all are reported: a counter that jumped between the processes would look like restarts.
    A worker that takes the place of another keeps its label, so labels stay as few as there are workers.
    """
    families: dict[str, Metric] = {}
    for place, pid in sorted(_workers().items()):
        for found in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]  # a default
            family = families.setdefault(found.name, Metric(found.name, found.documentation, found.type))
            for sample in found.samples:
                family.add_sample(sample.name, {"worker": place}, sample.value)
    yield from families.values()


def _workers() -> dict[str, str]:
    """Return the process id of each worker by its place; of this process alone outside gunicorn."""
    folder = os.environ.get(WORKERS_DIR)
    if not folder:
        return {"0": "self"}
    return {path.stem: path.read_text() for path in Path(folder).glob("*.pid")}
