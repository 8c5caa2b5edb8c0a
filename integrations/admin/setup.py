"""Integrations and the runs of background jobs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.admin.connections import ConnectionUrlsMixin
from integrations.admin.filters import StaleIntegrationFilter, stale_before, with_last_checked
from integrations.models import Integration, JobRun
from qa_observability.admin_lists import ReadOnlyAdmin, RecordedAdmin


@admin.register(Integration)
class IntegrationAdmin(RecordedAdmin):
    list_display = ("name", "slug", "is_active", "position", "last_checked")
    list_filter = ("is_active", StaleIntegrationFilter)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "is_active", "position", "jira_project_key", "notes")
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_last_checked(super().get_queryset(request))

    @admin.display(description="Last checked (UTC)", ordering="newest")
    def last_checked(self, row: Any) -> str:
        if row.newest is None:
            return "never"
        return f"{row.newest:%Y-%m-%d %H:%M}{' (stale)' if row.newest < stale_before() else ''}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("name",)}


@admin.register(JobRun)
class JobRunAdmin(ConnectionUrlsMixin, ReadOnlyAdmin):
    list_display = ("started_at", "name", "state", "rows", "finished_at", "error")
    list_filter = ("state",)
    search_fields = ("name",)
    empty_hint = "What the background worker does is listed here: is it running?"
