"""One template for a page and for the fragment that refreshes it."""

from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

VERSION_HEADER = "X-Content-Version"


def wants_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment; a page that it restores from history is wanted whole."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request


def render_page_or_partial(request: HttpRequest, page: str, partial: str, context: dict[str, Any]) -> HttpResponse:
    """Render `page`, which includes `partial`; or the partial alone where htmx asks to refresh it.

    A refresh whose content is what the browser shows already is answered with 204, which leaves the page untouched.
    """
    if not wants_partial(request):
        response = HttpResponse(render_to_string(page, context, request))
    else:
        content = render_to_string(partial, context, request)
        version = blake2b(content.encode(), digest_size=12).hexdigest()
        unchanged = request.headers.get(VERSION_HEADER) == version
        response = HttpResponse(status=204) if unchanged else HttpResponse(content)
        response[VERSION_HEADER] = version
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "private, no-cache"
    return response
