"""The page that finds personal data in events, shows what would become of it, and replaces it once confirmed."""

from itertools import islice
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations.personal_data import Pattern
from integrations.redaction import find_entries, find_events, redact

COUNTED = 1000
SHOWN = 50


class RedactForm(forms.Form):
    kind = forms.ChoiceField(
        label="Look for",
        choices=[("text", "A text"), ("email", "E-mail addresses"), ("phone", "Phone numbers")],
        widget=UnfoldAdminSelectWidget(),
    )
    text = forms.CharField(
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="A name, a number, anything: upper and lower case are the same. Not needed for the other kinds.",
    )

    def clean(self) -> dict[str, Any]:
        try:
            self.cleaned_data["pattern"] = Pattern(self.cleaned_data.get("kind", ""), self.cleaned_data.get("text", ""))
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return self.cleaned_data


def redact_view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Preview, then replace: up to 1,000 events at a time, so that nobody waits for long."""
    if not request.user.has_perm("integrations.redact_integrationevent"):
        raise PermissionDenied
    form = RedactForm(request.POST or None)
    preview = None
    if form.is_valid():
        pattern = form.cleaned_data["pattern"]
        if "confirmed" in request.POST:
            done = redact(pattern, now=timezone.now(), limit=COUNTED)
            more = next(find_events(pattern), None) is not None
            text = f"{done.events:,} events and {done.entries:,} history entries redacted."
            messages.success(request, text + (" There are more: look and confirm again." if more else ""))
            return redirect(request.path)
        found = list(islice(find_events(pattern), COUNTED + 1))
        entries = sum(1 for _ in islice(find_entries(pattern), COUNTED))
        preview = {"found": found[:SHOWN], "events": len(found), "more": len(found) > COUNTED, "entries": entries}
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Redact personal data",
        "opts": model_admin.opts,
        "form": form,
        "preview": preview,
        "counted": COUNTED,
    }
    return TemplateResponse(request, "admin/integrations/redact.html", context)
