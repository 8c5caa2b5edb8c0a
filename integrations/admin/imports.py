"""Spreadsheets: uploaded, looked at, imported and undone."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django_q.tasks import async_task
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from integrations.admin.exports import template_file
from integrations.models import ImportBatch
from integrations.models.imports import ImportKind, ImportState, RateUnit, import_kind_choices, rate_unit_choices
from integrations.sheet_imports import (
    STEPS,
    UNDER_WAY,
    ImportRefusedError,
    discard,
    is_small,
    is_stuck,
    move,
    progress_of,
)
from qa_observability.admin_lists import HistoryAdmin, QuickListAdmin
from qa_observability.htmx import wants_partial

STEP_TASK = "integrations.tasks.go_on_with_import"
# More than other tasks have, and still less than `retry`; a step that runs twice is done once.
STEP_TIMEOUT = 1500
UPLOAD_MAX = 50 * 1024 * 1024
ADD = {
    ImportKind.OBSERVATIONS: "integrations.add_integrationhealth",
    ImportKind.EVENTS: "integrations.add_integrationevent",
}
REMOVE = {
    ImportKind.OBSERVATIONS: "integrations.delete_integrationhealth",
    ImportKind.EVENTS: "integrations.delete_integrationevent",
}


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label="What", choices=import_kind_choices, widget=UnfoldAdminSelectWidget())
    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
        help_text="CSV (UTF-8) or XLSX, up to 200,000 rows. Nothing is stored before you have seen a preview.",
    )
    rates = forms.ChoiceField(
        label="Rates without a % sign",
        choices=rate_unit_choices,
        initial=RateUnit.TELL,
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > UPLOAD_MAX:
            raise ValidationError(f"At most {UPLOAD_MAX // 1024**2} MB. Split the file.")
        return self.cleaned_data["file"]


@admin.register(ImportBatch)
class ImportBatchAdmin(HistoryAdmin, QuickListAdmin):
    list_display = ("uploaded", "kind", "file_name", "state", "rows", "created", "replaced", "errors", "created_by")
    list_display_links = ("uploaded", "file_name")
    list_filter = ("kind", "state")
    list_select_related = ("created_by",)
    date_hierarchy = "created_at"
    search_fields = ("file_name",)

    @admin.display(description="Uploaded (UTC)", ordering="created_at")
    def uploaded(self, batch: ImportBatch) -> str:
        return f"{batch.created_at:%Y-%m-%d %H:%M}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content", "report")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("template/<str:kind>.<str:form>", wrap(self.template_view), name="integrations_importbatch_template"),
            path("<uuid:pk>/go-on/", wrap(self.go_on_view), name="integrations_importbatch_go_on"),
            *super().get_urls(),
        ]

    def template_view(self, request: HttpRequest, kind: str, form: str) -> HttpResponseBase:
        if kind not in ImportKind.values or form not in {"csv", "xlsx"}:
            raise Http404
        return template_file(kind, form)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take a file; check it at once where it is small."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind")})
        if form.is_valid():
            given = form.cleaned_data
            assert request.user.is_authenticated  # noqa: S101  the admin admits nobody else
            if not request.user.has_perm(ADD[given["kind"]]):
                raise PermissionDenied
            batch = ImportBatch.objects.create(
                kind=given["kind"], file_name=given["file"].name[:200], content=given["file"].read(),
                rates=given["rates"] or RateUnit.TELL, created_by=request.user,
            )  # fmt: skip
            return self._go_on(request, batch)
        context = {
            **self.admin_site.each_context(request),
            "title": "Import a spreadsheet",
            "opts": self.opts,
            "form": form,
            "kinds": import_kind_choices(),
        }
        return TemplateResponse(request, "admin/integrations/import_upload.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show what has become of a file so far, as a page or as the fragment that follows its progress."""
        batch = self.get_object(request, object_id)
        if batch is None or not self.has_view_permission(request, batch):
            raise Http404(f"There is no import {object_id}.")
        context = {
            **self.admin_site.each_context(request),
            "title": str(batch),
            "opts": self.opts,
            "batch": batch,
            "under_way": batch.state in UNDER_WAY,
            "progress": progress_of(batch),
            "stuck": is_stuck(batch, now=timezone.now()),
            "may_import": request.user.has_perm(ADD[batch.kind]),
            "may_undo": request.user.has_perms([ADD[batch.kind], REMOVE[batch.kind]]),
            "to_write": batch.created + batch.replaced,
        }
        template = "_import_batch.html" if wants_partial(request) else "import_batch.html"
        return TemplateResponse(request, f"admin/integrations/{template}", context)

    def go_on_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Take the step that a button asks for: import, undo, discard, or again where a step got stuck."""
        batch = self.get_object(request, str(pk))
        if batch is None or request.method != "POST":
            raise Http404
        step = request.POST.get("step", "")
        allowed = [ADD[batch.kind], REMOVE[batch.kind]] if step == "undo" else [ADD[batch.kind]]
        if not self.has_change_permission(request, batch) or not request.user.has_perms(allowed):
            raise PermissionDenied
        now = timezone.now()
        try:
            if step == "import":
                move(batch, before=[ImportState.READY], after=ImportState.IMPORTING, now=now, error="")
            elif step == "undo":
                move(batch, before=[ImportState.IMPORTED], after=ImportState.UNDOING, now=now)
            elif step == "discard":
                discard(batch, now=now)
                return redirect("admin:integrations_importbatch_add")
            elif not is_stuck(batch, now=now):
                raise ImportRefusedError("There is nothing to do.")
        except ImportRefusedError as error:
            messages.error(request, str(error))
            return self._page(batch)
        return self._go_on(request, batch)

    def _go_on(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        """Take the batch's step now where it is small, else leave it to the worker."""
        if not is_small(batch):
            async_task(STEP_TASK, str(batch.pk), request.user.pk, timeout=STEP_TIMEOUT)
            return self._page(batch)
        try:
            STEPS[batch.state](batch, now=timezone.now())
        except ImportRefusedError as error:
            messages.error(request, str(error))
        return self._page(batch)

    def _page(self, batch: ImportBatch) -> HttpResponse:
        return redirect(reverse("admin:integrations_importbatch_change", args=[batch.pk]))
