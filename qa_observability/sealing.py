"""AES-256-GCM for what may not be read in the database: sealed with a fresh nonce, bound to where it lies. Pure.

Sealed text is the 96-bit nonce followed by ciphertext and tag. What it is bound to is associated data, so that what was
copied from one row to another does not open.
"""

import base64
import binascii
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from qa_observability.spoken import SpokenError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class CryptoError(SpokenError):
    """Something cannot be sealed or opened; the message says why and holds no secret."""


class BadKeyError(CryptoError):
    """REVENUE_CONFIG_KEYS holds something that is no key, or nothing."""


class UnreadableError(CryptoError):
    """No key opens it: it was sealed with another one, or changed since."""


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
        raise BadKeyError("REVENUE_CONFIG_KEYS is empty: without a key nothing can be encrypted or read.")
    return [parse_key(text, position=position) for position, text in enumerate(texts, 1)]


def derived_key(key: bytes, purpose: str) -> bytes:
    """Return the key for one purpose (HKDF with SHA-256): what is sealed for one does not open for another."""
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def seal(text: str, *, bound_to: str, keys: Sequence[bytes]) -> bytes:
    """Encrypt a text under the first key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(keys[0]).encrypt(nonce, text.encode(), bound_to.encode())


def unseal(sealed: bytes, *, bound_to: str, keys: Sequence[bytes]) -> str:
    """Decrypt a text with whichever of the keys opens it.

    Raises
    ------
    UnreadableError : where none does.
    """
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise UnreadableError("What is stored encrypted is cut short.")
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    for key in keys:
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, bound_to.encode()).decode()
        except InvalidTag:
            continue
    raise UnreadableError(
        "No key in REVENUE_CONFIG_KEYS opens what is stored: it was encrypted with another key, or changed since."
    )
