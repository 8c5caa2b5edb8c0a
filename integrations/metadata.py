"""The keys of an event's metadata that the product reads, apart from the rest, which is kept as it is. Pure."""

from collections.abc import Mapping
from typing import Any

KNOWN_KEYS = ("affectedBookings", "lossAmount", "listingId", "errorCode", "ticketKeys")


def split_known(metadata: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the product reads, and the rest.

    >>> split_known({"lossAmount": 3, "region": "EU"})
    ({'lossAmount': 3}, {'region': 'EU'})
    """
    known = {key: metadata[key] for key in KNOWN_KEYS if key in metadata}
    return known, {key: value for key, value in metadata.items() if key not in KNOWN_KEYS}


def with_known(rest: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rest with those known keys that have a value; a known key among the rest gives way to them.

    >>> with_known({"region": "EU"}, {"lossAmount": None, "listingId": "L1"})
    {'region': 'EU', 'listingId': 'L1'}
    """
    return {**rest, **{key: value for key, value in known.items() if value not in (None, "", [])}}
