"""Form fields of the admin: rates as people write them, ticket keys, JSON that says where it is wrong."""

import json
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from integrations.rates import RateError, as_percent, read_rate
from integrations.sheets.parsing import read_keys


class RateWidget(UnfoldAdminTextInputWidget):
    """A text, and a place below it that says how it is read."""

    template_name = "admin/integrations/rate_widget.html"


class RateField(forms.CharField):
    """A rate as a ratio in 0..1 with 4 decimals, written `3.1`, `3.1 %` or `0.031`."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"placeholder": "3.1 %", "autocomplete": "off"}
        super().__init__(required=False, max_length=40, widget=RateWidget(attrs=attrs), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return as_percent(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_rate(text).rate
        except RateError as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


class StatusWidget(UnfoldAdminSelectWidget):
    """The choice of a status, and a place below it for what the numbers say."""

    template_name = "admin/integrations/status_widget.html"
    row_id: Any = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "row_id": self.row_id}


class TicketKeysField(forms.CharField):
    """Ticket keys as a list, separated by commas."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=500, widget=UnfoldAdminTextInputWidget(), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        try:
            return read_keys(super().clean(value))
        except ValueError as error:
            raise ValidationError(str(error)) from error


class JsonObjectField(forms.CharField):
    """A JSON object; an error names line and column."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false", "class": "qa-json"})
        super().__init__(required=False, max_length=200_000, widget=widget, strip=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return json.dumps(value, indent=2, ensure_ascii=False) if value else ""
        return value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return read_json_object(text) if text.strip() else {}


def read_json_object(text: str) -> dict[str, Any]:
    """Return the JSON object of a text.

    Raises
    ------
    ValidationError : it is none; says where, in words.
    """
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValidationError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise ValidationError("Is nested too deeply.") from error
    except ValueError as error:
        raise ValidationError(str(error)) from error
    if not isinstance(value, dict):
        raise ValidationError('Must be a JSON object: names and values in braces, such as {"region": "EU"}.')
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"The name {name[:60]!r} is there twice.")
        found[name] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number that JSON knows.")
