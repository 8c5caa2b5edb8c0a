"""The Testmo projects whose results are fetched."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django_q.tasks import async_task
from unfold.admin import ModelAdmin

from correlation.models import TestmoProject
from correlation.testmo import name_of_project, start_over
from integrations.models import JobStanding
from qa_observability.spoken import SpokenError


class TestmoProjectForm(forms.ModelForm):
    __test__ = False

    class Meta:
        model = TestmoProject
        fields = ("testmo_id", "name", "manual_runs", "automation_runs")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        testmo_id = cleaned.get("testmo_id")
        if testmo_id and not cleaned.get("name") and settings.TESTMO_URL and settings.TESTMO_TOKEN:
            try:
                cleaned["name"] = name_of_project(testmo_id)
            except SpokenError as error:
                missing = getattr(error, "status", None) == 404
                text = "Testmo has no such project, or the token's user may not see it." if missing else str(error)
                self.add_error("testmo_id", text)
        return cleaned


@admin.register(TestmoProject)
class TestmoProjectAdmin(ModelAdmin):
    form = TestmoProjectForm
    list_display = ("__str__", "testmo_id", "manual_runs", "automation_runs", "standing", "note")
    actions = ("fetch_now", "read_again")
    fields = ("testmo_id", "name", ("manual_runs", "automation_runs"), "last_fetched", "note")
    readonly_fields = ("last_fetched", "note")

    def get_fields(self, request: HttpRequest, obj: TestmoProject | None = None) -> list[Any]:
        return [name for name in self.fields if obj or name not in self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: TestmoProject | None = None) -> tuple[str, ...]:
        # Another project would go on at this one's cursors.
        return (*self.readonly_fields, "testmo_id") if obj else self.readonly_fields

    @admin.display(description="last fetched")
    def standing(self, project: TestmoProject) -> str:
        """Say it in a few words, for the list."""
        found = JobStanding.objects.filter(pk=project.job_name).first()
        if found is None:
            return "not yet"
        if found.failing_since:
            return f"failing since {_moment(found.failing_since)}"
        return f"{_moment(found.finished_at)}: {found.rows:,} new"

    @admin.display(description="last fetched")
    def last_fetched(self, project: TestmoProject) -> str:
        found = JobStanding.objects.filter(pk=project.job_name).first()
        return f"{self.standing(project)}. {found.error if found else ''}"

    @admin.action(description="Fetch now", permissions=["change"])
    def fetch_now(self, request: HttpRequest, queryset: Any) -> None:
        async_task("correlation.tasks.sync_testmo")
        messages.success(request, "The worker fetches what is new in all projects; Connections tells what came of it.")

    @admin.action(description="Read everything again at the next visit", permissions=["change"])
    def read_again(self, request: HttpRequest, queryset: Any) -> None:
        for project in queryset:
            if start_over(project, now=timezone.now()):
                messages.success(request, f"{project}: the next visit reads everything again.")
            else:
                messages.error(request, f"{project} is being fetched right now. Try again in a minute.")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
