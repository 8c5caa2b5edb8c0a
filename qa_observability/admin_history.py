"""The history of all changes, in the admin: to filter, to search, and to find what was deleted."""

from typing import Any
from urllib.parse import urlencode

from auditlog import admin as _auditlog_admin  # noqa: F401  registers its own, which is replaced below
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from qa_observability.admin_lists import ACTIONS, HistoryAdmin, QuickListAdmin, ReadOnlyAdmin, described, who

admin.site.unregister(LogEntry)


def visible_types(request: HttpRequest) -> list[ContentType]:
    """Return the tables whose rows this person may see; their history shows no more than the rows do."""
    recorded = [model for model, known in admin.site._registry.items() if isinstance(known, HistoryAdmin)]
    kinds = ContentType.objects.get_for_models(*recorded).values()
    return [kind for kind in kinds if request.user.has_perm(f"{kind.app_label}.view_{kind.model}")]


class KindFilter(SimpleListFilter):
    title = "table"
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(kind.pk), kind.name.capitalize()) for kind in visible_types(request)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        value = self.value()
        return queryset.filter(content_type=value) if value and value.isdigit() else queryset


class ActionFilter(SimpleListFilter):
    title = "action"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(number), word) for number, word in ACTIONS.items()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        value = self.value()
        return queryset.filter(action=value) if value and value.isdigit() else queryset


@admin.register(LogEntry)
class HistoryEntryAdmin(ReadOnlyAdmin, QuickListAdmin):
    list_display = ("moment", "by", "done", "table", "row", "changed")
    list_display_links = ("moment",)
    list_filter = (KindFilter, ActionFilter, ("actor", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("actor", "content_type")
    date_hierarchy = "timestamp"
    search_fields = ("object_repr", "object_pk", "changes")
    search_help_text = "Searches rows, their ids, and old and new values"
    fields = readonly_fields = ("moment", "by", "done", "table", "row", "values")
    actions = None
    empty_hint = "Every change that somebody makes is listed here."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(content_type__in=visible_types(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "title": "History of changes"})

    @admin.display(description="When (UTC)", ordering="timestamp")
    def moment(self, entry: Any) -> str:
        return f"{entry.timestamp:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="Who", ordering="actor__username")
    def by(self, entry: Any) -> str:
        return who(entry)

    @admin.display(description="What", ordering="action")
    def done(self, entry: Any) -> str:
        text = (entry.additional_data or {}).get("text")
        return str(text or ACTIONS.get(entry.action, "Seen"))

    @admin.display(description="Table")
    def table(self, entry: Any) -> str:
        return str(entry.content_type.name).capitalize()

    @admin.display(description="Row")
    def row(self, entry: Any) -> SafeString | str:
        kind = entry.content_type
        if entry.action == LogEntry.Action.DELETE:
            return str(entry.object_repr)
        try:
            link = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.object_pk])
        except NoReverseMatch:
            return str(entry.object_repr)
        return format_html('<a href="{}">{}</a>', link, entry.object_repr)

    @admin.display(description="Columns")
    def changed(self, entry: Any) -> str:
        if entry.action != LogEntry.Action.UPDATE:
            return "all" if entry.changes else "–"
        named = (entry.additional_data or {}).get("columns") or []
        return ", ".join([*(name for name, *_ in described(entry, entry.changes or {})["sides"]), *named]) or "–"

    @admin.display(description="Values")
    def values(self, entry: Any) -> SafeString:
        table = admin.site._registry[entry.content_type.model_class()]
        sides = table.sides_of(entry) if isinstance(table, HistoryAdmin) else {}
        shown = render_to_string("admin/_values.html", described(entry, sides))
        again = self._enter_again(entry)
        return mark_safe(shown + again)  # noqa: S308  rendered by templates and format_html, which escape

    def _enter_again(self, entry: Any) -> str:
        """Return a link to the add form with the values of a deleted row; empty for anything else."""
        if entry.action != LogEntry.Action.DELETE:
            return ""
        kind = entry.content_type
        try:
            add = reverse(f"admin:{kind.app_label}_{kind.model}_add")
        except NoReverseMatch:
            return ""
        return format_html(
            '<p><a class="qa-link" href="{}?{}">Enter it again</a></p>', add, urlencode({"from": entry.pk})
        )
