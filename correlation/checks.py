"""System checks of the correlation's settings."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from correlation.channels import scheme_of


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
def check_id_pattern(**_: Any) -> list[CheckMessage]:
    try:
        re.compile(settings.JUNIT_ID_PATTERN)
    except re.error as error:
        return [Error(f"JUNIT_ID_PATTERN is not a regular expression: {error}.", id="correlation.E003")]
    return []
