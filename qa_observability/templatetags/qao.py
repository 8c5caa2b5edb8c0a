"""Tags and filters of the product's pages: status, trend, percent, moments, small charts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from qa_observability.wording import percentage

register = template.Library()

SPARK_WIDTH, SPARK_HEIGHT = 120, 28
CELL_WIDTH, STRIP_HEIGHT = 8, 32
SHOWN_AS = {"time": "%H:%M UTC", "date": "%Y-%m-%d", "fullday": "%Y-%m-%d", "day": "%d %b", "short": "%d %b %H:%M"}
# A bar's height tells the status to those who cannot tell the colours apart.
CELL_HEIGHTS = {"unknown": 4, "healthy": 14, "warning": 23, "critical": 32}


@register.filter
def percent(rate: Decimal | float | None, places: int = 1) -> str:
    """Return a ratio as a percentage, an en dash where it is unknown.

    >>> percent(0.031), percent(Decimal("0.0095"))
    ('3.1 %', '1.0 %')
    """
    return "–" if rate is None else percentage(rate, places)


@register.filter
def iso(moment: datetime | None) -> str:
    """Return a moment as programs read it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


@register.simple_tag
def moment(value: datetime | None, style: str = "datetime") -> SafeString | str:
    """Return a `<time>` that shows UTC, and the reader's own time zone where JavaScript runs.

    `style` is `datetime`, `short` (without the year), `time`, `date`, `age` (3 min ago), `since` (the time alone where
    it is today), `day` or `fullday` (a UTC day, which is the same day everywhere; with the year).
    """
    if value is None:
        return "never"
    utc = value.astimezone(UTC)
    shown = utc.strftime(SHOWN_AS.get(style, "%Y-%m-%d %H:%M UTC"))
    return format_html(
        '<time datetime="{}" data-style="{}" title="{}">{}</time>',
        iso(utc), style, utc.strftime("%Y-%m-%d %H:%M:%S UTC"), shown,
    )  # fmt: skip


@register.inclusion_tag("components/_status.html")
def status(value: str, size: str = "", stale: bool = False) -> dict[str, Any]:
    """Show a status by colour, shape and word. Sync statuses and severities take the same three ways.

    A status that nobody has confirmed lately is never shown as healthy, but as what it was.
    """
    if stale and value in {"healthy", "ok"}:
        return {"kind": "unknown", "word": "Was OK" if value == "ok" else "Was healthy", "size": size}
    kind = {
        "ok": "healthy", "error": "critical",
        "low": "healthy", "medium": "warning", "high": "critical",
    }.get(value, value)  # fmt: skip
    word = {"ok": "OK"}.get(value, str(value).capitalize())
    return {"kind": kind or "unknown", "word": word if value else "Unknown", "size": size}


@register.inclusion_tag("components/_trend.html")
def trend(value: str, bad: str = "up") -> dict[str, Any]:
    """Show a direction; the colour tells whether it is good news, so `bad` names the direction that is not."""
    tone = "flat" if value == "neutral" else "bad" if value == bad else "good"
    return {"value": value, "tone": tone}


@register.inclusion_tag("components/_sparkline.html")
def sparkline(values: Sequence[float | None], label: str) -> dict[str, Any]:
    """Draw values from 0 up as a line; days without a value leave a gap."""
    known = [value for value in values if value is not None]
    top = max([*known, 0.001])
    step = SPARK_WIDTH / max(1, len(values) - 1)
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{index * step:.1f},{2 + (SPARK_HEIGHT - 4) * (1 - value / top):.1f}")
    lines = [" ".join(points if len(points) > 1 else points * 2) for points in runs if points]
    return {"lines": lines, "label": label, "width": SPARK_WIDTH, "height": SPARK_HEIGHT}


@register.inclusion_tag("components/_strip.html")
def strip(points: Sequence[Any], name: str) -> dict[str, Any]:
    """Draw one cell a day, coloured and raised by the worst status of the day; hovering tells it in words."""
    cells = []
    counts: dict[str, int] = {}
    for index, point in enumerate(points):
        height = CELL_HEIGHTS[point.status]
        word = "no data" if point.status == "unknown" else str(point.status)
        counts[word] = counts.get(word, 0) + 1
        events = f", {point.events} event{'s' if point.events != 1 else ''}" if point.events else ""
        cells.append(
            {
                "x": index * CELL_WIDTH,
                "y": STRIP_HEIGHT - height,
                "height": height,
                "kind": point.status,
                "title": f"{point.date:%a %d %b %Y}: {word}{events}",
            }
        )
    order = ["critical", "warning", "healthy", "no data"]
    summary = ", ".join(f"{counts[word]} {word}" for word in order if word in counts)
    return {
        "cells": cells,
        "width": len(cells) * CELL_WIDTH,
        "height": STRIP_HEIGHT,
        "cell_width": CELL_WIDTH - 2,
        "label": f"{name}, last {len(cells)} days by worst status: {summary}",
        "first": points[0].date if points else None,
        "last": points[-1].date if points else None,
    }
