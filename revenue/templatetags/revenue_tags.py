"""What other pages show of revenue."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils import timezone

from integrations.models import Integration
from qa_observability import features
from qa_observability.periods import Period
from revenue.config import Change
from revenue.crypto import CryptoError
from revenue.forms import LABELS, ConfigForm
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


@register.inclusion_tag("revenue/_changes.html")
def config_changes(changes: Sequence[Change]) -> dict[str, Any]:
    """Show what differs between two configurations, the figures named as in the form."""
    paths = [change.path.split(".") for change in changes]
    names = Integration.objects.in_bulk({path[1] for path in paths if len(path) == 3})
    rows = [
        {"name": _label(path[-1]), "of": getattr(names.get(path[1]), "name", path[1]) if len(path) == 3 else "",
         "before": change.before, "after": change.after}
        for path, change in zip(paths, changes, strict=True)
    ]  # fmt: skip
    return {"rows": rows}


def _label(name: str) -> str:
    return str(LABELS.get(name) or ConfigForm.base_fields[name].label or name.capitalize())
