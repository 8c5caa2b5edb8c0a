"""AES-256-GCM for the revenue configuration: sealed with a fresh nonce, bound to its revision. Pure.

A sealed document is the 96-bit nonce followed by ciphertext and tag. The revision's id is associated data, so that a
document copied from one row to another does not open.
"""

import base64
import binascii
import os
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class CryptoError(Exception):
    """A document cannot be sealed or opened; the message says why and holds no secret."""


class BadKeyError(CryptoError):
    """REVENUE_CONFIG_KEYS holds something that is no key, or nothing."""


class UnreadableError(CryptoError):
    """No key opens the document: it was sealed with another one, or changed since."""


def parse_key(text: str, *, position: int = 1) -> bytes:
    """Return the 32 bytes of a key.

    Parameters
    ----------
    text : 32 bytes in base64, URL-safe alphabet, with padding.
    position : which of the keys it is, counted from 1, for the message; the key itself is never shown.

    Raises
    ------
    BadKeyError : for anything else.
    """
    try:
        key = base64.b64decode(text.strip().encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadKeyError(f"REVENUE_CONFIG_KEYS: key {position} is not URL-safe base64.") from None
    if len(key) != KEY_BYTES:
        raise BadKeyError(f"REVENUE_CONFIG_KEYS: key {position} has {len(key)} bytes instead of {KEY_BYTES}.")
    return key


def parse_keys(texts: Sequence[str]) -> list[bytes]:
    """Return all keys, the one that encrypts first.

    Raises
    ------
    BadKeyError : where there is none, or one of them is malformed.
    """
    if not texts:
        raise BadKeyError("REVENUE_CONFIG_KEYS is empty: without a key the revenue configuration is out of reach.")
    return [parse_key(text, position=position) for position, text in enumerate(texts, 1)]


def seal(text: str, *, revision_id: UUID, keys: Sequence[bytes]) -> bytes:
    """Encrypt a document under the first key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(keys[0]).encrypt(nonce, text.encode(), _associated(revision_id))


def unseal(document: bytes, *, revision_id: UUID, keys: Sequence[bytes]) -> str:
    """Decrypt a document with whichever of the keys opens it.

    Raises
    ------
    UnreadableError : where none does.
    """
    if len(document) < NONCE_BYTES + TAG_BYTES:
        raise UnreadableError("The stored document is cut short.")
    nonce, ciphertext = document[:NONCE_BYTES], document[NONCE_BYTES:]
    for key in keys:
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, _associated(revision_id)).decode()
        except InvalidTag:
            continue
    raise UnreadableError(
        "No key in REVENUE_CONFIG_KEYS opens the document: it was encrypted with another key, or changed since."
    )


def _associated(revision_id: UUID) -> bytes:
    return str(revision_id).encode()
