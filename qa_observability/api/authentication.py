"""Who is asking: a bearer token, or the session of a browser."""

from datetime import timedelta
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from knox.settings import CONSTANTS
from rest_framework import authentication, exceptions

LAST_USED_PRECISION = timedelta(minutes=1)


class BearerTokenAuthentication(TokenAuthentication):
    """`Authorization: Bearer <token>`: one look-up by the token's first characters, then the digest."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        now = timezone.now()
        try:
            text = token.decode("ascii")
        except UnicodeDecodeError:
            raise exceptions.AuthenticationFailed("Invalid token.") from None
        if not text.isprintable():  # PostgreSQL refuses to look for a NUL
            raise exceptions.AuthenticationFailed("Invalid token.")
        digest = hash_token(text)
        model = get_token_model()
        candidates = (
            model.objects.filter(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH]).select_related("user").order_by()
        )
        for candidate in candidates:
            if compare_digest(digest, candidate.digest) and candidate.is_valid(now):
                # At most one write a minute, and none that waits for a busy token's row.
                not_lately = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_PRECISION)
                if candidate.last_used_at is None or candidate.last_used_at < now - LAST_USED_PRECISION:
                    model.objects.filter(not_lately, pk=candidate.pk).update(last_used_at=now)
                user, _ = self.validate_user(candidate)
                return user, candidate
        raise exceptions.AuthenticationFailed("Invalid token.")


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of a browser, with CSRF protection; names itself, so that the answer without it is 401."""

    def authenticate_header(self, request: Any) -> str:
        return f'Session realm="{settings.ROOT_URLCONF}"'


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is untyped
    target_class = BearerTokenAuthentication
    name = "bearerToken"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "From `manage.py api_token USERNAME`."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is untyped
    target_class = SessionAuthentication
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
