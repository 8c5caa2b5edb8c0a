"""What the pages' views share: the period of the address, and who may see a page."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest

from qa_observability.periods import DEFAULT_PERIOD, PERIOD_DAYS, Period, parse_period

PERIOD_LABELS = {"7d": "7 days", "30d": "30 days", "90d": "90 days", "1y": "1 year"}


def may(*permissions: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Admit people who hold all of these permissions; the others get a 403 page, not another login."""
    return permission_required(list(permissions), raise_exception=True)


def period_for_page(request: HttpRequest, *, now: datetime) -> Period:
    """Return the period in the address; a page falls back to the default where an API would refuse."""
    text = request.GET.get("period", DEFAULT_PERIOD)
    return parse_period(text if text in PERIOD_DAYS else DEFAULT_PERIOD, now)


def page_number(request: HttpRequest) -> int:
    """Return the number of the page in the address; what is none is the first."""
    text = request.GET.get("page", "")
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,4}", text) else 1


def period_links(request: HttpRequest, period: Period) -> list[dict[str, Any]]:
    """Return `{name, label, query, current}` of every period; the rest of the address stays, but page and interval."""
    links = []
    for name, label in PERIOD_LABELS.items():
        query = request.GET.copy()
        query["period"] = name
        for other in ("cursor", "from", "to"):
            query.pop(other, None)
        links.append({"name": name, "label": label, "query": query.urlencode(), "current": name == period.name})
    return links
