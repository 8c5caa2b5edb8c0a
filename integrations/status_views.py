"""The status page and the badges: for people without a login, where they are switched on."""

from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from integrations.choices import HealthStatus
from integrations.status_page import CACHE_SECONDS, PUBLIC, is_open_to, status_page

BADGE_HEIGHT, CHARACTER, PADDING = 20, 6.6, 7
# Dark enough for white text; the shape before the word tells them apart without colour.
BADGE_COLORS = {
    HealthStatus.HEALTHY: "#17713f",
    HealthStatus.WARNING: "#8a4b00",
    HealthStatus.CRITICAL: "#b3202f",
    HealthStatus.UNKNOWN: "#52606f",
}


def if_open(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer as if the address did not exist, to whom the status page is not open."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_open_to(request.GET.get("token", "")):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@login_not_required
@csrf_exempt  # or a POST would be told from one to an address that does not exist
@if_open
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    shown = status_page(now=timezone.now())
    # Without the request: nothing of whoever is logged in may get into a page that caches share.
    html = render_to_string("status/page.html", {"page": shown})
    return _cacheable(request, HttpResponse(html))


@login_not_required
@csrf_exempt  # or a POST would be told from one to an address that does not exist
@if_open
@require_safe
def badge(request: HttpRequest, slug: str) -> HttpResponse:
    shown = next((row for row in status_page(now=timezone.now()).rows if row.slug == slug), None)
    if shown is None:
        raise Http404
    name = shown.name if len(shown.name) <= 40 else f"{shown.name[:39]}…"
    left = round(len(name) * CHARACTER) + 2 * PADDING
    right = round(len(shown.words) * CHARACTER) + 2 * PADDING + 16
    svg = render_to_string(
        "status/badge.svg",
        {
            "name": name,
            "row": shown,
            "color": BADGE_COLORS[shown.kind],
            "left": left,
            "right": right,
            "width": left + right,
            "shape_x": left + PADDING,
            "word_x": left + PADDING + 16,
            "name_length": left - 2 * PADDING,
            "word_length": right - 2 * PADDING - 16,
        },
    )
    return _cacheable(request, HttpResponse(svg, content_type="image/svg+xml; charset=utf-8"))


def _cacheable(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let browsers, and where it is public caches on the way, keep an answer for a little while."""
    shared = "public" if settings.STATUS_PAGE == PUBLIC else "private"
    response["Cache-Control"] = f"{shared}, max-age={CACHE_SECONDS}"
    response["ETag"] = quote_etag(blake2b(response.content, digest_size=12).hexdigest())
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    return answer if isinstance(answer, HttpResponse) else response
