"""Signatures of Standard Webhooks: one way to sign what goes out and to check what comes in. Pure.

A message has an id, a moment and a body; the signature is HMAC-SHA256 over `id.timestamp.body`. The id stays the same
when a message is sent again, which makes it the receiver's key against doing something twice.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PREFIX = "whsec_"
KEY_BYTES_MIN, KEY_BYTES_MAX = 24, 64
TOLERANCE = timedelta(minutes=5)
# More than a sender needs while a secret rotates, and few enough to compare them all.
SIGNATURES_MAX = 10
_ID = re.compile(r"[\x21-\x7e]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class BadSecretError(ValueError):
    """A secret that cannot be one; the message does not hold it."""


class RefusedError(ValueError):
    """A message whose sender or age is not certain; the message says which header is at fault, and no more."""


@dataclass(frozen=True, slots=True)
class SignedHeaders:
    """The three headers of a message, read but not yet believed."""

    message_id: str
    timestamp: str
    signatures: tuple[bytes, ...]


def new_secret() -> str:
    """Return a fresh secret: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(os.urandom(32)).decode()


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for.

    Parameters
    ----------
    secret : base64 of 24 to 64 bytes, with or without `whsec_` before it.

    Raises
    ------
    BadSecretError : for anything else.
    """
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadSecretError("A secret is whsec_ followed by base64.") from None
    if not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        raise BadSecretError(f"A secret holds {KEY_BYTES_MIN} to {KEY_BYTES_MAX} bytes; this one has {len(key)}.")
    return key


def signed(body: bytes, *, message_id: str, now: datetime, secrets: Iterable[str]) -> dict[str, str]:
    """Return the headers that go with a body: one signature for each secret that is in force.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> body = b'{"type":"integration.alert","data":{"integration_id":"airbnb"}}'
    >>> moment = datetime.fromtimestamp(1767261600, UTC)
    >>> signed(body, message_id="msg_0001", now=moment, secrets=["whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz"])[
    ...     "webhook-signature"
    ... ]
    'v1,ce/iTGlZyV3dK4u/VxdzihcxSUWPPCplTO4n2/WEwBs='
    """
    timestamp = str(int(now.timestamp()))
    signatures = (
        base64.b64encode(_signature(body, message_id, timestamp, key_of(secret))).decode() for secret in secrets
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def read_headers(headers: Mapping[str, str], *, now: datetime) -> SignedHeaders:
    """Return the three headers of a message that arrived at `now`.

    Parameters
    ----------
    headers : case-insensitive, or with names in lower case.

    Raises
    ------
    RefusedError : where one is missing or malformed, or the timestamp is more than 5 minutes off.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(message_id):
        raise RefusedError("webhook-id is missing or is not 1 to 128 printable characters.")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise RefusedError("webhook-timestamp is missing or is not a number of seconds since 1970.")
    sent = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(timestamp)) if int(timestamp) < 2**37 else None
    if sent is None or abs(now - sent) > TOLERANCE:
        raise RefusedError("webhook-timestamp is more than 5 minutes off: is the sender's clock right?")
    return SignedHeaders(message_id, timestamp, _signatures(headers.get("webhook-signature", "")))


def verify(body: bytes, headers: SignedHeaders, *, secrets: Iterable[str]) -> None:
    """Accept a message that any of its signatures proves to come from somebody who holds any of the secrets.

    Raises
    ------
    RefusedError : where none does. Every pair is compared in constant time, and all are, whichever matches.
    """
    matches = 0
    for secret in secrets:
        wanted = _signature(body, headers.message_id, headers.timestamp, key_of(secret))
        for given in headers.signatures:
            matches |= hmac.compare_digest(wanted, given)
    if not matches:
        raise RefusedError("webhook-signature does not match.")


def _signatures(text: str) -> tuple[bytes, ...]:
    """Return the signatures of version 1; those of other versions are left out, as the standard wants it."""
    found = []
    for part in text.split(" ")[:SIGNATURES_MAX]:
        version, _, value = part.partition(",")
        try:
            if version == "v1":
                found.append(base64.b64decode(value.encode("ascii"), validate=True))
        except (binascii.Error, UnicodeEncodeError):
            continue
    if not found:
        raise RefusedError("webhook-signature is missing or holds no signature of the form v1,<base64>.")
    return tuple(found)


def _signature(body: bytes, message_id: str, timestamp: str, key: bytes) -> bytes:
    return hmac.new(key, b".".join([message_id.encode(), timestamp.encode(), body]), hashlib.sha256).digest()
