"""Current health from events: reads the window around a moment and asks the rules."""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

from django.conf import settings

from integrations.choices import Source
from integrations.inputs import ObservationInput
from integrations.models import IntegrationEvent, IntegrationHealth
from integrations.rules import Measurements, derive

TICK = timedelta(microseconds=1)


def derive_current(integration_id: str, moment: datetime) -> ObservationInput | None:
    """Return what is now known of an integration whose newest event occurred at `moment`.

    None where a newer observation tells more, and where nothing at all is known. What somebody observed at that very
    moment is kept as it is: the derived observation then follows it by a microsecond, unless it says the same.
    """
    newest = IntegrationHealth.objects.filter(integration_id=integration_id).order_by("-last_checked").first()
    if newest and newest.source == Source.DERIVED and newest.last_checked == moment + TICK:
        moment = newest.last_checked  # follows what was observed at this very moment, as this event does
    if newest and newest.last_checked > moment:
        return None
    start = moment - settings.HEALTH_EVENT_WINDOW
    kinds = (
        IntegrationEvent.objects.filter(integration_id=integration_id, occurred_at__range=(start, moment))
        .order_by()
        .values_list("event_type", "severity")
        .distinct()
    )
    seen = (
        IntegrationHealth.objects.filter(integration_id=integration_id, last_checked__range=(start, moment))
        .exclude(source=Source.DERIVED)
        .order_by("-last_checked")
        .first()
    )
    measured = derive(
        kinds,
        error_rate=newest.error_rate if newest else None,
        booking_loss_rate=newest.booking_loss_rate if newest else None,
        pricing_sync_status=seen.pricing_sync_status if seen else None,
        fees_sync_status=seen.fees_sync_status if seen else None,
    )
    if newest and newest.last_checked == moment and newest.source != Source.DERIVED:
        same = (newest.pricing_sync_status, newest.fees_sync_status)
        if same == (measured.pricing_sync_status, measured.fees_sync_status):
            return None
        return _observation(integration_id, moment + TICK, measured)
    return _observation(integration_id, moment, measured)


def rederive(
    integration_id: str, *, start: datetime, end: datetime
) -> tuple[list[ObservationInput], list[IntegrationHealth]]:
    """Derive anew what was derived from `start` to `end`, both included, after rows that it follows from changed.

    Returns
    -------
    The observations as they follow from the events and observations that are there now, and those that have lost
    their ground: no event of their moment is left.
    """
    window = settings.HEALTH_EVENT_WINDOW
    derived = IntegrationHealth.objects.filter(
        integration_id=integration_id, last_checked__range=(start, end), source=Source.DERIVED
    )
    if not derived.exists():
        return [], []
    earlier = IntegrationHealth.objects.filter(integration_id=integration_id, last_checked__lt=start - window)
    before = earlier.order_by("-last_checked").first()
    observations = list(
        IntegrationHealth.objects.filter(
            integration_id=integration_id, last_checked__range=(start - window, end)
        ).order_by("last_checked")
    )
    events = list(
        IntegrationEvent.objects.filter(integration_id=integration_id, occurred_at__range=(start - window, end))
        .order_by("occurred_at")
        .values_list("occurred_at", "event_type", "severity")
    )
    times = [occurred_at for occurred_at, _, _ in events]
    rates = (before.error_rate, before.booking_loss_rate) if before else (None, None)
    seen: IntegrationHealth | None = None
    kept, groundless = [], []
    for row in observations:
        moment = row.last_checked
        if row.source != Source.DERIVED:
            seen = row
        if row.source != Source.DERIVED or moment < start:
            rates = (row.error_rate, row.booking_loss_rate)
            continue
        left, right = bisect_left(times, moment - window), bisect_right(times, moment)
        lately_seen = seen if seen and seen.last_checked >= moment - window else None
        measured = derive(
            ((kind, severity) for _, kind, severity in events[left:right]),
            error_rate=rates[0],
            booking_loss_rate=rates[1],
            pricing_sync_status=lately_seen.pricing_sync_status if lately_seen else None,
            fees_sync_status=lately_seen.fees_sync_status if lately_seen else None,
        )
        again = _observation(integration_id, moment, measured)
        if right == left or times[right - 1] < moment - TICK or again is None:
            groundless.append(row)
        else:
            kept.append(again)
    return kept, groundless


def _observation(integration_id: str, moment: datetime, measured: Measurements) -> ObservationInput | None:
    if measured == Measurements():
        return None
    return ObservationInput(
        integration_id=integration_id,
        last_checked=moment,
        source=Source.DERIVED,
        error_rate=measured.error_rate,
        booking_loss_rate=measured.booking_loss_rate,
        pricing_sync_status=measured.pricing_sync_status,
        fees_sync_status=measured.fees_sync_status,
    )
