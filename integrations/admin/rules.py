"""Classification rules: what an endpoint of a Splunk export belongs to, to see, to edit and to try out."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from integrations.admin.splunk import SplunkUrlsMixin
from integrations.models import ClassificationRule
from integrations.models.classification import RuleStage
from integrations.splunk.classification import Classifier
from integrations.splunk.rules import Rule, RuleError, check_pattern
from integrations.splunk_imports import ImportRefusedError, as_rule, classifier
from qa_observability.admin_lists import RecordedAdmin

SAMPLES = "\n".join(
    [
        "/channels/homeaway/pushRatesAndAvail.jsp",
        "/CHANNELS/AirBnB/Fees?x=1",
        "/api/v3.2/messages?leadUid=1&type=VRBO",
        "//assets/js/app/AirbnbUser.js?bust=1",
    ]
)
SAMPLES_MAX = 200


class TryForm(forms.Form):
    """Endpoints to classify, and a pattern that is not saved yet to try on them."""

    endpoints = forms.CharField(
        initial=SAMPLES,
        max_length=100_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text="One a line, as they stand in the export. Nothing is stored.",
    )
    pattern = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Regular expression. Leave empty to try the saved rules alone.",
    )
    stage = forms.ChoiceField(
        choices=RuleStage.choices, initial=RuleStage.AREA, required=False, widget=UnfoldAdminSelectWidget()
    )
    masked = forms.BooleanField(
        label="Without channel names",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="Stage 3 only: compare with the path in which channel names are written ~.",
    )

    def clean_pattern(self) -> str:
        pattern: str = self.cleaned_data["pattern"]
        if pattern:
            try:
                check_pattern(pattern)
            except RuleError as error:
                raise ValidationError(str(error)) from error
        return pattern

    def clean_endpoints(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["endpoints"].splitlines() if line.strip()]
        if len(lines) > SAMPLES_MAX:
            raise ValidationError(f"At most {SAMPLES_MAX} endpoints at a time.")
        return lines


def try_pattern(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return for each endpoint what the saved rules say, and whether the pattern that is being tried matches.

    Raises
    ------
    RuleError : the pattern, or a saved one, cannot be used.
    """
    saved = classifier()
    numbers = {as_rule(row): str(row) for row in ClassificationRule.objects.filter(is_active=True)}
    tried = None
    if given["pattern"]:
        stage = given["stage"] or RuleStage.AREA
        tried = Rule(
            stage=stage,
            pattern=given["pattern"],
            integration=None if stage == RuleStage.AREA else "tried",
            area="other" if stage == RuleStage.AREA else None,
            masked=bool(given["masked"]),
        )
    # The channel names that a masked path hides are those of the saved rules.
    channels = [as_rule(row) for row in ClassificationRule.objects.filter(is_active=True, stage=RuleStage.INTEGRATION)]
    alone = Classifier([tried, *(channels if tried.stage == RuleStage.AREA else [])]) if tried else None
    results = []
    for endpoint in given["endpoints"]:
        found = saved.classify(endpoint)
        decided = alone.classify(endpoint) if alone else None
        results.append(
            {
                "path": found.path,
                "integration": found.integration or "–",
                "area": found.area,
                "by": [numbers[rule] for rule in (found.rule_integration, found.rule_area) if rule in numbers],
                "matches": tried in (decided.rule_integration, decided.rule_area) if decided else None,
            }
        )
    return results


@admin.register(ClassificationRule)
class ClassificationRuleAdmin(SplunkUrlsMixin, RecordedAdmin):
    list_display = ("stage", "position", "pattern", "integration", "area", "is_active", "note")
    list_display_links = ("stage", "position", "pattern")
    list_filter = ("stage", "integration", "area", "masked", "is_active")
    list_select_related = ("integration",)
    search_fields = ("pattern", "note")
    fields = ("stage", "position", "pattern", "integration", "area", "masked", "is_active", "note")
    change_list_template = "admin/integrations/classificationrule/change_list.html"
    change_form_template = "admin/integrations/classificationrule/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        return [path("try/", view, name="integrations_classificationrule_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Show what the rules, and a pattern that is not saved yet, make of some endpoints."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryForm(request.POST or None, initial=request.GET.dict())
        results: list[dict[str, Any]] = []
        if form.is_valid():
            try:
                results = try_pattern(form.cleaned_data)
            except (RuleError, ImportRefusedError) as error:
                form.add_error("pattern", str(error))
        context = {
            **self.admin_site.each_context(request),
            "title": "Test a pattern",
            "opts": self.model._meta,
            "form": form,
            "results": results,
            "tried": form.is_bound and bool(form.cleaned_data.get("pattern")),
        }
        return TemplateResponse(request, "admin/integrations/classificationrule/try.html", context)
