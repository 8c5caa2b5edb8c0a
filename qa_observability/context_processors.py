"""What every page knows."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from qa_observability import features
from qa_observability.admin_site import ACCESS_ADMIN
from qa_observability.navigation import links_for

SEARCHED = [
    (features.INTEGRATION_HEALTH, "integrations.view_integrationhealth"),
    (features.CORRELATION, "correlation.view_incident"),
]


def product(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    may_search = any(features.is_on(feature) and user.has_perm(seen) for feature, seen in SEARCHED)
    has_bell = features.is_on(features.CORRELATION) and user.has_perm("correlation.view_alert")
    return {
        "navigation": links_for(request),
        "may_use_admin": user.is_staff or user.has_perm(ACCESS_ADMIN),
        "search_url": reverse("search") if may_search else "",
        "alerts_url": reverse("alerts:list") if has_bell else "",
    }
