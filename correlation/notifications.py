"""Sends the messages that wait: each to each channel once, and again later where that failed."""

import time
from datetime import datetime, timedelta
from uuid import UUID

import apprise
import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from correlation.channels import Channel, channels
from correlation.choices import AlertSeverity, DeliveryState
from correlation.models import Alert, AlertDelivery

log = structlog.get_logger("qa_observability.notifications")
# A sender that was killed in the act is given up after this; longer than any attempt takes.
LEASE = timedelta(minutes=10)
RETRY_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 1200)]
_TYPES = {
    AlertSeverity.CRITICAL: apprise.NotifyType.FAILURE,
    AlertSeverity.WARNING: apprise.NotifyType.WARNING,
    AlertSeverity.INFO: apprise.NotifyType.INFO,
}
NOT_SENT = "The channel did not accept the message."
GONE = "The channel is no longer in NOTIFY_URLS."


def send_due(*, now: datetime, at_most: int = 100) -> int:
    """Send the messages that are due; return how many were accepted.

    Guarantees
    ----------
    - A delivery is claimed by changing its row from one state to the next: of two senders exactly one gets it.
    - Accepted means never sent again. Refused or unreachable means again after 1, 5 and 30 min, 2, 5, 10 and 20 h;
      then it is given up, which the page shows.
    - Of a sender that was killed between sending and noting so, nobody knows whether the message arrived: it is sent
      again once its lease of 10 min is over, for a second message is the lesser evil.
    - An alert that was dismissed before its message went out is not sent.
    """
    known = {channel.key: channel for channel in channels()}
    due = AlertDelivery.objects.filter(state__in=[DeliveryState.PENDING, DeliveryState.SENDING], due_at__lte=now)
    sent = 0
    for pk in list(due.order_by("due_at").values_list("pk", flat=True)[:at_most]):
        claimed = due.filter(pk=pk).update(
            state=DeliveryState.SENDING, due_at=timezone.now() + LEASE, attempts=F("attempts") + 1
        )
        if claimed:
            sent += _deliver(pk, known)
    return sent


def _deliver(pk: UUID, known: dict[str, Channel]) -> bool:
    delivery = AlertDelivery.objects.select_related("alert", "alert__integration").get(pk=pk)
    mine = AlertDelivery.objects.filter(pk=pk, state=DeliveryState.SENDING, attempts=delivery.attempts)
    channel = known.get(delivery.channel)
    if channel is None:
        mine.update(state=DeliveryState.FAILED, error=GONE)
        return False
    if delivery.alert.dismissed_at is not None:
        mine.update(state=DeliveryState.SKIPPED)
        return False
    started = time.monotonic()
    accepted = _send(channel, delivery.alert)
    duration = round((time.monotonic() - started) * 1000)
    log.info("notified", channel=channel.key, attempt=delivery.attempts, accepted=accepted, duration_ms=duration)
    now = timezone.now()
    if accepted:
        mine.update(state=DeliveryState.SENT, sent_at=now, duration_ms=duration, error="", updated_at=now)
        Alert.objects.filter(pk=delivery.alert_id, notified_at=None).update(notified_at=now)
        return True
    if delivery.attempts > len(RETRY_AFTER):
        mine.update(state=DeliveryState.FAILED, error=NOT_SENT, duration_ms=duration, updated_at=now)
        return False
    mine.update(
        state=DeliveryState.PENDING,
        due_at=now + RETRY_AFTER[delivery.attempts - 1],
        error=NOT_SENT,
        duration_ms=duration,
        updated_at=now,
    )
    return False


def _send(channel: Channel, alert: Alert) -> bool:
    """Hand one message to the library; its own errors could hold the address, so they are not passed on."""
    messenger = apprise.Apprise()
    try:
        return bool(messenger.add(channel.url)) and bool(
            messenger.notify(title=alert.title, body=_body(alert), notify_type=_TYPES[AlertSeverity(alert.severity)])
        )
    except Exception as error:  # a plugin of the library can raise anything; the message must stay in the queue
        log.warning("notification_failed", channel=channel.key, error=type(error).__name__)
        return False


def _body(alert: Alert) -> str:
    lines = [alert.message, alert.recommendation, f"{settings.SITE_ADDRESS}/dashboard/alerts/#alert-{alert.pk}"]
    return "\n".join(line for line in lines if line)
