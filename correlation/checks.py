"""System checks of the correlation's settings."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from correlation.channels import scheme_of
from correlation.testmo_rows import status_overrides


@register()
def check_notify_urls(**_: Any) -> list[CheckMessage]:
    """The address itself is a secret, so the message names its position and scheme alone."""
    return [
        Error(
            f"NOTIFY_URLS: address {position} has the scheme {scheme_of(url) or 'none'!r}, which is not allowed.",
            hint=f"NOTIFY_SCHEMES allows {', '.join(settings.NOTIFY_SCHEMES)}.",
            id="correlation.E001",
        )
        for position, url in enumerate(settings.NOTIFY_URLS, start=1)
        if scheme_of(url) not in settings.NOTIFY_SCHEMES
    ]


@register()
def check_window(**_: Any) -> list[CheckMessage]:
    if settings.CORRELATION_WINDOW * 24 <= settings.CORRELATION_LOOKBACK:
        return []
    return [
        Error(
            "CORRELATION_LOOKBACK must be at least 24 times CORRELATION_WINDOW.",
            hint="The defaults are 90d and 1h.",
            id="correlation.E002",
        )
    ]


@register()
def check_testmo_statuses(**_: Any) -> list[CheckMessage]:
    try:
        status_overrides(settings.TESTMO_STATUSES)
    except ValueError as error:
        return [Error(f"TESTMO_STATUSES: {error}.", hint="Such as 7=failed,9=ignored.", id="correlation.E004")]
    return []


@register()
def check_id_pattern(**_: Any) -> list[CheckMessage]:
    try:
        re.compile(settings.JUNIT_ID_PATTERN)
    except re.error as error:
        return [Error(f"JUNIT_ID_PATTERN is not a regular expression: {error}.", id="correlation.E003")]
    return []


@register()
def check_jira(**_: Any) -> list[CheckMessage]:
    """Accept a Jira that can be asked, one that is only linked to, or none; values are not shown: one is a secret."""
    url = settings.JIRA_URL
    if url and not re.fullmatch(r"https?://[^/@?#\s]+(/[^@\s?#]*)?", url):
        return [Error("JIRA_URL is no address such as https://SITE.atlassian.net.", id="correlation.E006")]
    if settings.JIRA_TOKEN and not url:
        return [Error("JIRA_URL is missing: JIRA_TOKEN is of no use without it.", id="correlation.E005")]
    return []
