"""Where messages go: the addresses of NOTIFY_URLS, which are secrets and never leave this module in full."""

import hashlib
import re
from dataclasses import dataclass, field

from django.conf import settings

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,20})://")


@dataclass(frozen=True, slots=True)
class Channel:
    """One address; `key` names it in the database, in logs and on pages without giving it away."""

    scheme: str
    key: str
    url: str = field(repr=False)


def channels() -> list[Channel]:
    """Return the channels of NOTIFY_URLS whose scheme is one of NOTIFY_SCHEMES, each once."""
    found = {}
    for url in settings.NOTIFY_URLS:
        scheme = scheme_of(url)
        if scheme in settings.NOTIFY_SCHEMES:
            key = f"{scheme}:{hashlib.sha256(url.encode()).hexdigest()[:16]}"
            found[key] = Channel(scheme, key, url)
    return list(found.values())


def scheme_of(url: str) -> str:
    """Return the scheme of an address, empty where it has none.

    >>> scheme_of("mailtos://user:secret@mail.example.com?to=qa@example.com")
    'mailtos'
    """
    match = _SCHEME.match(url.strip().lower())
    return match[1] if match else ""
