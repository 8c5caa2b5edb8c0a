"""A page's answer to `?format=`: its tables as a file."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from qa_observability.exports.csv_files import write_csv
from qa_observability.exports.documents import Document
from qa_observability.exports.pdf_files import write_pdf
from qa_observability.exports.xlsx_files import write_xlsx

PARAMETER, TABLE_PARAMETER = "format", "table"
IN_MEMORY = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file and what writes it."""

    media_type: str
    write: Callable[[Document, BinaryIO], None]


KINDS = {
    "csv": FileKind("text/csv; charset=utf-8", write_csv),
    "xlsx": FileKind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "pdf": FileKind("application/pdf", write_pdf),
}


def wants_export(request: HttpRequest) -> bool:
    """Whether the address asks for a file in place of the page."""
    return PARAMETER in request.GET


def export_response(request: HttpRequest, document: Document) -> HttpResponseBase:
    """Return the document, or the one of its tables that the address names, as the kind of file that it names.

    The whole file is made before the answer begins, so that a failure is an error page and never half a file.
    """
    name = request.GET[PARAMETER]
    if name not in KINDS:
        return bad_request(request, f"{name!r} is not a kind of file. Choose one of {', '.join(KINDS)}.")
    chosen: Document | None = document
    if table := request.GET.get(TABLE_PARAMETER):
        chosen = document.with_only(table)
    if chosen is None:
        names = ", ".join(table.name for table in document.tables)
        return bad_request(request, f"{table!r} is not a table of this page. Choose one of {names}.")
    file: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the response closes it
    KINDS[name].write(chosen, file)
    return file_response(file, chosen.file_name(name), KINDS[name].media_type)


def file_response(file: Any, name: str, media_type: str) -> FileResponse:
    """Return a download of what was written into `file`, which is closed with it."""
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
    response["Cache-Control"] = "private, no-cache"
    return response


def bad_request(request: HttpRequest, problem: str) -> HttpResponse:
    """Return the page that says what the address asks in vain."""
    return render(request, "400.html", {"problem": problem}, status=HTTPStatus.BAD_REQUEST)
