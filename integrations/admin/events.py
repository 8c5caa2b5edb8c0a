"""Events: entered, corrected, deleted and redacted by people."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.widgets import UnfoldAdminSelectWidget

from integrations.admin.badges import badge
from integrations.admin.entry import EntryMixin, again_link, deleted_values, last_integration, typed_moments
from integrations.admin.event_form import FIELD_OF_KEY, EventForm, split_shown
from integrations.admin.exports import ExportMixin
from integrations.admin.redaction import redact_view
from integrations.choices import event_type_choices, severity_choices
from integrations.inputs import RowsError
from integrations.models import IntegrationEvent
from integrations.models.imports import ImportKind
from integrations.services import change_event, change_events, delete_events, record_events
from qa_observability.admin_lists import HistoryAdmin, QuickListAdmin


class ChangeSeveralForm(forms.Form):
    """What to change in all selected events; an empty choice leaves it."""

    severity = forms.ChoiceField(
        choices=lambda: [("", "Leave as it is"), *severity_choices()], required=False, widget=UnfoldAdminSelectWidget()
    )
    event_type = forms.ChoiceField(
        choices=lambda: [("", "Leave as it is"), *event_type_choices()], required=False,
        widget=UnfoldAdminSelectWidget(), label="Type",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if not given:
            raise forms.ValidationError("Choose what to change.")
        return given


@admin.register(IntegrationEvent)
class EventAdmin(EntryMixin, ExportMixin, HistoryAdmin, QuickListAdmin):
    form = EventForm
    fieldsets = (
        (None, {"fields": ("integration", "occurred_at", ("event_type", "severity"), "message")}),
        (
            "Details",
            {
                "fields": (
                    ("affected_bookings", "loss_amount"), ("listing_id", "error_code"), "ticket_keys", "rest",
                    "external_id",
                ),
            },
        ),
    )  # fmt: skip
    list_display = ("moment", "integration", "event_type", "shown_severity", "short_message", "source", "again")
    list_display_links = ("moment", "short_message")
    list_filter = ("integration", "event_type", "severity", "source")
    list_select_related = ("integration",)
    list_before_template = "admin/integrations/_entry_tools.html"
    date_hierarchy = "occurred_at"
    search_fields = ("message", "external_id")
    search_help_text = "Searches messages and external ids"
    actions = ("change_chosen", "delete_chosen")
    export_kind = ImportKind.EVENTS
    change_form_outer_after_template = "admin/integrations/_event_tickets.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(lambda request: redact_view(self, request))
        return [path("redact/", view, name="integrations_integrationevent_redact"), *super().get_urls()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        deleted = deleted_values(request.GET.get("from"), IntegrationEvent)
        if deleted:
            metadata = json.loads(deleted.pop("metadata") or "{}")
            return {**deleted, **_shown(metadata)}
        again = _row(request.GET.get("again"))
        same: dict[str, Any] = {"integration": last_integration(request.user, IntegrationEvent)}
        if again:
            copied = {name: getattr(again, name) for name in ("event_type", "severity", "message")}
            same = {**copied, **_shown(again.metadata)}
        given = typed_moments(super().get_changeform_initial_data(request), "occurred_at")
        given.pop("again", None)
        return {"occurred_at": timezone.now().replace(second=0, microsecond=0), **same, **given}

    def save_model(self, request: HttpRequest, obj: IntegrationEvent, form: Any, change: bool) -> None:
        now = timezone.now()
        if change:
            change_event(obj.pk, form.given(), now=now)
        else:
            recorded = record_events([form.given()], now=now)
            if not recorded.ids:
                raise RowsError({0: {"external_id": ["Another event of this integration has this id."]}})
            obj.pk = recorded.ids[0]

    def delete_model(self, request: HttpRequest, obj: IntegrationEvent) -> None:
        delete_events([obj.pk], now=timezone.now())

    @admin.action(description="Delete selected", permissions=["delete"])
    def delete_chosen(self, request: HttpRequest, queryset: "QuerySet[IntegrationEvent]") -> HttpResponse | None:
        return self.confirmed(
            request, queryset, action="delete_chosen", title="Delete events",
            work=lambda keys, _: f"{delete_events(keys, now=timezone.now()):,} events deleted.",
        )  # fmt: skip

    @admin.action(description="Change severity or type", permissions=["change"])
    def change_chosen(self, request: HttpRequest, queryset: "QuerySet[IntegrationEvent]") -> HttpResponse | None:
        return self.confirmed(
            request, queryset, action="change_chosen", title="Change events",
            form_class=ChangeSeveralForm, at_once=1000,
            work=lambda keys, given: f"{change_events(keys, given, now=timezone.now()):,} events changed.",
        )  # fmt: skip

    @admin.display(description="Occurred (UTC)", ordering="occurred_at")
    def moment(self, row: IntegrationEvent) -> str:
        return f"{row.occurred_at:%Y-%m-%d %H:%M}"

    @admin.display(description="Severity", ordering="severity")
    def shown_severity(self, row: IntegrationEvent) -> SafeString | str:
        return badge(row.severity)

    @admin.display(description="Message")
    def short_message(self, row: IntegrationEvent) -> str:
        return Truncator(row.message).chars(120)

    @admin.display(description="Again")
    def again(self, row: IntegrationEvent) -> SafeString:
        return again_link(reverse("admin:integrations_integrationevent_add"), row.pk)


def _shown(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return metadata under the names of the form's fields."""
    known, rest = split_shown(metadata)
    return {**{FIELD_OF_KEY[key]: value for key, value in known.items()}, "rest": rest}


def _row(text: str | None) -> IntegrationEvent | None:
    try:
        return IntegrationEvent.objects.filter(pk=UUID(text)).first() if text else None
    except ValueError:
        return None
