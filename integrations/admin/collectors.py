"""Collectors: endpoints that are asked for health, their last runs, and a try that stores nothing."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations import collector_trials, collectors
from integrations.admin.collector_form import CollectorForm
from integrations.connections import runs_of
from integrations.models import Collector
from qa_observability import history
from qa_observability.admin_lists import RecordedAdmin
from qa_observability.sealing import CryptoError


class RepeatedAdmin(RecordedAdmin):
    """What lists and forms of collectors and searches share: how they stand, their last runs, and a try."""

    change_form_template = "admin/repeated_change_form.html"
    try_title = ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        return [path("<uuid:pk>/try/", view, name=f"integrations_{self.opts.model_name}_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Ask once and show what would be stored; stores nothing."""
        row = self.model._default_manager.filter(pk=pk).first()
        if row is None:
            raise Http404(f"There is no {self.opts.verbose_name} {pk}.")
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        tried = self.try_out(row) if request.method == "POST" else {}
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": f"Try {row}", "row": row, **tried,
            "back": reverse(f"admin:integrations_{self.opts.model_name}_change", args=[row.pk]),
        }  # fmt: skip
        return TemplateResponse(request, f"admin/integrations/{self.opts.model_name}/try.html", context)

    def try_out(self, row: Any) -> dict[str, Any]:
        """Return what the page of a try shows."""
        raise NotImplementedError

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row:
            link = reverse(f"admin:integrations_{self.opts.model_name}_try", args=[row.pk])
            context = {**context, "runs": runs_of([row.job]), "now": timezone.now(), "try_link": link, "row": row}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="State")
    def state(self, row: Any) -> SafeString:
        kind, word = "unknown", "Not run yet"
        if not row.is_active:
            word = "Off"
        elif row.failing_since:
            kind, word = "critical", "Failing"
        elif getattr(row, "warning", ""):
            kind, word = "warning", "Old news"
        elif row.succeeded_at:
            kind, word = "healthy", "OK"
        return SafeString(render_to_string("components/_status.html", {"kind": kind, "word": word, "size": ""}))

    @admin.display(description="What went wrong")
    def trouble(self, row: Any) -> str:
        text = row.error or getattr(row, "warning", "")
        since = f" (since {row.failing_since:%Y-%m-%d %H:%M} UTC)" if row.failing_since else ""
        return f"{text}{since}" if text else "–"

    @admin.display(description="Last success (UTC)", ordering="succeeded_at")
    def last_success(self, row: Any) -> str:
        return f"{row.succeeded_at:%Y-%m-%d %H:%M}" if row.succeeded_at else "never"

    @admin.display(description="Next run (UTC)", ordering="next_run_at")
    def next_run(self, row: Any) -> str:
        if not row.is_active:
            return "–"
        return f"{row.next_run_at:%Y-%m-%d %H:%M}" if row.next_run_at else "at once"

    @admin.display(description="Every", ordering="interval")
    def every_minutes(self, row: Any) -> str:
        return f"{row.interval} min"

    @admin.display(description="Try")
    def try_it(self, row: Any) -> SafeString:
        link = reverse(f"admin:integrations_{self.opts.model_name}_try", args=[row.pk])
        return format_html('<a class="qa-again" href="{}" aria-label="Try {}">Try it</a>', link, row)


@admin.register(Collector)
class CollectorAdmin(RepeatedAdmin):
    form = CollectorForm
    list_display = (
        "name", "integration", "state", "every_minutes", "last_success", "next_run", "trouble", "try_it",
    )  # fmt: skip
    list_filter = ("integration", "is_active")
    list_select_related = ("integration",)
    search_fields = ("name", "url")
    fieldsets = (
        (None, {"fields": ("name", "integration", "is_active")}),
        ("Request", {"fields": ("url", ("method", "interval", "timeout"), "header_lines", "body")}),
        (
            "Where the answer says what",
            {
                "description": "Names and indexes: components.channels.status, checks[0].state. With nothing filled "
                "in, health is taken from status, as Spring's actuator and application/health+json tell it.",
                "fields": (
                    ("status_path", "checked_at_path"), ("pricing_path", "fees_path"),
                    ("error_rate_path", "error_rate_unit"), ("booking_loss_rate_path", "booking_loss_rate_unit"),
                    "events_path", "words",
                ),
            },
        ),
    )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Collector, form: Any, change: bool) -> None:
        before = Collector.objects.get(pk=obj.pk) if change else None
        if form.headers is not None:
            try:
                collectors.set_headers(obj, form.headers)
            except CryptoError as error:
                messages.error(request, f"The headers were not stored: {error}")
        obj.next_run_at = None  # what was changed is asked at once
        columns = [*CollectorForm.Meta.fields, "header_names", "headers", "next_run_at", "updated_at"]
        obj.save(update_fields=columns if change else None)
        if before is None:
            history.record_created([obj])
        else:
            history.record_changed([(before, obj)])

    def try_out(self, row: Collector) -> dict[str, Any]:
        return {"tried": collector_trials.try_out(row, now=timezone.now())}
