"""Charts: the library's file and our glue, through one tag each."""

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Chart.js as django-unfold ships it; tests/project pins its presence and version, for the path is unfold's own.
CHART_LIBRARY = "unfold/js/chart/chart.js"


@register.simple_tag
def chart_scripts() -> SafeString:
    """Load Chart.js and what draws our charts with it; once, in the head of a page with charts."""
    return format_html(
        '<script src="{}" defer></script><script src="{}" defer></script>',
        static(CHART_LIBRARY),
        static("js/charts.js"),
    )


@register.inclusion_tag("components/_chart.html")
def chart(id: str, title: str, data: dict[str, Any]) -> dict[str, Any]:
    """Draw lines over days; a table with the same numbers belongs behind "Show data" after it.

    `data` has `labels` (ISO dates), `lines` (label, values, color as the name of a custom property of the stylesheet;
    pattern dashed or dotted, fill, labels of its own where it shows other days), and `currency` where it is money.
    """
    return {"id": id, "title": title, "data": data, "data_id": f"{id}-data"}
