"""What a list shows, as CSV or XLSX, and the templates for an import."""

from tempfile import SpooledTemporaryFile
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.admin import ModelAdmin

from integrations.exports import export_rows, headings
from integrations.models.imports import ImportKind
from integrations.sheet_checks import COLUMNS
from integrations.sheets.writing import csv_lines, template_rows, write_xlsx

XLSX_MAX = 100_000
IN_MEMORY = 8 * 1024 * 1024
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_file(name: str, form: str, columns: list[str], rows: Any) -> HttpResponseBase:
    """Return a download: CSV as it is being read, XLSX once it is written."""
    if form == "csv":
        response = StreamingHttpResponse(csv_lines(columns, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    file: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the response closes it
    write_xlsx(file, columns, rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)


def template_file(kind: str, form: str) -> HttpResponseBase:
    """Return an empty sheet with the headings and two examples."""
    columns = COLUMNS[ImportKind(kind)]
    return as_file(f"{kind}-template", form, [column.name for column in columns], template_rows(columns))


class ExportMixin(ModelAdmin):
    """Adds `export/csv/` and `export/xlsx/` to a list; they take the list's own filters, search and order."""

    export_kind: ImportKind

    def get_urls(self) -> list[URLPattern]:
        opts = self.opts
        view = self.admin_site.admin_view(self.export_view)
        name = f"{opts.app_label}_{opts.model_name}_export"
        return [path("export/<str:form>/", view, name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in {"csv", "xlsx"}:
            raise Http404
        try:
            listed: ChangeList = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            messages.error(request, "The list has no such filter; nothing was exported.")
            return redirect("../../")
        rows = listed.get_queryset(request)
        if form == "xlsx" and rows.order_by()[: XLSX_MAX + 1].count() > XLSX_MAX:
            messages.error(request, f"More than {XLSX_MAX:,} rows: filter the list, or export as CSV.")
            return redirect(f"../../?{request.GET.urlencode()}")
        name = f"{self.export_kind.value}-{timezone.now():%Y-%m-%d}"
        return as_file(name, form, headings(self.export_kind), export_rows(self.export_kind, rows))
