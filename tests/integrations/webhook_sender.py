"""A system that sends events by webhook, as the tests need it: signs what it is told to."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from rest_framework.test import APIClient

from integrations.models import EventSource, EventSourceSecret
from integrations.signing import issue_secret
from qa_observability.standard_webhooks import signed
from tests.conftest import NOW

_numbers = count(1)


@dataclass
class Sender:
    source: EventSource
    secret: str
    client: APIClient = field(default_factory=APIClient)

    @property
    def url(self) -> str:
        return f"/api/v1/integrations/webhooks/{self.source.slug}/events"

    def send(
        self, content: Any, *, media_type: str = "application/json", message_id: str | None = None,
        now: datetime = NOW, headers: dict[str, str] | None = None, secret: str | None = None, query: str = "",
    ) -> Any:  # fmt: skip
        """POST a body (bytes as they are, anything else as JSON) under a fresh id, signed."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        message_id = message_id or f"msg_{next(_numbers)}"
        proofs = signed(body, message_id=message_id, now=now, secrets=[secret or self.secret])
        return self.client.generic(
            "POST", self.url + query, body, content_type=media_type, headers={**proofs, **(headers or {})}
        )


def a_sender(*integrations: str, slug: str = "hostfully", **fields: Any) -> Sender:
    source = EventSource.objects.create(name=slug.title(), slug=slug, **fields)
    source.integrations.set(integrations or ["airbnb", "vrbo"])
    return Sender(source, issue_secret(EventSourceSecret, source, now=NOW))


def an_event(**fields: Any) -> dict[str, Any]:
    return {
        "integrationId": "airbnb",
        "eventType": "booking_loss",
        "severity": "high",
        "message": "Reservation was not retrieved",
        "occurredAt": "2026-03-18T14:00:00Z",
    } | fields


def a_cloud_event(**fields: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "A-17",
        "source": "/pms/hostfully",
        "type": "com.qaobs.integration.booking_loss",
        "subject": "airbnb/LST-204",
        "time": "2026-03-18T14:00:00Z",
        "data": {"severity": "critical", "message": "3 reservations lost", "metadata": {"affectedBookings": 3}},
    } | fields
