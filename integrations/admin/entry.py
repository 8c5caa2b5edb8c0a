"""What the entry forms of observations and events share."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from integrations.inputs import RowsError
from integrations.models import Integration
from integrations.sheets.parsing import read_moment


class EntryMixin(ModelAdmin):
    """Tells of a rule that was broken only between looking and writing, by somebody else, instead of failing."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except RowsError as error:
            texts = [text for fields in error.errors.values() for found in fields.values() for text in found]
            messages.error(request, f"Not saved: {' '.join(texts)}")
        except ObjectDoesNotExist:
            messages.error(request, "Not saved: somebody has deleted it in the meantime.")
        return redirect(request.get_full_path())


def typed_moments(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the values of an address with moments instead of texts; without those that are none."""
    moments = {}
    for name in names:
        with suppress(KeyError, ValueError):
            moments[name] = read_moment(given[name])
    return {name: value for name, value in given.items() if name not in names} | moments


def last_integration(user: Any, model: type[Any]) -> str | None:
    """Return the integration that this person last entered a row for; None before the first."""
    entered = LogEntry.objects.filter(
        actor=user, content_type=ContentType.objects.get_for_model(model), action=LogEntry.Action.CREATE
    )
    newest = entered.order_by("-timestamp").values_list("changes", flat=True).first()
    slug = (newest or {}).get("integration_id", [None, None])[1]
    return slug if Integration.objects.filter(pk=slug).exists() else None


def deleted_values(entry_id: str | None, model: type[Any]) -> dict[str, Any]:
    """Return the values of a row that was deleted, from its history entry; empty where there is none."""
    if not entry_id or not (entry_id.isascii() and entry_id.isdigit()) or len(entry_id) > 18:
        return {}
    kind = ContentType.objects.get_for_model(model)
    entry = LogEntry.objects.filter(pk=entry_id, content_type=kind, action=LogEntry.Action.DELETE).first()
    columns = {column.attname: column for column in model._meta.concrete_fields}
    values = {name: pair[0] for name, pair in (entry.changes if entry else {}).items() if name in columns}
    return {columns[name].name: columns[name].to_python(value) for name, value in values.items()}


def again_link(add: str, pk: UUID) -> SafeString:
    """Return the link to a new row that says the same of another integration."""
    return format_html('<a class="qa-again" href="{}?again={}">for another</a>', add, pk)
