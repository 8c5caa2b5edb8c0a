"""What endpoints are told, written in the transaction that makes it true: nothing is told that was rolled back.

Each message is written once and names what it is about, so every function here may run at any moment, twice, or be
killed. Where no endpoint wants a message none is written.
"""

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from correlation.choices import WebhookEvent
from correlation.models import Alert, Incident, WebhookDelivery, WebhookEndpoint, WebhookMessage

# An incident that a refresh finds only later than this is history, not news: the first refresh finds 90 days of them.
NEWS_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
BATCH = 5000


def announce_alerts(event: WebhookEvent, pks: Iterable[UUID], *, now: datetime) -> int:
    """Tell the endpoints that want it of these alerts; return how many messages were written."""
    endpoints = WebhookEndpoint.objects.wanting(event)
    if not endpoints:
        return 0
    rows = Alert.objects.filter(pk__in=list(pks)).select_related("integration", "test_case").order_by("created_at")
    return sum(_announce(event, row.pk, _alert(row), endpoints, now=now) for row in rows)


def announce_incidents(*, now: datetime) -> int:
    """Tell of incidents that have begun, and of those told before that are over; return how many messages there are.

    An incident is over once no further event can belong to it: CORRELATION_WINDOW after its last one.
    """
    return _announce_begun(now) + _announce_ended(now)


def announce_test(endpoint: WebhookEndpoint, *, now: datetime) -> WebhookDelivery:
    """Write a test message to one endpoint, and return its delivery."""
    event, subject = WebhookEvent.TEST, uuid.uuid4()
    data = {"id": str(subject), "message": "A test message of QA Observability: nothing has happened."}
    with transaction.atomic():
        _announce(event, subject, data, [endpoint], now=now)
        return WebhookDelivery.objects.get(message__event_type=event, message__subject_id=subject)


def purge_messages(*, now: datetime) -> int:
    """Remove messages past KEPT_FOR with their log; return how many. Safe to be killed anywhere."""
    old = WebhookMessage.objects.filter(created_at__lt=now - KEPT_FOR).order_by("created_at")
    total = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        WebhookMessage.objects.filter(pk__in=batch).delete()
        total += len(batch)
    return total


def _announce_begun(now: datetime) -> int:
    event = WebhookEvent.INCIDENT_STARTED
    endpoints = WebhookEndpoint.objects.wanting(event)
    if not endpoints:
        return 0
    # Known by the message of their end as well: one that somebody was told is over has not just begun.
    rows = Incident.objects.found().filter(onset_at__gt=now - NEWS_FOR, integration__is_active=True)
    return sum(_announce(event, row.pk, _incident(row), endpoints, now=now) for row in _untold(rows, event))


def _announce_ended(now: datetime) -> int:
    event = WebhookEvent.INCIDENT_ENDED
    endpoints = WebhookEndpoint.objects.wanting(event)
    if not endpoints:
        return 0
    over = now - settings.CORRELATION_WINDOW
    rows = Incident.objects.filter(ended_at__gt=over - NEWS_FOR, ended_at__lte=over, integration__is_active=True)
    return sum(_announce(event, row.pk, _incident(row), endpoints, now=now) for row in _untold(rows, event))


def _untold(rows: Any, event: WebhookEvent) -> Iterable[Incident]:
    told = WebhookMessage.objects.filter(event_type=event).values("subject_id")
    found: Iterable[Incident] = rows.exclude(pk__in=told).select_related("integration").order_by("onset_at", "pk")
    return found


def _announce(
    event: WebhookEvent, subject: UUID, data: dict[str, Any], endpoints: list[WebhookEndpoint], *, now: datetime
) -> bool:
    body = {"type": event.value, "timestamp": _moment(now), "data": data}
    with transaction.atomic():
        message, is_new = WebhookMessage.objects.get_or_create(
            event_type=event,
            subject_id=subject,
            defaults={"body": json.dumps(body, ensure_ascii=False), "created_at": now},
        )
        if is_new:
            WebhookDelivery.objects.bulk_create(
                WebhookDelivery(message=message, endpoint=endpoint, due_at=now) for endpoint in endpoints
            )
    return is_new


def _alert(row: Alert) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "alertType": row.alert_type,
        "severity": row.severity,
        "integrationId": row.integration_id,
        "integrationName": row.integration.name,
        "testCaseId": row.test_case_id,
        "testCaseName": row.test_case.name if row.test_case else None,
        "title": row.title,
        "message": row.message,
        "recommendation": row.recommendation,
        "failedAt": _moment(row.failed_at),
        "createdAt": _moment(row.created_at),
        "dismissedAt": _moment(row.dismissed_at) if row.dismissed_at else None,
        "url": f"{settings.SITE_ADDRESS}/dashboard/alerts/#alert-{row.pk}",
    }


def _incident(row: Incident) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "integrationId": row.integration_id,
        "integrationName": row.integration.name,
        "onsetAt": _moment(row.onset_at),
        "lastEventAt": _moment(row.ended_at),
        "events": row.events,
        "url": f"{settings.SITE_ADDRESS}/dashboard/incidents/{row.pk}/",
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
