"""The upload page for Splunk exports, with a preview."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations.splunk.lines import SplunkError
from integrations.splunk_imports import ExportFile, ImportRefusedError, ImportReport, import_exports
from qa_observability.htmx import wants_partial


class SeveralFilesInput(UnfoldAdminFileFieldWidget):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """One or more uploads, as a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=SeveralFilesInput(), allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploads = data if isinstance(data, list | tuple) else [data]
        return [super(SeveralFilesField, self).clean(upload, initial) for upload in uploads]


class SplunkImportForm(forms.Form):
    file = SeveralFilesField(
        label="Files",
        help_text="JSON, CSV or XML, as Splunk writes it. Several files are taken as parts of one export.",
    )
    observed_at = forms.DateTimeField(
        label="Observed at (UTC)",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-01-31 14:05"}),
        help_text="The moment that the rows stand for, where they carry no time of their own.",
    )
    basis = forms.ChoiceField(
        label="Count as errors",
        choices=[("total", "4xx, 5xx and keyword hits"), ("server", "5xx only")],
        widget=UnfoldAdminSelectWidget(),
        help_text="404 and 409 are often normal answers.",
    )


def run_import(form: SplunkImportForm, *, dry_run: bool) -> ImportReport | None:
    """Import what the form holds; on refusal return None, with the reason at the field that is to blame."""
    given = form.cleaned_data
    try:
        return import_exports(
            [ExportFile(upload.name, upload) for upload in given["file"]],
            observed_at=given["observed_at"],
            now=timezone.now(),
            basis=given["basis"],
            dry_run=dry_run,
        )
    except SplunkError as error:
        form.add_error("file", str(error))
    except ImportRefusedError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
    return None


def splunk_import(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Preview or import; the preview is an htmx fragment, so that the browser keeps the chosen files."""
    if not request.user.has_perms(["integrations.add_integrationhealth", "integrations.add_integrationevent"]):
        raise PermissionDenied
    form = SplunkImportForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        report = run_import(form, dry_run="import" not in request.POST)
        if report and not report.dry_run:
            messages.success(request, f"Imported {report.rows:,} rows of {', '.join(report.files)}.")
    template = "_splunk_report.html" if wants_partial(request) else "splunk_import.html"
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Import a Splunk export",
        "form": form,
        "report": report,
    }
    return TemplateResponse(request, f"admin/integrations/{template}", context)


class SplunkUrlsMixin(ModelAdmin):
    """Adds the upload page to the addresses of a model's admin."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(lambda request: splunk_import(self, request))
        return [path("splunk-import/", view, name="integrations_splunk_import"), *super().get_urls()]
