"""Events as endpoints list them, in the names of our API or in underscores. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MOST = 1000
_NAMES = {
    "event_type": ("eventType", "event_type", "type"),
    "severity": ("severity",),
    "message": ("message", "errorMessage", "error_message"),
    "occurred_at": ("occurredAt", "occurred_at", "time", "timestamp"),
    "external_id": ("externalId", "external_id", "id"),
    "metadata": ("metadata",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """One event, not yet checked against the rules that every event keeps. `occurred_at` is aware."""

    event_type: str
    severity: str
    message: str
    occurred_at: datetime
    external_id: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


def read_events(listed: Any, text: str) -> Sequence[EventDraft]:
    """Return the events of a list.

    Raises
    ------
    ValueError : naming the event and what is wrong with it; `text` is the path of the list.
    """
    if not isinstance(listed, list):
        raise ValueError(f"{text} is no list of events")
    if len(listed) > MOST:
        raise ValueError(f"{text} holds {len(listed):,} events, more than {MOST:,}")
    return [_event(item, f"{text}[{index}]") for index, item in enumerate(listed)]


def _event(item: Any, name: str) -> EventDraft:
    if not isinstance(item, dict):
        raise ValueError(f"{name} is no object")
    given = {column: _first(item, names) for column, names in _NAMES.items()}
    for column in ("event_type", "severity", "message", "occurred_at"):
        if not isinstance(given[column], str):
            raise ValueError(f"{name} has no {_NAMES[column][0]}")
    metadata = given["metadata"] if given["metadata"] is not None else {}
    if not isinstance(metadata, dict):
        raise ValueError(f"the metadata of {name} is no object")
    try:
        occurred_at = datetime.fromisoformat(given["occurred_at"])
    except ValueError:
        raise ValueError(f"the time of {name} is none") from None
    return EventDraft(
        event_type=given["event_type"],
        severity=given["severity"].lower(),
        message=given["message"],
        occurred_at=occurred_at if occurred_at.tzinfo else occurred_at.replace(tzinfo=UTC),
        external_id=_external_id(given["external_id"], item),
        metadata=metadata,
    )


def _first(item: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _external_id(given: Any, item: Mapping[str, Any]) -> str:
    """Return the event's own id; one without is known again by what it says."""
    if isinstance(given, str | int) and not isinstance(given, bool) and str(given).strip():
        return f"collector:{str(given).strip()}"
    said = json.dumps(item, sort_keys=True, ensure_ascii=True, default=str)
    return f"collector:{hashlib.sha256(said.encode()).hexdigest()[:32]}"
