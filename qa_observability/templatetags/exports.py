"""The links to a table as a file."""

from typing import Any
from urllib.parse import urlencode

from django import template

from qa_observability.exports.responses import KINDS, PARAMETER, TABLE_PARAMETER

register = template.Library()


@register.inclusion_tag("components/_exports.html", takes_context=True)
def exports(context: dict[str, Any], table: str = "", what: str = "") -> dict[str, Any]:
    """Link to a table of this page, or without a name to all of them, as CSV, XLSX and PDF.

    The links keep the filters, period and order of the address; `what` tells them apart for those who hear them.
    """
    links = []
    for kind in KINDS:
        query = context["request"].GET.copy()
        for name in ("cursor", "page", PARAMETER, TABLE_PARAMETER):
            query.pop(name, None)
        query[PARAMETER] = kind
        if table:
            query[TABLE_PARAMETER] = table
        links.append((kind.upper(), query.urlencode()))
    return {"links": links, "what": what}


@register.inclusion_tag("components/_exports.html")
def exports_at(address: str, what: str, **query: str) -> dict[str, Any]:
    """Link to the same rows as another page exports them, whose address has the parameters `query`."""
    return {
        "links": [(kind.upper(), urlencode({**query, PARAMETER: kind})) for kind in KINDS],
        "what": what,
        "address": address,
    }
