"""Events: entered, corrected and deleted by people."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.admin import ModelAdmin

from integrations.admin.badges import badge
from integrations.choices import Source
from integrations.inputs import EventInput, event_errors
from integrations.models import IntegrationEvent
from integrations.services import change_event, delete_events, record_events


class EventForm(forms.ModelForm):
    class Meta:
        model = IntegrationEvent
        fields = ("integration", "event_type", "severity", "occurred_at", "message", "metadata", "external_id")
        help_texts = {
            "occurred_at": "UTC.",
            "metadata": "JSON. `affectedBookings` and `lossAmount` are read by the revenue calculation.",
        }

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None

    def clean_metadata(self) -> Any:
        return {} if self.cleaned_data["metadata"] is None else self.cleaned_data["metadata"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            for name, messages in event_errors(self.given(), now=timezone.now()).items():
                self.add_error(name, messages)
        return cleaned

    def given(self) -> EventInput:
        """Return what was entered, as the services take it; a correction keeps the door the event came in by."""
        data = self.cleaned_data
        return EventInput(
            integration_id=data["integration"].pk,
            event_type=data["event_type"],
            severity=data["severity"],
            message=data["message"],
            occurred_at=data["occurred_at"],
            metadata=data["metadata"],
            external_id=data["external_id"],
            source=self.instance.source or Source.MANUAL,
        )


@admin.register(IntegrationEvent)
class EventAdmin(ModelAdmin):
    form = EventForm
    list_display = ("occurred_at", "integration", "event_type", "shown_severity", "short_message", "source")
    list_display_links = ("occurred_at", "short_message")
    list_filter = ("integration", "event_type", "severity", "source")
    list_select_related = ("integration",)
    list_per_page = 50
    date_hierarchy = "occurred_at"
    search_fields = ("message", "external_id")
    show_full_result_count = False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "occurred_at": timezone.now().replace(second=0, microsecond=0),
            **super().get_changeform_initial_data(request),
        }

    def save_model(self, request: HttpRequest, obj: IntegrationEvent, form: Any, change: bool) -> None:
        now = timezone.now()
        if change:
            change_event(obj.pk, form.given(), now=now)
        else:
            obj.pk = record_events([form.given()], now=now).rows[0].pk

    def delete_model(self, request: HttpRequest, obj: IntegrationEvent) -> None:
        delete_events([obj.pk], now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[IntegrationEvent]") -> None:
        delete_events(queryset.values_list("pk", flat=True), now=timezone.now())

    @admin.display(description="Severity", ordering="severity")
    def shown_severity(self, row: IntegrationEvent) -> SafeString | str:
        return badge(row.severity)

    @admin.display(description="Message")
    def short_message(self, row: IntegrationEvent) -> str:
        return Truncator(row.message).chars(120)
