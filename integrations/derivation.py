"""Current health from events: reads the window around a moment and asks the rules."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
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
    integration_id: str, moments: Sequence[datetime]
) -> tuple[list[ObservationInput], list[IntegrationHealth]]:
    """Derive anew what was derived from events at `moments`, which were changed or deleted.

    Returns
    -------
    The observations as they follow from the events that are left, and those that have lost their ground: no event
    of their moment is left.
    """
    window = settings.HEALTH_EVENT_WINDOW
    reach = (min(moments), max(moments) + window)
    observations = list(
        IntegrationHealth.objects.filter(
            integration_id=integration_id, last_checked__range=(reach[0] - window, reach[1])
        ).order_by("last_checked")
    )
    events = list(
        IntegrationEvent.objects.filter(integration_id=integration_id, occurred_at__range=(reach[0] - window, reach[1]))
        .order_by("occurred_at")
        .values_list("occurred_at", "event_type", "severity")
    )
    times = [occurred_at for occurred_at, _, _ in events]
    ordered = sorted(moments)
    kept, groundless = [], []
    for row in observations:
        moment = row.last_checked
        first_in_window = bisect_left(ordered, moment - window)
        if row.source != Source.DERIVED or bisect_right(ordered, moment) <= first_in_window:
            continue
        left, right = bisect_left(times, moment - window), bisect_right(times, moment)
        if right == left or times[right - 1] < moment - TICK:
            groundless.append(row)
            continue
        seen = [
            other
            for other in observations
            if other.source != Source.DERIVED and moment - window <= other.last_checked <= moment
        ]
        measured = derive(
            ((kind, severity) for _, kind, severity in events[left:right]),
            error_rate=row.error_rate,
            booking_loss_rate=row.booking_loss_rate,
            pricing_sync_status=seen[-1].pricing_sync_status if seen else None,
            fees_sync_status=seen[-1].fees_sync_status if seen else None,
        )
        again = _observation(integration_id, moment, measured)
        if again is None:
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
