"""Tags and filters of the correlation's pages: score bars, evidence in sentences, lengths of time."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from correlation.choices import Attribution, ExecutionStatus, Pattern
from correlation.incident_records import newest_of
from correlation.models import TestIntegrationCorrelation
from correlation.stored_evidence import evidence_of
from correlation.wording import PATTERN_WORDS, by_chance, lead_in_words, span, track_record
from integrations.choices import EventType
from qa_observability import features
from qa_observability.periods import Period
from revenue.services import money

register = template.Library()
CURRENT = mark_safe(' aria-current="true"')
BAR_WIDTH = 60
BAR_HEIGHT = 40
INCIDENTS_SHOWN = 10

register.filter("lead_words", lead_in_words)
register.filter("span_words", span)
register.filter("money_words", money)


@register.filter
def pattern_words(pattern: str) -> str:
    return PATTERN_WORDS[Pattern(pattern)]


@register.filter
def event_words(event_type: str) -> str:
    return EventType(event_type).label


@register.simple_tag
def time_between(start: datetime, end: datetime) -> str:
    return span((end - start).total_seconds())


@register.inclusion_tag("incidents/_of_integration.html", takes_context=True)
def incidents_of_integration(context: dict[str, Any], slug: str, period: Period) -> dict[str, Any]:
    """Show the newest incidents of one integration in a period; nothing to those who may not see them."""
    may_see = context["request"].user.has_perm
    if not features.is_on(features.CORRELATION) or not may_see("correlation.view_incident"):
        return {"is_hidden": True}
    with_costs = may_see("revenue.view_impact")
    rows = newest_of(slug, period, now=timezone.now(), with_costs=with_costs, count=INCIDENTS_SHOWN + 1)
    return {
        "rows": rows[:INCIDENTS_SHOWN],
        "has_more": len(rows) > INCIDENTS_SHOWN,
        "has_costs": any(row.cost for row in rows),
        "slug": slug,
        "period": period,
    }


@register.inclusion_tag("correlation/_score_bar.html")
def score_bar(score: Any, kind: str) -> dict[str, Any]:
    return {"score": f"{score:.2f}", "kind": kind, "width": round(float(score) * BAR_WIDTH, 1)}


@register.simple_tag(takes_context=True)
def page_query(context: dict[str, Any], page: int) -> str:
    """Return the address of another page of the same list."""
    query = context["request"].GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def status_links(context: dict[str, Any], current: str) -> SafeString:
    """Return the links that filter executions by status, keeping the rest of the address."""
    query = context["request"].GET.copy()
    query.pop("cursor", None)
    items = []
    for value, label in [("", "All"), *ExecutionStatus.choices]:
        query["status"] = value
        items.append((query.urlencode(), CURRENT if value == current else "", label))
    return format_html_join("", '<a href="?{}#executions"{}>{}</a>', items)


@register.inclusion_tag("components/_status.html")
def result(status: str) -> dict[str, Any]:
    """Show the result of a run by colour, shape and word."""
    kind = {"passed": "healthy", "failed": "critical"}.get(status, "unknown")
    return {"kind": kind, "word": ExecutionStatus(status).label, "size": ""}


@register.filter
def duration(milliseconds: int | None) -> str:
    """Return a length of time as a reader wants it.

    >>> duration(840), duration(12_400), duration(1_201_500)
    ('840 ms', '12.4 s', '20 min')
    """
    if milliseconds is None:
        return "–"
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 120_000 else span(milliseconds / 1000)


@register.filter
def p_value(value: float) -> str:
    """Return a p-value with as many digits as say something.

    >>> p_value(0.0421), p_value(3.2e-9)
    ('0.042', '3.2e-09')
    """
    return f"{value:.2g}"


@register.simple_tag
def day_top(passed_height: float, failed_height: float) -> float:
    """Return where a bar of a day begins: failures stand on the ground, passed runs on the failures."""
    return round(BAR_HEIGHT - passed_height - failed_height, 2)


@register.simple_tag
def verdict(row: TestIntegrationCorrelation) -> str:
    """Return the correlation in a sentence."""
    record = track_record(evidence_of(row))
    words = PATTERN_WORDS[Pattern(row.pattern)]
    if row.pattern == Pattern.INSUFFICIENT:
        return f"{words}: {record}."
    strength = "Correlated" if row.is_correlated else "Not clearly correlated"
    return f"{strength}. {words}: {record}."


@register.filter
def evidence_lines(row: TestIntegrationCorrelation) -> list[str]:
    """Return what a sceptic asks for, one sentence each."""
    window = span(row.window_seconds)
    lines = [
        f"{row.get_question_display()}: {row.hits} of {row.incidents} incidents, expected by chance "
        f"{by_chance(row.expected_hits)}.",
        f"{row.episodes_followed} of its {row.episodes} failure episodes outside incidents were followed by one "
        f"within {window}; expected by chance {by_chance((row.base_rate or 0) * row.episodes)}.",
    ]
    if row.attribution == Attribution.EXPLAINED:
        lines.append("Explained by another integration that fails at the same times: apart from those, little is left.")
    if row.attribution == Attribution.AMBIGUOUS:
        lines.append(
            "Nearly all of these incidents are shared with another integration, so nobody can tell them apart."
        )
    return lines
