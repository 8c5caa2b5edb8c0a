"""Splunk searches: what is fetched how often, their last runs, and a try that stores nothing."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone

from integrations import splunk_rest, splunk_searches
from integrations.admin.collectors import RepeatedAdmin
from integrations.models import SplunkSearch
from integrations.splunk.times import TimeError, resolve
from qa_observability import history
from qa_observability.spoken import SpokenError


class SplunkSearchForm(forms.ModelForm):
    class Meta:
        model = SplunkSearch
        fields = ("name", "is_active", "search", "earliest", "latest", "interval", "basis")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        now, ends = timezone.now(), []
        for name in ("earliest", "latest"):
            try:
                ends.append(resolve(cleaned.get(name) or "", now))
            except TimeError as error:
                if name not in self.errors:
                    self.add_error(name, str(error))
        if len(ends) == 2 and ends[0] >= ends[1]:
            self.add_error("latest", "The window ends before it begins.")
        elif len(ends) == 2 and ends[1] > now:
            self.add_error("latest", "The window must be over when the search runs.")
        return cleaned

    def clean_search(self) -> str:
        search: str = self.cleaned_data["search"].strip()
        if not search:
            raise ValidationError("Write a search.")
        return search


@admin.register(SplunkSearch)
class SplunkSearchAdmin(RepeatedAdmin):
    form = SplunkSearchForm
    list_display = ("name", "state", "every_minutes", "last_success", "next_run", "trouble", "try_it")
    list_filter = ("is_active",)
    search_fields = ("name", "search")
    fieldsets = (
        (None, {"fields": ("name", "is_active", "search")}),
        ("Window", {"fields": (("earliest", "latest"), ("interval", "basis"))}),
    )

    def save_model(self, request: Any, obj: SplunkSearch, form: Any, change: bool) -> None:
        before = SplunkSearch.objects.get(pk=obj.pk) if change else None
        obj.next_run_at = None  # what was changed is fetched at once
        columns = [*SplunkSearchForm.Meta.fields, "next_run_at", "updated_at"]
        obj.save(update_fields=columns if change else None)
        if before is None:
            history.record_created([obj])
        else:
            history.record_changed([(before, obj)])

    def try_out(self, row: SplunkSearch) -> dict[str, Any]:
        missing = splunk_rest.what_is_missing()
        if missing:
            return {"error": f"Set {' and '.join(missing)} first."}
        try:
            window, report = splunk_searches.try_out(row, now=timezone.now())
        except SpokenError as error:
            return {"error": str(error)}
        return {"window": window, "report": report}
