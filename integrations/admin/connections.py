"""The page Connections: what comes in and goes out by itself, how it stands, and a test of each."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from integrations.connections import Standing, runs_of, standings, try_out

TEST = "integrations.test_connection"


class ConnectionUrlsMixin(ModelAdmin):
    """Adds the pages of the connections to the addresses of the job runs' admin."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("connections/", wrap(self.connections_page), name="connections"),
            path("connections/<slug:key>/", wrap(self.connection_page), name="connection"),
            path("connections/<slug:key>/test/", wrap(self.test_connection), name="connection_test"),
            *super().get_urls(),
        ]

    def connections_page(self, request: HttpRequest) -> HttpResponse:
        """List every connection of the modules that are on."""
        _admit(request)
        rows = [_shown(row, request) for row in standings(now=timezone.now())]
        return self._page(request, "list", "Connections", rows=rows)

    def connection_page(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show one connection with its last runs."""
        _admit(request)
        now = timezone.now()
        row = _find(key)
        runs = runs_of(row.jobs)
        return self._page(request, "detail", row.connection.name, row=_shown(row, request), runs=runs, now=now)

    def test_connection(self, request: HttpRequest, key: str) -> HttpResponse:
        """Test a connection and tell what came of it."""
        if not request.user.has_perm(TEST):
            raise PermissionDenied
        connection = _find(key).connection
        if request.method == "POST" and connection.test:
            tried = try_out(connection)
            tell = messages.success if tried.succeeded else messages.error
            tell(request, f"{connection.name}: {tried.text}")
        return redirect("admin:connection", key=key)

    def _page(self, request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "title": title}
        may_test = request.user.has_perm(TEST)
        return TemplateResponse(request, f"admin/connections/{name}.html", {**shared, "may_test": may_test, **context})


def _admit(request: HttpRequest) -> None:
    if not request.user.has_perm("integrations.view_jobrun"):
        raise PermissionDenied


def _find(key: str) -> Standing:
    found = standings(now=timezone.now(), only=key)
    if not found:
        raise Http404(f"There is no connection {key}.")
    return found[0]


def _shown(row: Standing, request: HttpRequest) -> dict[str, Any]:
    """Return a row with the link that this person may follow to where it is set up."""
    connection = row.connection
    allowed = connection.page and (not connection.permission or request.user.has_perm(connection.permission))
    return {"standing": row, "connection": connection, "setup": reverse(connection.page) if allowed else ""}
