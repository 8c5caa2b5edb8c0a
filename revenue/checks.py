"""System check of REVENUE_CONFIG_KEYS."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from revenue.crypto import BadKeyError, parse_key


@register()
def check_keys(**_: Any) -> list[CheckMessage]:
    """Every key must be one, before the first document needs it."""
    found: list[CheckMessage] = []
    for position, text in enumerate(settings.REVENUE_CONFIG_KEYS, 1):
        try:
            parse_key(text, position=position)
        except BadKeyError as error:
            hint = "A key is 32 random bytes in URL-safe base64; `make install` writes one into a new .env."
            found.append(Error(str(error), hint=hint, id="revenue.E001"))
    return found
