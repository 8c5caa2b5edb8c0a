"""Sends the messages about alerts that wait: each to each channel once, and again later where that failed."""

from datetime import datetime, timedelta

import apprise
import structlog
from django.conf import settings
from django.utils import timezone

from correlation import sending
from correlation.channels import Channel, channels
from correlation.choices import AlertSeverity, DeliveryState
from correlation.models import Alert, AlertDelivery
from correlation.sending import Outcome

log = structlog.get_logger("qa_observability.notifications")
# One run ends well within the queue's time-out, however slow the channels are.
RUN_MAX = timedelta(seconds=150)
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

    One that was refused, or whose channel is unreachable, is sent again after 1, 5 and 30 min, 2, 5, 10 and 20 h; then
    it is given up, which the page shows. An alert that was dismissed before its message went out is not sent.
    """
    known = {channel.key: channel for channel in channels()}
    rows = AlertDelivery.objects.select_related("alert", "alert__integration")
    return sending.send_due(
        rows,
        lambda delivery: _attempt(delivery, known),
        waits=RETRY_AFTER,
        now=now,
        at_most=at_most,
        until=now + RUN_MAX,
    )


def _attempt(delivery: AlertDelivery, known: dict[str, Channel]) -> Outcome:
    channel = known.get(delivery.channel)
    if channel is None:
        return Outcome(DeliveryState.FAILED, GONE)
    if delivery.alert.dismissed_at is not None:
        return Outcome(DeliveryState.SKIPPED)
    accepted = _send(channel, delivery.alert)
    log.info("notified", channel=channel.key, attempt=delivery.attempts, accepted=accepted)
    if not accepted:
        return Outcome(DeliveryState.PENDING, NOT_SENT)
    Alert.objects.filter(pk=delivery.alert_id, notified_at=None).update(notified_at=timezone.now())
    return Outcome(DeliveryState.SENT)


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
