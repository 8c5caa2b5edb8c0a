"""The events: a hum that mends itself, Booking.com's drift, and the bursts of the incidents. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from integrations.choices import EventType, Severity, Source
from integrations.inputs import EventInput
from qa_observability.demo.channels import BOOKING_COM, CHANNELS, FEES, LOST, PRICING, Channel, Kind
from qa_observability.demo.frame import DAY, Frame
from qa_observability.demo.incidents import Grade, Incident
from qa_observability.demo.rates import drift

MARK = "demo-"
LISTINGS = 240
# Relative volume of the hours of a UTC day and of the days of a week from Monday on; both average 1.
HOURS = np.array(
    [4, 4, 4, 4, 5, 6, 8, 11, 14, 16, 17, 17, 17, 18, 19, 19, 18, 16, 14, 12, 10, 8, 6, 5], dtype=float
)  # fmt: skip
HOURS /= HOURS.mean()
WEEKDAYS = np.array([1.12, 1.14, 1.12, 1.1, 1.12, 0.74, 0.66])
HUM_SHARE = 0.97  # the rest of the volume is drift and bursts
DRIFT_PER_DAY = 22
# Of the hum that mends itself, how much did not and may have cost something.
UNMENDED = 0.004
_SEVERITIES = list(Severity)


def tell_events(frame: Frame, incidents: Iterable[Incident]) -> Iterator[list[EventInput]]:
    """Yield the events of each day in order of time, all channels together; oldest day first."""
    bursts: dict[int, list[EventInput]] = {}
    for incident in incidents:
        for event in _burst(frame, incident):
            bursts.setdefault((event.occurred_at - frame.start) // DAY, []).append(event)
    for index in range(frame.days):
        events = [*bursts.get(index, []), *_drift(frame, index)]
        for channel in CHANNELS:
            events += _hum(frame, channel, index)
        yield sorted((event for event in events if frame.holds(event.occurred_at)), key=lambda event: event.occurred_at)


def expected_hum(frame: Frame, channel: Channel, moment: datetime) -> float:
    """Return how many events an hour the channel hums with at that time of the day and the week."""
    volume = frame.events_per_day * HUM_SHARE * channel.share / 24
    return float(volume * HOURS[moment.hour] * WEEKDAYS[moment.weekday()])


def _hum(frame: Frame, channel: Channel, index: int) -> list[EventInput]:
    """Return one day of low events of which hardly any cost a booking: business hours are the loudest."""
    rng = frame.random("hum", channel.slug, index)
    day = frame.day(index)
    counts = rng.poisson([expected_hum(frame, channel, day + timedelta(hours=hour)) for hour in range(24)])
    seconds = np.repeat(np.arange(24) * 3600, counts) + rng.random(counts.sum()) * 3600
    weights = np.array([kind.weight for kind in channel.hum])
    kinds = rng.choice(len(channel.hum), size=len(seconds), p=weights / weights.sum())
    mended = rng.random(len(seconds)) >= UNMENDED
    details = _details(rng, len(seconds))
    prefix = f"{MARK}{channel.slug}-{day:%Y%m%d}-"
    events = []
    for number, (second, kind_index, is_mended, detail) in enumerate(
        zip(seconds.tolist(), kinds.tolist(), mended.tolist(), details, strict=True)
    ):
        kind = channel.hum[kind_index]
        is_mended = is_mended or kind.event_type == LOST
        metadata: dict[str, Any] = {
            "listingId": detail["listing"],
            "errorCode": kind.error_code,
            "httpStatus": kind.http_status,
            "attempts": detail["attempts"],
            **({"lossAmount": 0} if is_mended else {}),
        }
        moment = day + timedelta(seconds=second)
        events.append(_event(channel, kind, Severity.LOW, moment, f"{prefix}{number}", detail, metadata))
    return events


def _drift(frame: Frame, index: int) -> list[EventInput]:
    """Return one day of Booking.com's wrong prices: a few cents to some dollars each, more of them every week."""
    channel = next(channel for channel in CHANNELS if channel.slug == BOOKING_COM)
    rng = frame.random("drift", index)
    day = frame.day(index)
    # Near today the day counts as a whole: the frame cuts it at the hour.
    share = drift(max(0.0, frame.days_ago(day + DAY / 2)))
    count = int(rng.poisson(DRIFT_PER_DAY * share * frame.burst_scale))
    seconds = np.sort(rng.choice(24, size=count, p=HOURS / HOURS.sum()) * 3600 + rng.random(count) * 3600)
    kind = channel.faults[0]
    events = []
    for number, (second, detail) in enumerate(zip(seconds.tolist(), _details(rng, count), strict=True)):
        moment = day + timedelta(seconds=second)
        metadata = _fault_metadata(kind, moment, detail)
        metadata["lossAmount"] = round(float(metadata["expected"]) - float(metadata["actual"]), 2)
        external_id = f"{MARK}{channel.slug}-drift-{day:%Y%m%d}-{number}"
        events.append(_event(channel, kind, Severity.MEDIUM, moment, external_id, detail, metadata))
    return events


def _burst(frame: Frame, incident: Incident) -> list[EventInput]:
    """Return the events of an incident: a steep beginning that stands out from the hum, then fewer and fewer."""
    channel = next(channel for channel in CHANNELS if channel.slug == incident.channel)
    rng = frame.random("burst", channel.slug, incident.onset.isoformat())
    usual = expected_hum(frame, channel, incident.onset) / 4
    count = max(6, round(incident.events * frame.burst_scale + (0 if incident.is_chapter else 8 * np.sqrt(usual))))
    offsets = rng.beta(1, 1.2 if incident.is_chapter else 2.2, size=count)
    if incident.is_chapter:
        offsets[: count // 4] *= 0.05  # it lasts for hours, and yet begins at once
    offsets = np.sort(offsets) * incident.length.total_seconds()
    offsets[0] = 0
    lost = set(rng.choice(np.arange(1, count), size=min(incident.lost, count - 1), replace=False).tolist())
    weights = np.array([kind.weight for kind in channel.faults])
    kinds = rng.choice(len(channel.faults), size=count, p=weights / weights.sum())
    severities = _burst_severities(rng, channel, incident, count)
    prices = rng.random(count).tolist()
    events = []
    for number, detail in enumerate(_details(rng, count)):
        kind = channel.lost if number in lost else channel.faults[kinds[number]]
        moment = incident.onset + timedelta(seconds=float(offsets[number]))
        severity = _SEVERITIES[severities[number]] if kind is not channel.lost else Severity.CRITICAL
        metadata = _fault_metadata(kind, moment, detail)
        if kind is channel.lost:
            metadata |= {"affectedBookings": detail["bookings"], "lossAmount": detail["amount"]}
        else:
            metadata |= _cost(prices[number], detail, severity)
        external_id = f"{MARK}{channel.slug}-{incident.onset:%Y%m%d%H%M}-{number}"
        events.append(_event(channel, kind, severity, moment, external_id, detail, metadata))
    return events


def _burst_severities(rng: np.random.Generator, channel: Channel, incident: Incident, count: int) -> NDArray[np.int64]:
    """Return indexes into the severities: an outage is high and critical, a burst medium and high."""
    if incident.grade == Grade.OUTAGE:
        return rng.choice([2, 3], size=count, p=[0.92, 0.08])
    if incident.grade == Grade.BAD_WEEKEND:
        return rng.choice([1, 2, 3], size=count, p=[0.35, 0.6, 0.05])
    return rng.choice([1, 2], size=count, p=[1 - channel.severe, channel.severe])


def _cost(chance: float, detail: dict[str, Any], severity: Severity) -> dict[str, Any]:
    """Return what is known of a fault's cost: put right in time, measured, several bookings, or nothing."""
    mended = 0.3 if severity in {Severity.HIGH, Severity.CRITICAL} else 0.6
    if chance < mended:
        return {"lossAmount": 0}
    if chance < mended + 0.15:
        return {"affectedBookings": 1, "lossAmount": round(detail["amount"] / 12, 2)}
    if chance < mended + 0.23:
        return {"affectedBookings": detail["bookings"] + 1}
    return {}


def _fault_metadata(kind: Kind, moment: datetime, detail: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "listingId": detail["listing"],
        "requestId": detail["request"],
        "errorCode": kind.error_code,
        "httpStatus": kind.http_status,
        "endpoint": kind.endpoint,
        "currency": "USD",
    }
    if kind.event_type == PRICING:
        first = moment.date() + timedelta(days=detail["ahead"])
        metadata |= {
            "dateFrom": first.isoformat(),
            "dateTo": (first + timedelta(days=detail["nights"] - 1)).isoformat(),
            "expected": f"{detail['amount']:.2f}",
            "actual": f"{detail['amount'] - detail['gap']:.2f}",
        }
    elif kind.event_type == FEES:
        metadata |= {"feeAmount": f"{30 + detail['ahead']:.2f}", "affectedListings": detail["nights"]}
    else:
        first_seen = moment - timedelta(minutes=30 + detail["minutes"])
        metadata |= {"attempts": detail["attempts"], "firstSeen": f"{first_seen:%Y-%m-%dT%H:%M:%SZ}"}
    return metadata


def _details(rng: np.random.Generator, count: int) -> Iterator[dict[str, Any]]:
    """Yield the small facts that messages and metadata are filled with; amounts are USD."""
    columns = {
        "listing": (200 + (LISTINGS * rng.random(count) ** 2).astype(int)).tolist(),
        "request": rng.integers(0x1000, 0xFFFFFF, size=count).tolist(),
        "attempts": rng.integers(2, 6, size=count).tolist(),
        "nights": rng.integers(2, 15, size=count).tolist(),
        "minutes": rng.integers(2, 25, size=count).tolist(),
        "ahead": rng.integers(3, 120, size=count).tolist(),
        "bookings": rng.choice([1, 2, 3], size=count, p=[0.75, 0.2, 0.05]).tolist(),
        "amount": np.round(rng.uniform(90, 320, size=count), 2).tolist(),
        "gap": np.round(rng.uniform(0.4, 5, size=count), 2).tolist(),
    }
    for values in zip(*columns.values(), strict=True):
        detail = dict(zip(columns, values, strict=True))
        detail["listing"] = f"LST-{detail['listing']}"
        detail["request"] = f"req-{detail['request']:06x}"
        yield detail


def _event(
    channel: Channel, kind: Kind, severity: Severity, moment: datetime, external_id: str, detail: dict[str, Any],
    metadata: dict[str, Any],
) -> EventInput:  # fmt: skip
    message = kind.message
    if "{" in message:
        bookings = f"{detail['bookings']} reservation{'s' if detail['bookings'] > 1 else ''}"
        message = message.format_map({**detail, "bookings": bookings})
    return EventInput(
        integration_id=channel.slug,
        event_type=EventType(kind.event_type).value,
        severity=severity.value,
        message=message,
        occurred_at=moment,
        source=Source.API.value,
        metadata=metadata,
        external_id=external_id,
    )
