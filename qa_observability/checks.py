"""System checks of the settings; `manage.py check` and every start run them."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register


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
def check_rates(**_: Any) -> list[CheckMessage]:
    if 0 < settings.HEALTH_WARNING_RATE < settings.HEALTH_CRITICAL_RATE <= 1:
        return []
    return [
        Error(
            "HEALTH_WARNING_RATE must be above 0 and below HEALTH_CRITICAL_RATE, which is at most 1.",
            id="qa_observability.E003",
        )
    ]


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
