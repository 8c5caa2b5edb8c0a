"""CloudEvents 1.0 as events of integrations: structured, batch and binary mode. Pure.

    type     com.qaobs.integration.booking_loss   the kind of event
    subject  airbnb/LST-204                       the integration, and after a slash its listing where one is meant
    time     2026-01-10T10:02:11Z                 when it occurred
    data     {severity, message, metadata}
    source, id                                    together the sender's own id: seen before = duplicate

What comes out has the names of the API's events; their values are checked where those of all events are.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from integrations.inputs import EXTERNAL_ID_MAX

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
TYPE_PREFIX = "com.qaobs.integration."
DATA_KEYS = {"severity", "message", "metadata"}
# Where a sender finds what an event's field says, to be told what is wrong.
ATTRIBUTE_OF = {
    "integrationId": "subject",
    "eventType": "type",
    "occurredAt": "time",
    "externalId": "id",
    "severity": "data.severity",
    "message": "data.message",
    "metadata": "data.metadata",
}
HEADER_OF = {name: f"ce-{place}" if "." not in place else place[5:] for name, place in ATTRIBUTE_OF.items()}
_REQUIRED = ("specversion", "id", "source", "type", "subject", "time")


class CloudEventError(ValueError):
    """An attribute that is missing or cannot be used; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether a message carries its attributes in `ce-` headers."""
    return "ce-specversion" in headers or "ce-type" in headers


def from_binary(headers: Mapping[str, str], body: Any) -> dict[str, Any]:
    """Return the event whose attributes stand in percent-encoded headers, and whose data are the body.

    Raises
    ------
    CloudEventError : where a header is missing or cannot be used; its field is the header's name.
    """
    try:
        attributes = {name: _decoded(name, headers[f"ce-{name}"]) for name in _REQUIRED if f"ce-{name}" in headers}
        return from_structured({**attributes, "data": body})
    except CloudEventError as error:
        name = f"ce-{error.field}" if error.field in _REQUIRED else error.field
        raise CloudEventError(name, str(error)) from None


def from_structured(document: Any) -> dict[str, Any]:
    """Return an event of the API (camelCase) from one CloudEvent.

    Attributes beyond those of this module's table are extensions, which a receiver leaves alone.

    Raises
    ------
    CloudEventError : where an attribute is missing or cannot be used.
    """
    if not isinstance(document, Mapping):
        raise CloudEventError("", "A CloudEvent is a JSON object.")
    given = {name: _text(document, name) for name in _REQUIRED}
    if given["specversion"] != "1.0":
        raise CloudEventError("specversion", "Only CloudEvents 1.0 are understood.")
    kind = given["type"].removeprefix(TYPE_PREFIX)
    if kind == given["type"]:
        raise CloudEventError("type", f"Must begin with {TYPE_PREFIX}, as in {TYPE_PREFIX}booking_loss.")
    data = _data(document)
    integration, _, listing = given["subject"].partition("/")
    metadata = data.get("metadata", {})
    if listing and isinstance(metadata, Mapping):
        metadata = {"listingId": listing, **metadata}
    return {
        "integrationId": integration,
        "eventType": kind,
        "occurredAt": given["time"],
        "externalId": external_id(given["source"], given["id"]),
        **data,
        "metadata": metadata,
    }


def external_id(source: str, event_id: str) -> str:
    """Return the one text that stands for a pair of source and id, which are unique together.

    A source is an address, which has no blank; a pair that is too long is stored as its digest.

    >>> external_id("/pms/hostfully", "A-17")
    '/pms/hostfully A-17'
    """
    text = f"{source} {event_id}"
    if len(text) <= EXTERNAL_ID_MAX:
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _decoded(name: str, value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise CloudEventError(name, "Is not percent-encoded UTF-8.") from None


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise CloudEventError(name, "Is missing, or is not text.")
    if name == "source" and " " in value:
        raise CloudEventError(name, "Must be a URI reference, which has no blanks.")
    return value


def _data(document: Mapping[str, Any]) -> dict[str, Any]:
    data = document.get("data")
    if "data_base64" in document:
        if data is not None:
            raise CloudEventError("data", "Give either data or data_base64.")
        data = _from_base64(document["data_base64"])
    if not isinstance(data, Mapping):
        raise CloudEventError("data", "Must be a JSON object of severity, message and metadata.")
    unknown = sorted(str(key) for key in data.keys() - DATA_KEYS)
    if unknown:
        raise CloudEventError("data", f"Unknown field {unknown[0]!r}: what else there is to say belongs into metadata.")
    return dict(data)


def _from_base64(text: Any) -> Any:
    try:
        return json.loads(base64.b64decode(str(text).encode("ascii"), validate=True), parse_constant=_refuse)
    except (binascii.Error, ValueError, RecursionError):
        raise CloudEventError("data_base64", "Is not base64 of JSON.") from None


def _refuse(name: str) -> Any:
    raise ValueError(name)
