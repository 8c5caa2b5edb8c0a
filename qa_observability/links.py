"""Links out to the tools that stand beside this product, where they are configured; never an unsafe address."""

import re
from datetime import datetime
from string import Formatter
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,19}")
SPLUNK_FIELDS = {"integration", "start", "end"}


def safe_url(address: Any) -> str:
    """Return an address that may be linked to: http or https with a host; empty for anything else.

    >>> safe_url("https://testmo.example.com/cases/4"), safe_url("javascript:alert(1)"), safe_url(None)
    ('https://testmo.example.com/cases/4', '', '')
    """
    if not isinstance(address, str) or re.search(r"[\s\x00-\x1f\x7f\\]", address):
        return ""
    try:
        parts = urlsplit(address)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    except ValueError:
        return ""
    return address if known else ""


def project_url(key: Any) -> str:
    """Return the address of a Jira project; empty where Jira is not configured, and for what is no key."""
    base = safe_url(settings.JIRA_URL)
    return f"{base.rstrip('/')}/browse/{key}" if base and isinstance(key, str) and PROJECT.fullmatch(key) else ""


def splunk_url(integration_id: str, start: datetime, end: datetime) -> str:
    """Return the address of a Splunk search over [start, end] of an integration; empty where none is configured.

    In SPLUNK_SEARCH_URL, `{integration}` stands for its id, `{start}` and `{end}` for POSIX seconds.
    """
    template = settings.SPLUNK_SEARCH_URL
    if not template or splunk_problem(template):
        return ""
    values = {
        "integration": quote(integration_id, safe=""),
        "start": str(int(start.timestamp())),
        "end": str(-int(-end.timestamp() // 1)),
    }
    return safe_url(template.format(**values))


def splunk_problem(template: str) -> str:
    """Return what is wrong with a value of SPLUNK_SEARCH_URL; empty where nothing is."""
    try:
        fields = [(name, spec, convert) for _, name, spec, convert in Formatter().parse(template) if name is not None]
    except ValueError as error:
        return f"cannot be read: {error}"
    if any(name not in SPLUNK_FIELDS or spec or convert for name, spec, convert in fields):
        return f"may hold {{{'}, {'.join(sorted(SPLUNK_FIELDS))}}} alone in braces"
    return (
        "" if safe_url(template.format(integration="a", start="1", end="2")) else "must begin with http:// or https://"
    )
