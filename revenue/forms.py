"""The configuration as a form: blank fields of an integration take the global figure."""

from typing import Any

from django import forms

from integrations.models import Integration
from revenue.config import LIMITS, BookingLossMethod, ConfigError, RevenueConfig, build, plain_number

LABELS = {
    "avg_booking_value": "Average booking value",
    "leakage_percentage": "Leakage (0.05 is 5 %)",
    "bookings_per_day": "Bookings per day",
}
METHODS = [
    (BookingLossMethod.MAX.value, "the larger of both, by day"),
    (BookingLossMethod.RATE.value, "observed loss rate"),
    (BookingLossMethod.EVENTS.value, "events"),
]
SEPARATOR = "/"  # cannot be in a slug


class ConfigForm(forms.Form):
    """Every figure of the document; `config` of a valid form is what it says."""

    revision = forms.CharField(required=False, widget=forms.HiddenInput)
    currency = forms.CharField(max_length=3, help_text="Three capital letters, such as USD or EUR.")
    booking_loss_method = forms.ChoiceField(choices=METHODS, label="Lost bookings are valued by")
    comment = forms.CharField(max_length=500, required=False, label="Why it changes", help_text="Kept in the history.")

    def __init__(self, *args: Any, integrations: list[Integration], **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.integrations = integrations
        self.config: RevenueConfig | None = None
        for name, label in LABELS.items():
            self.fields[name] = _number_field(name, label, required=True)
        for integration in integrations:
            for name, label in LABELS.items():
                field = _number_field(name, f"{integration.name}: {label}", required=False)
                self.fields[f"{integration.slug}{SEPARATOR}{name}"] = field

    @classmethod
    def values_of(cls, config: RevenueConfig, revision: object) -> dict[str, Any]:
        """Return the initial values of a form that shows `config`."""
        values = {"revision": str(revision or ""), "currency": config.currency}
        values |= {"booking_loss_method": config.booking_loss_method.value}
        values |= {name: plain_number(getattr(config, name)) for name in LIMITS}
        for slug, own in config.integrations.items():
            for name in LIMITS:
                if (value := getattr(own, name)) is not None:
                    values[f"{slug}{SEPARATOR}{name}"] = plain_number(value)
        return values

    def clean(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        document: dict[str, Any] = {
            name: values[name] for name in ("currency", "booking_loss_method", *LIMITS) if name in values
        }
        document["integrations"] = {row.slug: self._overrides(row.slug, values) for row in self.integrations}
        try:
            self.config = build(document, known=[row.slug for row in self.integrations])
        except ConfigError as error:
            for problem in error.problems:
                path = problem.path
                name = SEPARATOR.join(path[1:]) if path[0] == "integrations" else path[0]
                self.add_error(name if name in self.fields else None, problem.message[:1].upper() + problem.message[1:])
        return values

    def _overrides(self, slug: str, values: dict[str, Any]) -> dict[str, Any]:
        given = {name: values.get(f"{slug}{SEPARATOR}{name}") for name in LIMITS}
        return {name: value for name, value in given.items() if value is not None}

    def global_fields(self) -> list[forms.BoundField]:
        return [self["currency"], *(self[name] for name in LABELS), self["booking_loss_method"]]

    def rows(self) -> list[tuple[Integration, list[forms.BoundField]]]:
        """Each integration with its fields, in the order of LABELS."""
        return [(row, [self[f"{row.slug}{SEPARATOR}{name}"] for name in LABELS]) for row in self.integrations]


def _number_field(name: str, label: str, *, required: bool) -> forms.DecimalField:
    """A text field: a number field of the browser would hide what it does not understand."""
    return forms.DecimalField(
        label=label,
        required=required,
        max_digits=30,
        help_text=f"Allowed: {LIMITS[name]}.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12}),
    )
