"""Test cases, executions, alerts and maintenance in the admin. Every write goes through the services."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import action

from correlation import (
    admin_webhooks,  # noqa: F401  registers the endpoints
    testmo_admin,  # noqa: F401  registers the Testmo projects
)
from correlation.alerts import end_mute
from correlation.models import (
    Alert,
    AlertDelivery,
    AlertMute,
    CorrelationRefresh,
    ImportedFile,
    TestCase,
    TestExecution,
    TestIntegrationCorrelation,
)
from correlation.upload_form import JunitUploadForm, upload
from integrations.maintenance_planning import cancel_maintenance, plan_maintenance
from integrations.models import MaintenanceWindow
from qa_observability.admin_lists import QuickListAdmin, ReadOnlyAdmin


@admin.register(TestCase)
class TestCaseAdmin(ReadOnlyAdmin):
    """Name, suite and Testmo address may be corrected; a later report brings its own name again."""

    list_display = ("name", "suite", "source", "runs", "failed_runs", "flaky_runs")
    list_filter = ("source",)
    search_fields = ("name", "suite", "id")
    empty_hint = "A test case is there with the first result of it."
    fields = ("id", "name", "suite", "testmo_url", "identity", "source", "runs", "failed_runs", "flaky_runs", "flips")
    readonly_fields = ("id", "identity", "source", "runs", "failed_runs", "flaky_runs", "flips")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("correlation.change_testcase"))


@admin.register(TestExecution)
class TestExecutionAdmin(ReadOnlyAdmin, QuickListAdmin):
    list_display = ("executed_at", "test_case", "status", "repeated", "run_id", "source")
    fields = ("test_case", "status", "executed_at", "repeated", "duration_ms", "run_id", "source")
    empty_hint = "They come from pipelines through the API, from JUnit XML that is uploaded here, and from Testmo."
    list_filter = ("status", "flaky", "source")
    list_select_related = ("test_case",)
    date_hierarchy = "executed_at"
    search_fields = ("test_case__name", "=run_id")
    actions_list = ("upload_junit",)

    @admin.display(description="Flaky", ordering="flaky")
    def repeated(self, row: TestExecution) -> str:
        return "passed and failed in one run" if row.flaky else "–"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("correlation.delete_testexecution"))

    def has_upload_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("correlation.add_testexecution"))

    @action(description="Upload JUnit XML", permissions=["upload"], url_path="upload-junit")  # type: ignore[untyped-decorator]  # unfold is
    def upload_junit(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:correlation_testexecution_upload"))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.upload_page)
        return [path("upload/", page, name="correlation_testexecution_upload"), *super().get_urls()]

    def upload_page(self, request: HttpRequest) -> HttpResponse:
        """Take JUnit XML files and tell what became of each."""
        if not self.has_upload_permission(request):
            return render(request, "403.html", status=403)
        form = JunitUploadForm(request.POST or None, request.FILES or None)
        reports = upload(form, now=timezone.now()) if request.method == "POST" and form.is_valid() else []
        context = {**self.admin_site.each_context(request), "title": "Upload JUnit XML", "form": form}
        return render(request, "admin/correlation/upload_junit.html", {**context, "reports": reports})


@admin.register(TestIntegrationCorrelation)
class CorrelationAdmin(ReadOnlyAdmin):
    list_display = ("test_case", "integration", "correlation_score", "confidence", "pattern", "hits", "incidents")
    list_filter = ("integration", "correlation_type", "pattern", "attribution")
    list_select_related = ("test_case", "integration")
    search_fields = ("test_case__name",)
    empty_hint = "They are computed every hour, and soon after new results, once there are test results and incidents."
    fields = (
        "test_case",
        "integration",
        "correlation_score",
        "confidence",
        "correlation_type",
        "pattern",
        "question",
        "hits",
        "incidents",
        "by_chance",
        "last_correlated",
        "evidence",
    )

    @admin.display(description="By chance")
    def by_chance(self, row: TestIntegrationCorrelation) -> str:
        return f"{row.expected_hits:.2g} hits expected; p {row.p_value:.1e}, before correction for the number of pairs"

    @admin.display(description="Evidence")
    def evidence(self, row: TestIntegrationCorrelation) -> SafeString:
        address = reverse("correlation:test-case", args=[row.test_case_id])
        return format_html('<a class="qa-link" href="{}">Page of the test case</a>', address)


class DeliveryInline(admin.TabularInline):
    model = AlertDelivery
    fields = readonly_fields = ("channel", "state", "attempts", "due_at", "sent_at", "duration_ms", "error")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "title", "severity", "integration", "failures", "dismissed_at", "dismissed_by")
    list_filter = ("alert_type", "severity", "integration")
    list_select_related = ("integration", "dismissed_by")
    date_hierarchy = "created_at"
    search_fields = ("title",)
    empty_hint = "An alert is raised when a correlated test fails or an integration is critical."
    inlines = (DeliveryInline,)


@admin.register(AlertMute)
class AlertMuteAdmin(ReadOnlyAdmin):
    list_display = ("integration", "test_case", "until", "created_by", "reason")
    list_select_related = ("integration", "test_case", "created_by")
    actions = ("end_now",)
    empty_hint = "An alert on the page Alerts may be muted for a while; the mute is then listed here."

    def has_end_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("correlation.delete_alertmute"))

    @admin.action(description="End the selected mutes now", permissions=["end"])
    def end_now(self, request: HttpRequest, queryset: Any) -> None:
        now = timezone.now()
        ended = sum(end_mute(pk, now=now) for pk in queryset.values_list("pk", flat=True))
        messages.success(request, f"{ended} mutes ended.")


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(ModelAdmin):
    list_display = ("starts_at", "ends_at", "integration", "repeats", "repeat_until", "reason")
    list_filter = ("integration", "repeats")
    list_select_related = ("integration",)
    fieldsets = (
        (
            None,
            {
                "description": "Times are UTC.",
                "fields": ("integration", "starts_at", "ends_at", "repeats", "repeat_until", "reason"),
            },
        ),
    )

    def save_model(self, request: HttpRequest, obj: MaintenanceWindow, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user if request.user.is_authenticated else None
        plan_maintenance(obj, now=timezone.now())

    def delete_model(self, request: HttpRequest, obj: MaintenanceWindow) -> None:
        cancel_maintenance([obj.pk], now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        cancel_maintenance(queryset.values_list("pk", flat=True), now=timezone.now())


@admin.register(ImportedFile)
class ImportedFileAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "name", "run_id", "executions")
    empty_hint = "JUnit XML that is uploaded, imported by command or sent to the API is listed here."
    search_fields = ("name", "=run_id", "=sha256")


@admin.register(CorrelationRefresh)
class CorrelationRefreshAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "reason", "state", "started_at", "finished_at", "pairs", "requested_by")
    empty_hint = "The background worker computes the correlations every hour."
    list_filter = ("state", "reason")
    list_select_related = ("requested_by",)
