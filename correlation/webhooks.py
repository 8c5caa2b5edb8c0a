"""Sends the messages that wait for endpoints, signed, and keeps a log of every attempt."""

import random
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from correlation import outbox, sending
from correlation.choices import DeliveryState
from correlation.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEndpointSecret
from correlation.sending import Outcome
from integrations.signing import opened
from qa_observability.outgoing import Answer, OutgoingError, fetch
from qa_observability.spoken import SpokenError
from qa_observability.standard_webhooks import signed

TIMEOUT = 15.0
# One run ends well within the queue's time-out, however slow the endpoints are.
RUN_MAX = timedelta(seconds=150)
WAITS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
TRIED_MAX = 3
AGAIN_MAX = timedelta(hours=24)
GONE = "The endpoint said that it is gone for good (410)."
OPEN = [DeliveryState.PENDING, DeliveryState.SENDING]


class NotAcceptedError(SpokenError):
    """An endpoint did not take a message."""


def what_is_missing() -> list[str]:
    return [] if WebhookEndpoint.objects.active().exists() else ["a webhook endpoint"]


def is_anything_due(*, now: datetime) -> bool:
    return bool(_due(now).exists())


def send_messages(*, now: datetime) -> int:
    """Send what is due to the active endpoints; return how many messages were accepted.

    After a message that was not accepted, the others to the same endpoint wait for the next run, so that one that is
    down holds nobody up. Retried after WAITS with up to a tenth more by chance, or when the endpoint wants to be asked
    again; at most nine times. The guarantees are those of `sending.send_due`.

    Raises
    ------
    NotAcceptedError : once all is done, naming the endpoints that did not accept a message, and why.
    """
    sent, refused = 0, []
    waiting = WebhookEndpoint.objects.active().filter(Exists(_due(now).filter(endpoint=OuterRef("pk"))))
    for endpoint in waiting.order_by("?"):
        if timezone.now() - now > RUN_MAX:
            break
        problem: list[str] = []
        sent += sending.send_due(
            WebhookDelivery.objects.filter(endpoint=endpoint).select_related("message", "endpoint"),
            partial(_attempt, problem=problem),
            waits=_jittered(),
            now=now,
            at_most=20,
            until=now + RUN_MAX,
            stop_at_failure=True,
        )
        refused += [f"{endpoint.name}: {text}" for text in problem]
    if refused:
        raise NotAcceptedError("; ".join(refused)[:1000])
    return sent


def try_out() -> str:
    """Send a test message to each active endpoint, the first three where there are more.

    Raises
    ------
    NotAcceptedError : naming those that did not accept it, and why.
    """
    endpoints = list(WebhookEndpoint.objects.active().order_by("name"))
    tried = endpoints[:TRIED_MAX]
    sent = [(row.name, send_test(row, now=timezone.now(), timeout=3.0)) for row in tried]
    refused = [f"{name}: {delivery.error}" for name, delivery in sent if delivery.state != DeliveryState.SENT]
    if refused:
        raise NotAcceptedError(" ".join(refused))
    rest = (
        f" {len(endpoints) - len(tried)} more were not asked: test them on their pages."
        if endpoints[TRIED_MAX:]
        else ""
    )
    return f"{', '.join(row.name for row in tried)} accepted a test message.{rest}"


def send_test(endpoint: WebhookEndpoint, *, now: datetime, timeout: float = 9.0) -> WebhookDelivery:
    """Send a test message at once, while somebody waits; return its delivery, which is not retried."""
    delivery = outbox.announce_test(endpoint, now=now)
    rows = WebhookDelivery.objects.filter(pk=delivery.pk).select_related("message", "endpoint")
    sending.send_due(rows, partial(_attempt, problem=[], timeout=timeout), waits=[], now=now)
    delivery.refresh_from_db()
    return delivery


def send_again(delivery: WebhookDelivery, *, now: datetime) -> bool:
    """Let a delivery that has ended be sent once more, under the same id; return whether it had ended."""
    ended = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state__in=OPEN)
    return bool(ended.update(state=DeliveryState.PENDING, attempts=0, due_at=now, updated_at=now))


def _due(now: datetime) -> Any:
    return WebhookDelivery.objects.filter(state__in=OPEN, due_at__lte=now, endpoint__is_active=True)


def _jittered() -> list[timedelta]:
    return [wait * (1 + random.random() / 10) for wait in WAITS]  # noqa: S311  spreads the load, keeps no secret


def _attempt(delivery: WebhookDelivery, *, problem: list[str], timeout: float = TIMEOUT) -> Outcome:
    started = timezone.now()
    status, again_after, error = None, timedelta(0), ""
    try:
        answer = _post(delivery, now=started, timeout=timeout)
        status = answer.status
        if not 200 <= status < 300:
            error = f"{answer.host} answered {status}."
            again_after = min(timedelta(seconds=answer.retry_after or 0), AGAIN_MAX)
    except SpokenError as refused:
        error = str(refused)
        status = refused.status if isinstance(refused, OutgoingError) else None
    _log(delivery, started, status, error)
    if not error:
        return Outcome(DeliveryState.SENT, facts={"status": status})
    problem.append(error)
    if status == HTTPStatus.GONE:
        _switch_off(delivery.endpoint)
        return Outcome(DeliveryState.FAILED, GONE, facts={"status": status})
    return Outcome(DeliveryState.PENDING, error, again_after, facts={"status": status})


def _post(delivery: WebhookDelivery, *, now: datetime, timeout: float) -> Answer:
    secrets = opened(WebhookEndpointSecret.objects.filter(owner=delivery.endpoint_id).live(now))
    if not secrets:
        raise NotAcceptedError("The endpoint has no secret to sign with.")
    body = delivery.message.body.encode()
    headers = signed(body, message_id=delivery.message.message_id, now=now, secrets=secrets)
    return fetch(
        "POST",
        delivery.endpoint.url,
        headers={"Content-Type": "application/json", **headers},
        content=body,
        timeout=timeout,
        max_bytes=64 * 1024,
    )


def _log(delivery: WebhookDelivery, started: datetime, status: int | None, error: str) -> None:
    WebhookAttempt.objects.create(
        delivery=delivery,
        number=delivery.attempts,
        started_at=started,
        status=status,
        duration_ms=round((timezone.now() - started).total_seconds() * 1000),
        error=error[:300],
    )


def _switch_off(endpoint: WebhookEndpoint) -> None:
    """Leave an endpoint alone that wants to be, and give up what else waits for it."""
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk, is_active=True).update(
            is_active=False, disabled_because=GONE, updated_at=timezone.now()
        )
        rest = WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.PENDING)
        rest.update(state=DeliveryState.FAILED, error=GONE, updated_at=timezone.now())
