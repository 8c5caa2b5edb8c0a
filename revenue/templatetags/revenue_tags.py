"""What other pages show of revenue."""

from typing import Any

from django import template
from django.utils import timezone

from qa_observability import features
from qa_observability.periods import Period
from revenue.crypto import CryptoError
from revenue.presenter import present
from revenue.services import impact_of

register = template.Library()


@register.inclusion_tag("revenue/_on_integration.html", takes_context=True)
def revenue_of_integration(context: Any, slug: str, period: Period) -> dict[str, Any]:
    """Show what one integration's ill health costs; nothing to those who may not see money."""
    request = context["request"]
    if not features.is_on(features.REVENUE_IMPACT) or not request.user.has_perm("revenue.view_impact"):
        return {"is_hidden": True}
    try:
        shown = present(impact_of(period, integration_id=slug), now=timezone.now())
    except CryptoError as error:
        return {"error": str(error), "period": period}
    return {"shown": shown, "slug": slug, "period": period, "is_counted": bool(shown.impact.names)}
