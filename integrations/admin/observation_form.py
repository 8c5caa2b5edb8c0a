"""The form of an observation: rates as people write them, the status explained, a taken moment offered as an edit."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe

from integrations.admin.fields import RateField, StatusWidget
from integrations.choices import Source, SyncStatus, observed_status_choices
from integrations.inputs import ObservationInput, observation_errors
from integrations.models import IntegrationHealth
from integrations.rates import RateError, as_percent, read_rate
from integrations.rules import Measurements, judge, worst
from integrations.services import thresholds

RATES = ("error_rate", "booking_loss_rate")
SYNCS = ("pricing_sync_status", "fees_sync_status")
LABELS = {
    "status": "Status",
    "error_rate": "Error rate",
    "booking_loss_rate": "Booking loss",
    "pricing_sync_status": "Rate sync",
    "fees_sync_status": "Fee sync",
}


class ObservationForm(forms.ModelForm):
    error_rate = RateField(label="Error rate", help_text="Share of requests that failed: 3.1, 3.1 % or 0.031.")
    booking_loss_rate = RateField(label="Booking loss", help_text="Share of bookings lost: 3.1, 3.1 % or 0.031.")
    status = forms.ChoiceField(
        choices=lambda: [("", "Follows from the numbers"), *observed_status_choices()],
        required=False,
        widget=StatusWidget(),
        help_text="Choose one only where you know better than the numbers.",
    )

    class Meta:
        model = IntegrationHealth
        fields = ("integration", "last_checked", *RATES, *SYNCS, "status")
        help_texts = {"last_checked": "UTC. When it was seen, not when it is entered."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:  # not in a form that may only be looked at
            self.fields["status"].widget.row_id = self.instance.pk

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        given = self.given()
        errors = observation_errors(given, now=timezone.now(), thresholds=thresholds())
        for name, messages in errors.items():
            self.add_error(name, messages)
        same = IntegrationHealth.objects.filter(integration=given.integration_id, last_checked=given.last_checked)
        taken = same.exclude(pk=self.instance.pk).select_related("integration").first() if not errors else None
        if taken:
            shown = render_to_string("admin/integrations/_existing.html", {"existing": existing(taken, self.data)})
            raise ValidationError(mark_safe(shown))  # noqa: S308  rendered by a template, which escapes
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # A status left empty follows from the rest; the model, which requires one, must not refuse it. A moment that
        # is taken is `clean`'s to refuse, in words.
        left_out: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs do not have it
        return left_out | {"status", "last_checked"}

    def given(self) -> ObservationInput:
        """Return what was entered, as the services take it."""
        data = self.cleaned_data
        return ObservationInput(
            integration_id=data["integration"].pk,
            last_checked=data["last_checked"],
            source=Source.MANUAL,
            status=data.get("status") or None,
            **{name: data.get(name) or None for name in SYNCS},
            **{name: data.get(name) for name in RATES},
        )


def readings_of(data: Mapping[str, str]) -> tuple[list[tuple[str, str, bool, tuple[str, ...]]], Measurements]:
    """Return how each rate that was typed is read, in words, and what is known from all that can be read."""
    readings: list[tuple[str, str, bool, tuple[str, ...]]] = []
    known: dict[str, Any] = {}
    for name in RATES:
        text = data.get(name, "").strip()[:40]
        try:
            read = read_rate(text) if text else None
        except RateError as error:
            readings.append((name, str(error), True, error.readings))
            continue
        known[name] = read.rate if read else None
        readings.append((name, f"Read as {read.reading}" if read else "", False, ()))
    for name in SYNCS:
        known[name] = data.get(name) if data.get(name) in SyncStatus.values else None
    return readings, Measurements(**known)


def verdict_of(data: Mapping[str, str]) -> dict[str, Any]:
    """Return what the numbers of a form say, why, and whether the chosen status contradicts them."""
    readings, measured = readings_of(data)
    judged = judge(measured, thresholds())
    status = worst(status for status, _ in judged).value if judged else None
    return {
        "readings": readings,
        "verdict": status,
        "reasons": [reason for _, reason in judged],
        "contradiction": contradiction(data.get("status", ""), status, [reason for _, reason in judged]),
    }


def contradiction(chosen: str, said: str | None, reasons: list[str]) -> str:
    """Return a hint where a chosen status is not what the numbers say; empty where it is."""
    if not chosen or said is None or chosen == said:
        return ""
    return f"You chose {chosen}, but the numbers say {said}: {reasons[0]}. It is kept as you enter it."


def existing(row: IntegrationHealth, data: Mapping[str, str]) -> dict[str, Any]:
    """Return a stored observation beside what was typed for the same integration and time."""
    names = [*RATES, *SYNCS, "status"]
    sides = []
    for name in names:
        stored = getattr(row, name)
        shown = as_percent(stored) if name in RATES else stored
        sides.append((LABELS[name], shown or "–", data.get(name, "").strip() or "–"))
    typed = {name: data[name] for name in names if data.get(name)}
    change = reverse("admin:integrations_integrationhealth_change", args=[row.pk])
    return {"row": row, "sides": sides, "link": f"{change}?{urlencode({'prefill': 1, **typed})}"}
