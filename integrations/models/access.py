from datetime import datetime

from django.conf import settings
from django.db import models
from knox.models import AbstractAuthToken, AuthTokenManager


class TokenScope(models.TextChoices):
    """What a token may do, at most: never more than its user."""

    ALL = "all", "Everything its user may"
    READ = "read", "Read only"
    INGEST = "ingest", "Send data only"


def token_scope_choices() -> list[tuple[str, str]]:
    return TokenScope.choices


class ApiToken(AbstractAuthToken, models.Model):
    """A bearer token of a person or of a pipeline's service account; only its digest is stored.

    A token is revoked, not deleted, so that it stays visible who could do what until when.
    """

    name = models.CharField(max_length=100, blank=True, default="", help_text="What uses it, such as a pipeline.")
    scope = models.CharField(max_length=10, choices=token_scope_choices, default=TokenScope.ALL)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = AuthTokenManager()  # type: ignore[django-manager-missing]  # knox is untyped

    class Meta:
        db_table = "api_tokens"
        verbose_name = "API token"
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.name or 'token'} ({self.token_key}…)"

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expiry is None or self.expiry > now)
