import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from qa_observability.secrets_at_rest import SecretField


class SigningSecretQuerySet(models.QuerySet["SigningSecret"]):
    def live(self, now: datetime) -> Self:
        """Those in force, the newest first: one, or two while a secret rotates."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by("-created_at", "-id")


class SigningSecret(models.Model):
    """A secret that signs messages, for an `owner` that a subclass names: one in force, two while it rotates."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret = SecretField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Set when a newer one takes over.")

    objects = SigningSecretQuerySet.as_manager()

    class Meta:
        abstract = True
