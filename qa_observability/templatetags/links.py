"""Links out, where they are configured; nothing where they are not."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from qa_observability import links

register = template.Library()
AROUND_AN_EVENT = timedelta(minutes=5)
AROUND_AN_INCIDENT = timedelta(hours=1)


@register.simple_tag
def splunk_link(integration_id: str, start: datetime, end: datetime) -> SafeString | str:
    """Link to the Splunk search of an integration from an hour before to an hour after a stretch of time."""
    return _splunk(integration_id, start - AROUND_AN_INCIDENT, end + AROUND_AN_INCIDENT, "Search in Splunk")


@register.simple_tag
def splunk_link_of_period(integration_id: str, period: Any) -> SafeString | str:
    """Link to the Splunk search of an integration over a period."""
    return _splunk(integration_id, period.start, period.end, "Search in Splunk")


@register.simple_tag
def event_links(event: Any) -> SafeString | str:
    """Link to Splunk around the moment of an event; its tickets are told of by the tags of tickets."""
    moment = event.occurred_at
    url = links.splunk_url(event.integration_id, moment - AROUND_AN_EVENT, moment + AROUND_AN_EVENT)
    return format_html(' <span class="links-out">{}</span>', _joined([(url, "Splunk")])) if url else ""


@register.simple_tag
def testmo_link(address: Any) -> SafeString | str:
    """Link to a test case in Testmo."""
    url = links.safe_url(address)
    return format_html(' <span class="links-out">{}</span>', _joined([(url, "Testmo")])) if url else ""


@register.simple_tag
def project_link(key: Any) -> SafeString | str:
    """Link to a Jira project."""
    url = links.project_url(key)
    return format_html('<span class="links-out">{}</span>', _joined([(url, f"Jira project {key}")])) if url else ""


def _splunk(integration_id: str, start: datetime, end: datetime, text: str) -> SafeString | str:
    url = links.splunk_url(integration_id, start, end)
    return format_html('<p class="links-out">{}</p>', _joined([(url, text)])) if url else ""


def _joined(parts: list[tuple[str, str]]) -> SafeString:
    return format_html_join(" ", '<a href="{}" rel="noreferrer">{}</a>', parts)
