"""The encrypted revenue configuration: each document sealed for its revision. Pure."""

from collections.abc import Sequence
from uuid import UUID

from qa_observability import sealing
from qa_observability.sealing import BadKeyError, CryptoError, UnreadableError, parse_key, parse_keys

__all__ = ["BadKeyError", "CryptoError", "UnreadableError", "parse_key", "parse_keys", "seal", "unseal"]


def seal(text: str, *, revision_id: UUID, keys: Sequence[bytes]) -> bytes:
    """Encrypt a document under the first key, bound to its revision."""
    return sealing.seal(text, bound_to=str(revision_id), keys=keys)


def unseal(document: bytes, *, revision_id: UUID, keys: Sequence[bytes]) -> str:
    """Decrypt a revision's document with whichever of the keys opens it.

    Raises
    ------
    UnreadableError : where none does.
    """
    return sealing.unseal(document, bound_to=str(revision_id), keys=keys)
