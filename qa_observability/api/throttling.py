"""API_RATE requests a minute for each token, or for each person without one."""

from typing import Any

from django.conf import settings
from rest_framework.throttling import SimpleRateThrottle


class TokenRateThrottle(SimpleRateThrottle):
    scope = "token"

    def get_rate(self) -> str | None:
        return f"{settings.API_RATE}/min" if settings.API_RATE > 0 else None

    def get_cache_key(self, request: Any, view: Any) -> str:
        if request.auth is not None:
            ident = f"token-{request.auth.pk[:32]}"
        elif request.user and request.user.is_authenticated:
            ident = f"user-{request.user.pk}"
        else:
            ident = f"ip-{self.get_ident(request)}"
        return self.cache_format % {"scope": self.scope, "ident": ident}
