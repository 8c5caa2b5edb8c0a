"""Every write of signing secrets: issued, rotated with both in force for a while, retired."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from integrations.models import SigningSecret
from qa_observability import history
from qa_observability.secrets_at_rest import read_secret, set_secret
from qa_observability.standard_webhooks import key_of, new_secret

# As long as the other side has to take over the new one.
OVERLAP = timedelta(hours=24)


def issue_secret(model: Any, owner: Any, *, now: datetime, given: str | None = None) -> str:
    """Put a new secret in force, and let the one before it end OVERLAP later; return it, to be shown this once.

    Parameters
    ----------
    model : the table of secrets, whose rows have this kind of owner.
    given : the other side's own secret; without it a fresh one is made.

    Raises
    ------
    BadSecretError : for a given one that cannot be a secret.
    BadKeyError : where REVENUE_CONFIG_KEYS holds no usable key.
    """
    text = given or new_secret()
    key_of(text)
    row = model(owner=owner, created_at=now)
    set_secret(row, "secret", text)
    with transaction.atomic():
        type(owner).objects.select_for_update().get(pk=owner.pk)
        before = model.objects.filter(owner=owner)
        # Of three at once, the oldest goes: two are what a rotation needs.
        rotating = before.filter(expires_at=None).update(expires_at=now + OVERLAP)
        before.exclude(expires_at=now + OVERLAP).delete()
        row.save(force_insert=True)
        history.record_fact([owner], "Secret rotated." if rotating else "Secret issued.")
    return text


def retire_old_secret(model: Any, owner: Any, *, now: datetime) -> int:
    """End the rotation now: only the newest secret stays in force; return how many went."""
    with transaction.atomic():
        type(owner).objects.select_for_update().get(pk=owner.pk)
        gone: int
        gone, _ = model.objects.filter(owner=owner, expires_at__isnull=False).delete()
        if gone:
            history.record_fact([owner], "Old secret retired.")
    return gone


def opened(secrets: Iterable[SigningSecret]) -> list[str]:
    """Return secrets in the clear, to sign or compare with.

    Raises
    ------
    UnreadableError, BadKeyError : where they cannot be decrypted, naming the setting.
    """
    return [text for row in secrets if (text := read_secret(row, "secret"))]
