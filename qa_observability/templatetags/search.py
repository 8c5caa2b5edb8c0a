"""Matches of a search, marked."""

import re
from collections.abc import Sequence

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
LONGEST, LEAD = 200, 60


@register.filter
def highlight(text: str, words: Sequence[str]) -> SafeString:
    """Return a text, escaped, with every occurrence of the words in `<mark>`, cut to the part around the first one.

    >>> highlight("Fee <rejected>", ["REJ"])
    'Fee &lt;<mark>rej</mark>ected&gt;'
    """
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    if not pattern:
        return conditional_escape(_shortened(text, 0))
    first = re.search(pattern, text, re.IGNORECASE)
    shown = _shortened(text, first.start() if first else 0)
    parts = re.split(f"({pattern})", shown, flags=re.IGNORECASE)
    marked = (
        format_html("<mark>{}</mark>", part) if at % 2 else conditional_escape(part) for at, part in enumerate(parts)
    )
    return mark_safe("".join(marked))  # noqa: S308  every part is escaped


def _shortened(text: str, around: int) -> str:
    if len(text) <= LONGEST:
        return text
    start = max(0, min(around - LEAD, len(text) - LONGEST))
    end = start + LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
