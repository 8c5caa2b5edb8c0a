"""The search's page, and the suggestions while somebody types."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from qa_observability.htmx import render_page_or_partial
from qa_observability.search import SHORTEST, kinds_for, search, typed


@require_GET
def results(request: HttpRequest) -> HttpResponse:
    if not kinds_for(request.user):
        raise PermissionDenied
    query = typed(request.GET.get("q", ""), now=timezone.now())
    groups = search(request.user, query) if query.is_long_enough else []
    context = {
        "query": query,
        "shortest": SHORTEST,
        "groups": groups,
        "found": [group for group in groups if group.hits],
        "searched": [group.title.lower() for group in groups],
    }
    return render_page_or_partial(request, "search/results.html", "search/_results.html", context)


@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """What the box offers while somebody types; without htmx, the page of results."""
    if not kinds_for(request.user):
        raise PermissionDenied
    query = typed(request.GET.get("q", ""), now=timezone.now(), while_typing=True)
    if not getattr(request, "htmx", None):
        return redirect(f"{reverse('search')}?{request.GET.urlencode()}")
    groups = search(request.user, query) if query.is_long_enough else []
    context = {"query": query, "groups": [group for group in groups if group.hits]}
    return render_page_or_partial(request, "search/_suggestions.html", "search/_suggestions.html", context)
