"""The hourly observations, whose rates follow the story. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from integrations.choices import Source, SyncStatus
from integrations.inputs import ObservationInput
from qa_observability.demo.channels import BOOKING_COM, CHANNELS, FEES, VRBO, Channel
from qa_observability.demo.frame import HOUR, Frame
from qa_observability.demo.incidents import Grade, Incident, of_channel

# Observations have no id of their own: what makes one recognisable as sample data is the fraction of its second.
MICROSECOND = 271_828
DRIFT_DAYS = 70
DRIFT_TOP = 0.0245
DRIFT_SEEN = 0.02  # the error rate from which the collector calls rate sync degraded
HEALTHY_TOP = 0.0175
# What an incident adds to the error rate and to the booking loss rate while it lasts, ratios.
LIFTS = {
    Grade.BURST: (0.016, 0.001),
    Grade.HARD_BURST: (0.048, 0.004),
    Grade.OUTAGE: (0.13, 0.022),
    Grade.BAD_WEEKEND: (0.058, 0.036),
}


def drift(days_ago: float) -> float:
    """Return how far Booking.com's drift had come: 0 ten weeks ago and before, 1 today.

    >>> drift(0), drift(70), round(drift(28), 2)
    (1.0, 0.0, 0.49)
    """
    return float(max(0.0, 1 - days_ago / DRIFT_DAYS) ** 1.4)


def tell_observations(frame: Frame, incidents: Iterable[Incident]) -> list[ObservationInput]:
    """Return one observation per channel and full hour, and a few entered by hand; oldest first."""
    incidents = list(incidents)
    observations = _by_hand(frame, incidents)
    for channel in CHANNELS:
        observations += _hourly(frame, channel, of_channel(incidents, channel.slug))
    return sorted(observations, key=lambda observation: observation.last_checked)


def _hourly(frame: Frame, channel: Channel, incidents: list[Incident]) -> list[ObservationInput]:
    rng = frame.random("rates", channel.slug)
    hours = round((frame.end - frame.start) / HOUR) + 1
    wobble = np.clip(rng.normal(0, 1, size=(hours, 2)), -2, 2).tolist()
    observations = []
    for index, (error_wobble, loss_wobble) in enumerate(wobble):
        moment = frame.start + index * HOUR
        # What the last hour saw, and an outage until its end.
        seen = [incident for incident in incidents if incident.onset <= moment < incident.end + HOUR]
        error_rate = min(HEALTHY_TOP, channel.error_rate * (1 + 0.14 * error_wobble))
        loss_rate = channel.loss_rate * (1 + 0.3 * loss_wobble)
        if channel.slug == BOOKING_COM:
            error_rate = channel.error_rate + DRIFT_TOP * drift(frame.days_ago(moment)) + 0.0006 * error_wobble
        for incident in seen:
            error_lift, loss_lift = LIFTS[incident.grade]
            if not channel.severe:
                error_lift /= 4  # a quiet channel's bursts are mild
            error_rate += error_lift * (1 + 0.15 * error_wobble)
            loss_rate += loss_lift * (1 + 0.25 * loss_wobble)
        drifts = channel.slug == BOOKING_COM and error_rate >= DRIFT_SEEN
        observations.append(_observation(channel, moment, error_rate, loss_rate, seen, drifts=drifts))
    return observations


def _observation(
    channel: Channel, moment: datetime, error_rate: float, loss_rate: float, seen: list[Incident], *,
    drifts: bool = False, source: Source = Source.COLLECTOR,
) -> ObservationInput:  # fmt: skip
    usual = SyncStatus.WARNING if drifts else SyncStatus.OK
    broken = max([usual, *(incident.sync_status for incident in seen)], key=list(SyncStatus).index)
    fees_break = channel.faults[0].event_type == FEES
    return ObservationInput(
        integration_id=channel.slug,
        last_checked=moment.replace(microsecond=MICROSECOND),
        source=source.value,
        pricing_sync_status=(SyncStatus.OK if fees_break else broken).value,
        fees_sync_status=(broken if fees_break else SyncStatus.OK).value,
        error_rate=_rate(error_rate),
        booking_loss_rate=_rate(loss_rate),
    )


def _by_hand(frame: Frame, incidents: list[Incident]) -> list[ObservationInput]:
    """Return what a QA lead entered: a look into each chapter, and the all-clear some hours after it."""
    entered = []
    for incident in incidents:
        if not incident.is_chapter:
            continue
        channel = next(channel for channel in CHANNELS if channel.slug == incident.channel)
        error_lift, loss_lift = LIFTS[incident.grade]
        entered.append(
            _observation(
                channel,
                incident.onset + timedelta(minutes=34),
                channel.error_rate + error_lift,
                channel.loss_rate + loss_lift,
                [incident],
                source=Source.MANUAL,
            )
        )
        clear = incident.end + timedelta(hours=9 if channel.slug == VRBO else 4, minutes=22)
        entered.append(_observation(channel, clear, channel.error_rate, channel.loss_rate, [], source=Source.MANUAL))
    return [row for row in entered if row.last_checked < frame.end]


def _rate(value: float) -> Decimal:
    return Decimal(str(round(min(max(value, 0.0), 1.0), 4)))
