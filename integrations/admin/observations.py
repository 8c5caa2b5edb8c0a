"""Observations: entered, corrected and deleted by people."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations.admin.badges import badge
from integrations.admin.entry import EntryMixin, again_link, deleted_values, last_integration, typed_moments
from integrations.admin.exports import ExportMixin
from integrations.admin.filters import StaleFilter
from integrations.admin.observation_form import RATES, SYNCS, ObservationForm, contradiction, existing, verdict_of
from integrations.models import IntegrationHealth
from integrations.models.imports import ImportKind
from integrations.rules import judge, worst
from integrations.services import change_observation, delete_observations, record_observations, thresholds
from qa_observability.admin_lists import HistoryAdmin, QuickListAdmin
from qa_observability.templatetags.qao import percent


@admin.register(IntegrationHealth)
class ObservationAdmin(EntryMixin, ExportMixin, HistoryAdmin, QuickListAdmin):
    form = ObservationForm
    fields = ("integration", "last_checked", ("error_rate", "booking_loss_rate"), SYNCS, "status")
    list_display = (
        "moment", "integration", "shown_status", "errors", "loss", "rate_sync", "fee_sync", "source", "again",
    )  # fmt: skip
    list_display_links = ("moment", "integration")
    list_filter = ("integration", "status", "source", StaleFilter)
    list_select_related = ("integration",)
    list_before_template = "admin/integrations/_entry_tools.html"
    date_hierarchy = "last_checked"
    search_fields = ("integration__name", "integration__slug")
    actions = ("delete_chosen",)
    export_kind = ImportKind.OBSERVATIONS

    class Media:
        js = ("js/admin_entry.js",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.judge_view)
        return [path("judge/", view, name="integrations_integrationhealth_judge"), *super().get_urls()]

    def judge_view(self, request: HttpRequest) -> HttpResponse:
        """Say what the numbers that are being typed mean, as a fragment; stores nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = verdict_of(request.POST)
        taken = _at_that_moment(request)
        context["existing"] = existing(taken, request.POST) if taken else None
        return TemplateResponse(request, "admin/integrations/_verdict.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        deleted = deleted_values(request.GET.get("from"), IntegrationHealth)
        if deleted:
            return {name: deleted[name] for name in self.form.base_fields if name in deleted}
        again = _row(request.GET.get("again"))
        same = {name: getattr(again, name) for name in (*RATES, *SYNCS)} if again else {}
        given = typed_moments(super().get_changeform_initial_data(request), "last_checked")
        given.pop("again", None)
        last = {} if again else {"integration": last_integration(request.user, IntegrationHealth)}
        return {"last_checked": timezone.now().replace(second=0, microsecond=0), **last, **same, **given}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if obj is None or "prefill" not in request.GET:
            return form
        typed = {name: request.GET[name] for name in (*RATES, *SYNCS, "status") if name in request.GET}

        class Prefilled(form):
            """The stored observation with what was typed for the same moment, to look at before it is saved."""

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **{**kwargs, "initial": {**typed, **(kwargs.get("initial") or {})}})

        return Prefilled

    def save_model(self, request: HttpRequest, obj: IntegrationHealth, form: Any, change: bool) -> None:
        now = timezone.now()
        given = form.given()
        if change:
            row = change_observation(obj.pk, given, now=now)
        else:
            record_observations([given], now=now)
            row = IntegrationHealth.objects.get(integration=given.integration_id, last_checked=given.last_checked)
        obj.pk, obj.status = row.pk, row.status
        judged = judge(given.measurements, thresholds())
        said = worst(status for status, _ in judged).value if judged else None
        hint = contradiction(given.status or "", said, [reason for _, reason in judged])
        if hint:
            messages.warning(request, hint)

    def delete_model(self, request: HttpRequest, obj: IntegrationHealth) -> None:
        delete_observations([obj.pk], now=timezone.now())

    @admin.action(description="Delete selected", permissions=["delete"])
    def delete_chosen(self, request: HttpRequest, queryset: "QuerySet[IntegrationHealth]") -> HttpResponse | None:
        return self.confirmed(
            request, queryset, action="delete_chosen", title="Delete observations",
            work=lambda keys, _: f"{delete_observations(keys, now=timezone.now()):,} observations deleted.",
        )  # fmt: skip

    @admin.display(description="Last checked (UTC)", ordering="last_checked")
    def moment(self, row: IntegrationHealth) -> str:
        return f"{row.last_checked:%Y-%m-%d %H:%M}"

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

    @admin.display(description="Again")
    def again(self, row: IntegrationHealth) -> SafeString:
        return again_link(reverse("admin:integrations_integrationhealth_add"), row.pk)


def _row(text: str | None) -> IntegrationHealth | None:
    try:
        return IntegrationHealth.objects.filter(pk=UUID(text)).first() if text else None
    except ValueError:
        return None


def _at_that_moment(request: HttpRequest) -> IntegrationHealth | None:
    """Return the stored observation of the integration and time that are being typed, but not the edited one."""
    typed = [request.POST.get("last_checked_0", ""), request.POST.get("last_checked_1", "")]
    try:
        moment: datetime | None = forms.SplitDateTimeField().clean(typed)
    except ValidationError:
        return None
    slug = request.POST.get("integration", "")
    if moment is None or "\x00" in slug:
        return None
    found = IntegrationHealth.objects.filter(integration=slug, last_checked=moment).select_related("integration")
    edited = _row(request.GET.get("row"))
    return (found.exclude(pk=edited.pk) if edited else found).first()
