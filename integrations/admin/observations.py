"""Observations: entered, corrected and deleted by people."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from integrations.admin.badges import badge
from integrations.choices import Source, observed_status_choices
from integrations.inputs import ObservationInput, observation_errors
from integrations.models import IntegrationHealth
from integrations.services import change_observation, delete_observations, record_observations, thresholds
from qa_observability.templatetags.qao import percent

_FIELDS = (
    "integration",
    "last_checked",
    "status",
    "error_rate",
    "booking_loss_rate",
    "pricing_sync_status",
    "fees_sync_status",
)


class ObservationForm(forms.ModelForm):
    class Meta:
        model = IntegrationHealth
        fields = _FIELDS
        help_texts = {
            "last_checked": "UTC. When it was seen, not when it is entered.",
            "status": "Leave empty to let it follow from the rest.",
            "error_rate": "Ratio from 0 to 1: 0.031 is 3.1 %.",
            "booking_loss_rate": "Ratio from 0 to 1: 0.031 is 3.1 %.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            status = forms.ChoiceField(
                choices=[("", "Follows from the rest"), *observed_status_choices()], required=False
            )
            status.widget = self.fields["status"].widget.__class__(choices=status.choices)
            status.help_text = self.fields["status"].help_text
            self.fields["status"] = status

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            errors = observation_errors(self.given(), now=timezone.now(), thresholds=thresholds())
            for name, messages in errors.items():
                self.add_error(name, messages)
        return cleaned

    def _post_clean(self) -> None:
        # A status left empty follows from the rest; the model, which requires one, must not refuse it.
        if not self.errors and not self.cleaned_data.get("status"):
            self._meta.exclude = ["status"]
        super()._post_clean()  # type: ignore[misc]  # Django has it, its stubs do not

    def given(self) -> ObservationInput:
        """Return what was entered, as the services take it."""
        data = self.cleaned_data
        return ObservationInput(
            integration_id=data["integration"].pk,
            last_checked=data["last_checked"],
            source=Source.MANUAL,
            status=data.get("status") or None,
            pricing_sync_status=data.get("pricing_sync_status") or None,
            fees_sync_status=data.get("fees_sync_status") or None,
            booking_loss_rate=data.get("booking_loss_rate"),
            error_rate=data.get("error_rate"),
        )


@admin.register(IntegrationHealth)
class ObservationAdmin(ModelAdmin):
    form = ObservationForm
    list_display = ("last_checked", "integration", "shown_status", "rate_sync", "fee_sync", "errors", "loss", "source")
    list_display_links = ("last_checked", "integration")
    list_filter = ("integration", "status", "source")
    list_select_related = ("integration",)
    list_per_page = 50
    date_hierarchy = "last_checked"
    search_fields = ("integration__name", "integration__slug")
    show_full_result_count = False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "last_checked": timezone.now().replace(second=0, microsecond=0),
            **super().get_changeform_initial_data(request),
        }

    def save_model(self, request: HttpRequest, obj: IntegrationHealth, form: Any, change: bool) -> None:
        now = timezone.now()
        given = form.given()
        if change:
            row = change_observation(obj.pk, given, now=now)
        else:
            record_observations([given], now=now)
            row = IntegrationHealth.objects.get(integration=given.integration_id, last_checked=given.last_checked)
        obj.pk, obj.status = row.pk, row.status

    def delete_model(self, request: HttpRequest, obj: IntegrationHealth) -> None:
        delete_observations([obj.pk], now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[IntegrationHealth]") -> None:
        delete_observations(queryset.values_list("pk", flat=True), now=timezone.now())

    @admin.display(description="Status", ordering="status")
    def shown_status(self, row: IntegrationHealth) -> SafeString | str:
        return badge(row.status)

    @admin.display(description="Rate sync", ordering="pricing_sync_status")
    def rate_sync(self, row: IntegrationHealth) -> SafeString | str:
        return badge(row.pricing_sync_status)

    @admin.display(description="Fee sync", ordering="fees_sync_status")
    def fee_sync(self, row: IntegrationHealth) -> SafeString | str:
        return badge(row.fees_sync_status)

    @admin.display(description="Error rate", ordering="error_rate")
    def errors(self, row: IntegrationHealth) -> str:
        return percent(row.error_rate)

    @admin.display(description="Booking loss", ordering="booking_loss_rate")
    def loss(self, row: IntegrationHealth) -> str:
        return percent(row.booking_loss_rate)
