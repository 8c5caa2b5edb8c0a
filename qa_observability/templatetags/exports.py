"""The links to a table as a file."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from qa_observability.exports.documents import Table, shown_text
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


@register.simple_tag
def data_table(table: Table, label: str) -> SafeString:
    """Show a table as its exports hold it; the first column names the row. `label` tells those who hear it what it is.

    Written row by row, not by a template: a year of days has thousands of cells.
    """
    classes = ["number" if column.is_right else "nowrap" for column in table.columns]
    head = format_html_join(
        "", '<th scope="col" class="{}">{}</th>', zip(classes, (column.label for column in table.columns), strict=True)
    )
    cells = "".join(f'<td class="{name}">{{}}</td>' for name in classes[1:])
    body = format_html_join(
        "",
        f'<tr><th scope="row" class="nowrap">{{}}</th>{cells}</tr>',
        ([shown_text(value, column) for value, column in zip(row, table.columns, strict=True)] for row in table.rows),
    )
    return format_html(
        '<div class="table-wrap" tabindex="0" role="region" aria-label="{}"><table class="data">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        label, head, body,
    )  # fmt: skip
