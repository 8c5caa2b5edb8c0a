"""The interval of a page's timeline in its address, and the links that change it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from integrations.intervals import Interval, neighbours, read_interval, text_of, whole_interval
from qa_observability.periods import Period

LABELS = {"closer": "Zoom in", "wider": "Zoom out", "earlier": "Earlier", "later": "Later"}


@dataclass(frozen=True, slots=True)
class Zoom:
    """The interval shown, the whole one, what was wrong with the address, and where to go from here."""

    interval: Interval
    whole: Interval
    problem: str
    links: list[dict[str, str]]
    whole_query: str
    base_query: str

    @property
    def is_whole(self) -> bool:
        return self.interval.is_whole

    @property
    def start_text(self) -> str:
        return text_of(self.interval.start)

    @property
    def end_text(self) -> str:
        return text_of(self.interval.end)


def zoom_of(request: HttpRequest, period: Period, *, now: datetime) -> Zoom:
    """Return the interval between `from` and `to` of the address, or the whole period and why where they are bad."""
    whole = whole_interval(period, now=now)
    start, end = request.GET.get("from", ""), request.GET.get("to", "")
    shown, problem = whole, ""
    if start or end:
        try:
            shown = read_interval(start, end, now=now)
        except ValueError as error:
            problem = f"The interval in the address {error}, so the whole period is shown."
    targets = neighbours(shown, whole)
    links = [
        {"name": name, "label": label, "query": query_of(request, target) if (target := targets[name]) else ""}
        for name, label in LABELS.items()
    ]
    base = query_of(request, whole)
    return Zoom(shown, whole, problem, links, whole_query=base, base_query=base or f"period={period.name}")


def query_of(request: HttpRequest, interval: Interval) -> str:
    """Return the query that shows this interval, all else kept but the page of the list."""
    query: Any = request.GET.copy()
    for name in ("from", "to", "cursor"):
        query.pop(name, None)
    if not interval.is_whole:
        query["from"], query["to"] = text_of(interval.start), text_of(interval.end)
    return str(query.urlencode(safe=":"))
