"""A status in the admin's lists, told by colour, shape and word as on the pages."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from qa_observability.templatetags.qao import status


def badge(value: str | None) -> SafeString | str:
    """Return the badge of a status, sync status or severity; a dash where there is none."""
    return render_to_string("components/_status.html", status(value)) if value else "–"
