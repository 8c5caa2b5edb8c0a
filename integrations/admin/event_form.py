"""The form of an event: a field for every key of the metadata that the product reads, a JSON editor for the rest."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextInputWidget

from integrations.admin.fields import JsonObjectField, TicketKeysField
from integrations.choices import Source
from integrations.inputs import EventInput, event_errors
from integrations.metadata import KNOWN_KEYS, split_known, with_known
from integrations.models import IntegrationEvent

FIELD_OF_KEY = {
    "affectedBookings": "affected_bookings",
    "lossAmount": "loss_amount",
    "listingId": "listing_id",
    "errorCode": "error_code",
    "ticketKeys": "ticket_keys",
}


def _text(label: str, help_text: str, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=200, widget=UnfoldAdminTextInputWidget(), help_text=help_text, **kwargs
    )


class EventForm(forms.ModelForm):
    affected_bookings = forms.IntegerField(
        required=False, min_value=1, max_value=1_000_000,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
        help_text="Empty counts as 1. Read by the revenue calculation.",
    )  # fmt: skip
    loss_amount = forms.DecimalField(
        required=False, min_value=0, max_value=1_000_000_000, decimal_places=4,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text="Where it is known, in the currency of the revenue configuration; it replaces the estimate.",
    )  # fmt: skip
    listing_id = _text("Listing", "Id of the listing concerned.")
    error_code = _text("Error code", "As the channel reports it.")
    ticket_keys = TicketKeysField(label="Jira keys", help_text="Such as QA-120, separated by commas.")
    rest = JsonObjectField(label="Other metadata", help_text='A JSON object, such as {"region": "EU"}. Kept as it is.')

    class Meta:
        model = IntegrationEvent
        fields = ("integration", "event_type", "severity", "occurred_at", "message", "external_id")
        help_texts = {"occurred_at": "UTC."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.unknown = split_shown(self.instance.metadata)
        for key, name in FIELD_OF_KEY.items():
            if name in self.fields and key in self.known:
                self.initial.setdefault(name, self.known[key])
        if "rest" in self.fields:
            self.initial.setdefault("rest", self.unknown)

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None

    def clean_rest(self) -> dict[str, Any]:
        rest: dict[str, Any] = self.cleaned_data["rest"]
        taken = [key for key in KNOWN_KEYS if key in rest and key not in self.unknown]
        if taken:
            raise ValidationError(f"{', '.join(taken)}: use the field above.")
        return rest

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            for name, messages in event_errors(self.given(), now=timezone.now()).items():
                self.add_error("rest" if name == "metadata" else name, messages)
        if not self.errors:
            self._refuse_taken_id()
        return cleaned

    def _refuse_taken_id(self) -> None:
        given = self.given()
        if given.external_id is None:
            return
        same_id = IntegrationEvent.objects.filter(integration=given.integration_id, external_id=given.external_id)
        taken = same_id.exclude(pk=self.instance.pk).first()
        if taken:
            link = reverse("admin:integrations_integrationevent_change", args=[taken.pk])
            text = format_html(
                'This integration has an event with this id: <a class="qa-link" href="{}">{}</a>', link, taken
            )
            self.add_error("external_id", ValidationError(text))

    def _get_validation_exclusions(self) -> set[str]:
        left_out: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs do not have it
        return left_out | {"external_id"}  # `clean` refuses an id that is taken, in words

    def given(self) -> EventInput:
        """Return what was entered, as the services take it; a correction keeps the door the event came in by."""
        data = self.cleaned_data
        typed = {key: self._typed(key, data[name]) for key, name in FIELD_OF_KEY.items()}
        return EventInput(
            integration_id=data["integration"].pk,
            event_type=data["event_type"],
            severity=data["severity"],
            message=data["message"],
            occurred_at=data["occurred_at"],
            metadata=with_known(data["rest"], typed),
            external_id=data["external_id"],
            source=self.instance.source or Source.MANUAL,
        )

    def _typed(self, key: str, value: Any) -> Any:
        """Return a value as JSON holds it; one that was not touched keeps the very form in which it came in."""
        before = self.known.get(key)
        if before is not None and str(before) == str(value):
            return before
        return f"{value:f}" if key == "lossAmount" and value is not None else value


def split_shown(metadata: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the fields can show, and the rest; a known key that holds something odd stays with the rest."""
    known, rest = split_known(metadata)
    odd = {key: value for key, value in known.items() if not _fits(key, value)}
    return {key: value for key, value in known.items() if key not in odd}, {**rest, **odd}


def _fits(key: str, value: Any) -> bool:
    if key == "ticketKeys":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, int | float | str) and not isinstance(value, bool)
