"""The pages of the revenue configuration: form, difference, saving, history, restoring."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations.models import Integration
from qa_observability.exports.responses import export_response, wants_export
from qa_observability.pages import may
from revenue import revisions
from revenue.config import ConfigError, RevenueConfig, changes
from revenue.crypto import CryptoError
from revenue.documents import history_document
from revenue.forms import LABELS, ConfigForm
from revenue.models import RevenueConfigRevision

HISTORY = 50
SAVED = "Revision {} is in force. Every figure from now on follows it."


@require_http_methods(["GET", "POST"])
@may("revenue.view_revenueconfigrevision")
def edit(request: HttpRequest) -> HttpResponseBase:
    """Show the form; on POST show what would change; on POST with `save` save it."""
    if request.method == "GET" and wants_export(request):
        return export_response(request, history_document(now=timezone.now()))
    may_change = request.user.has_perm("revenue.add_revenueconfigrevision")
    if request.method == "POST" and not may_change:
        return render(request, "403.html", status=403)
    newest = RevenueConfigRevision.objects.newest()
    error, current = "", RevenueConfig()
    try:
        current = revisions.read(newest) if newest else current
    except CryptoError as problem:
        error = str(problem)
    form = _form(request, current, newest)
    context: dict[str, Any] = {"form": form, "may_change": may_change, "error": error, "labels": LABELS.values()}
    is_checked = request.method == "POST" and "edit" not in request.POST
    if is_checked and form.is_valid() and form.config is not None and not error:
        context["changes"] = changes(current, form.config)
        context["is_preview"] = True
        stale = _expected(form.cleaned_data["revision"]) != (newest.pk if newest else None)
        if not stale and "save" in request.POST:
            try:
                row = revisions.save(
                    form.config,
                    author=request.user,
                    comment=form.cleaned_data["comment"],
                    expected=newest.pk if newest else None,
                )
            except revisions.StaleRevisionError:
                stale = True
            except CryptoError as problem:
                context["error"] = str(problem)
            else:
                messages.success(request, SAVED.format(row.number))
                return redirect("revenue:config")
        context["stale"] = stale
    return _page(request, context)


@require_GET
@may("revenue.view_revenueconfigrevision")
def revision(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(RevenueConfigRevision.objects.select_related("author"), pk=pk)
    newest = RevenueConfigRevision.objects.newest()
    context: dict[str, Any] = {"revision": row, "newest": newest, "is_newest": newest == row}
    try:
        context["text"] = revisions.read_text(row)
        context["changes"] = revisions.changes_between(newest, revisions.read(row))
    except CryptoError as error:
        context["error"] = str(error)
    context["may_change"] = request.user.has_perm("revenue.add_revenueconfigrevision")
    return render(request, "revenue/revision.html", context, status=200)


@require_POST
@may("revenue.add_revenueconfigrevision")
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(RevenueConfigRevision, pk=pk)
    try:
        new = revisions.restore(row, author=request.user, expected=_expected(request.POST.get("revision", "")))
    except (revisions.StaleRevisionError, ConfigError, CryptoError) as error:
        messages.error(request, f"Nothing was changed. {error}")
        return redirect("revenue:revision", pk=pk)
    messages.success(request, SAVED.format(new.number))
    return redirect("revenue:config")


def _form(request: HttpRequest, current: RevenueConfig, newest: RevenueConfigRevision | None) -> ConfigForm:
    integrations = list(Integration.objects.all())
    if request.method == "POST":
        return ConfigForm(request.POST, integrations=integrations)
    initial = ConfigForm.values_of(current, newest.pk if newest else None)
    return ConfigForm(initial=initial, integrations=integrations)


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    rows = RevenueConfigRevision.objects.select_related("author").defer("document")
    history = list(rows[: HISTORY + 1])
    context |= {"history": history[:HISTORY], "is_cut": len(history) > HISTORY}
    failed = (
        context["form"].is_bound and "edit" not in request.POST and (context["form"].errors or context.get("stale"))
    )
    return render(
        request, "revenue/config.html", context, status=409 if context.get("stale") else 400 if failed else 200
    )


def _expected(text: str) -> UUID | None:
    """Return the revision that a form was filled from; a mangled one is none that exists."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)
