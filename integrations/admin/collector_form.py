"""The form of a collector: paths that are checked while saving, and headers whose stored values stay hidden."""

import json
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from integrations.admin.fields import JsonObjectField
from integrations.answers import parse_quotient
from integrations.choices import OBSERVED_STATUSES
from integrations.collectors import headers_of
from integrations.json_paths import PathError, parse_path
from integrations.models import Collector
from qa_observability.header_lines import MASK, HeaderError, masked, parse_headers
from qa_observability.sealing import CryptoError

PATHS = ("status_path", "pricing_path", "fees_path", "checked_at_path", "events_path")
QUOTIENTS = ("error_rate_path", "booking_loss_rate_path")
_STATUSES = [status.value for status in OBSERVED_STATUSES]


class WordsField(forms.CharField):
    """Words for a status, one a line: `synced = healthy`."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false", "placeholder": "synced = healthy"})
        super().__init__(required=False, max_length=5000, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{word} = {status}" for word, status in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> Any:
        found = {}
        for number, line in enumerate(super().clean(value).splitlines(), 1):
            word, equals, status = (part.strip().lower() for part in line.partition("="))
            if not line.strip():
                continue
            if not word or not equals or status not in _STATUSES:
                raise ValidationError(f"Line {number}: write a word, = and one of {', '.join(_STATUSES)}.")
            found[word] = status
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


class CollectorForm(forms.ModelForm):
    header_lines = forms.CharField(
        label="Headers", required=False, max_length=50_000,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off", "placeholder": "X-API-Key: the secret"}
        ),
        help_text="One a line. Values are encrypted and never shown again: leave the dots to keep one, type over them "
        "to replace it, remove the line to clear it.",
    )  # fmt: skip
    body = JsonObjectField(label="Body", help_text='A JSON object that is sent with POST, such as {"channel": "vrbo"}.')
    words = WordsField(
        label="Words",
        help_text=f"Of the endpoint, one a line: a word, = and {', '.join(_STATUSES)}. Usual ones are known: UP, ok, "
        "pass, green, degraded, warn, DOWN, fail, red ...",
    )

    class Meta:
        model = Collector
        fields = (
            "name", "integration", "is_active", "url", "method", "body", "timeout", "interval", *PATHS, *QUOTIENTS,
            "error_rate_unit", "booking_loss_rate_unit", "words",
        )  # fmt: skip
        widgets = {name: UnfoldAdminTextInputWidget(attrs={"spellcheck": "false"}) for name in (*PATHS, *QUOTIENTS)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headers: dict[str, str] | None = None
        if "header_lines" in self.fields:
            self.initial.setdefault("header_lines", masked(self.instance.header_names))
        for name in (*PATHS, *QUOTIENTS):
            if name in self.fields:
                self.fields[name].strip = True  # type: ignore[attr-defined]  # all of these hold text

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            parts = urlsplit(url)
            known = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError:
            known = False
        if not known or not url.isprintable() or " " in url:
            raise ValidationError("Write an address that begins with http:// or https:// and names a host.")
        if "@" in parts.netloc:
            raise ValidationError("An address holds no user name or password; use a header.")
        return url

    def clean_body(self) -> dict[str, Any] | None:
        body: dict[str, Any] = self.cleaned_data["body"]
        try:
            text = json.dumps(body, ensure_ascii=False)
            text.encode()
        except (UnicodeEncodeError, ValueError):
            raise ValidationError("Holds characters that cannot be stored.") from None
        if "\\u0000" in text:
            raise ValidationError("Holds characters that cannot be stored.")
        return body or None

    def clean_header_lines(self) -> str:
        text: str = self.cleaned_data["header_lines"]
        if text == masked(self.instance.header_names):
            return text  # untouched
        try:
            stored = headers_of(self.instance) if self.instance.headers and "••" in text else {}
            self.headers = parse_headers(text, stored=stored)
        except CryptoError as error:
            raise ValidationError(f"{error} Type every value anew.") from error
        except HeaderError as error:
            raise ValidationError(str(error)) from error
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in (*PATHS, *QUOTIENTS):
            try:
                text = cleaned.get(name)
                if text and name in QUOTIENTS:
                    parse_quotient(text)
                elif text:
                    parse_path(text)
            except PathError as error:
                self.add_error(name, f"{str(error)[:1].upper()}{str(error)[1:]}")
        if MASK in cleaned.get("header_lines", "") and "url" in cleaned and self._leads_elsewhere(cleaned["url"]):
            # Else whoever may change the address could have the secrets sent to a server of their own.
            self.add_error("header_lines", "The address leads to another server: type the values for that one.")
        return cleaned

    def _leads_elsewhere(self, url: str) -> bool:
        """Whether an address is of another server than the one that the stored headers were typed for."""
        before = Collector.objects.filter(pk=self.instance.pk).values_list("url", flat=True).first()
        return before is not None and urlsplit(before)[:2] != urlsplit(url)[:2]
