"""System checks of the settings; `manage.py check` and every start run them."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from qa_observability.links import splunk_problem

STATUS_TOKEN_MIN = 20


@register()
def check_features(**_: Any) -> list[CheckMessage]:
    unknown = sorted(set(settings.FEATURES) - set(settings.ALL_FEATURES))
    if not unknown:
        return []
    return [
        Error(
            f"FEATURES names unknown modules: {', '.join(unknown)}.",
            hint=f"Choose from {', '.join(settings.ALL_FEATURES)}.",
            id="qa_observability.E001",
        )
    ]


@register()
def check_queue(**_: Any) -> list[CheckMessage]:
    """A task's clock starts when it is fetched, so `retry` must cover the wait behind a full local queue as well."""
    cluster = settings.Q_CLUSTER
    if cluster["workers"] < 1:
        return [Error("WORKERS must be at least 1.", id="qa_observability.E004")]
    needed = cluster["timeout"] * (cluster["queue_limit"] / cluster["workers"] + 1)
    if cluster["retry"] > needed:
        return []
    return [
        Error(
            f"Q_CLUSTER retry must be more than {needed:.0f} s, or tasks run twice.",
            id="qa_observability.E002",
        )
    ]


@register()
def check_drop_time(**_: Any) -> list[CheckMessage]:
    if settings.SPLUNK_DROP_TIME in {"name", "mtime"}:
        return []
    return [Error("SPLUNK_DROP_TIME must be name or mtime.", id="qa_observability.E005")]


@register()
def check_rates(**_: Any) -> list[CheckMessage]:
    if 0 < settings.HEALTH_WARNING_RATE < settings.HEALTH_CRITICAL_RATE <= 1:
        return []
    return [
        Error(
            "HEALTH_WARNING_RATE must be above 0 and below HEALTH_CRITICAL_RATE, which is at most 1.",
            id="qa_observability.E003",
        )
    ]


@register()
def check_metrics_token(**_: Any) -> list[CheckMessage]:
    token = settings.METRICS_TOKEN
    if not token or (len(token) >= 20 and token.isascii() and token.isprintable() and " " not in token):
        return []
    return [
        Error(
            "METRICS_TOKEN must have at least 20 characters, of ASCII and without blanks.",
            hint="openssl rand -hex 32 makes one.",
            id="qa_observability.E005",
        )
    ]


@register()
def check_links(**_: Any) -> list[CheckMessage]:
    """An address that becomes a link on every page: only http and https, and only what can be filled in."""
    problem = splunk_problem(settings.SPLUNK_SEARCH_URL) if settings.SPLUNK_SEARCH_URL else ""
    if problem:
        return [Error(f"SPLUNK_SEARCH_URL {problem}.", id="qa_observability.E006")]
    return []


@register()
def check_status_page(**_: Any) -> list[CheckMessage]:
    if settings.STATUS_PAGE not in {"off", "token", "public"}:
        return [Error("STATUS_PAGE must be off, token or public.", id="qa_observability.E007")]
    if settings.STATUS_PAGE == "token" and len(settings.STATUS_PAGE_TOKEN) < STATUS_TOKEN_MIN:
        text = f"STATUS_PAGE=token needs a STATUS_PAGE_TOKEN of at least {STATUS_TOKEN_MIN} characters."
        return [Error(text, id="qa_observability.E008")]
    return []


@register(deploy=True)
def check_revenue_keys(**_: Any) -> list[CheckMessage]:
    if settings.REVENUE_CONFIG_KEYS or "revenue_impact" not in settings.FEATURES:
        return []
    return [
        checks.Warning(
            "REVENUE_CONFIG_KEYS is empty: the revenue configuration cannot be changed.",
            hint="`make install` writes a fresh key into .env.",
            id="qa_observability.W001",
        )
    ]
