"""How the health of a channel follows from what was seen of it. Pure: plain values in, plain values out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from integrations.choices import EventType, HealthStatus, Severity, SyncStatus, Trend

_STATUS_ORDER = list(HealthStatus)
_SEVERITY_ORDER = list(Severity)
_STATUS_OF_SYNC = {
    SyncStatus.OK: HealthStatus.HEALTHY,
    SyncStatus.WARNING: HealthStatus.WARNING,
    SyncStatus.ERROR: HealthStatus.CRITICAL,
}
_SYNC_WORDS = {SyncStatus.OK: "OK", SyncStatus.WARNING: "warnings", SyncStatus.ERROR: "errors"}
_SYNC_OF_SEVERITY = {
    Severity.LOW: SyncStatus.OK,
    Severity.MEDIUM: SyncStatus.WARNING,
    Severity.HIGH: SyncStatus.ERROR,
    Severity.CRITICAL: SyncStatus.ERROR,
}
NEUTRAL_CHANGE = 0.01


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Rates in 0..1 from which an integration is ill."""

    warning: float
    critical: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What an observation knows; rates are ratios in 0..1, None is unknown."""

    error_rate: Decimal | None = None
    booking_loss_rate: Decimal | None = None
    pricing_sync_status: str | None = None
    fees_sync_status: str | None = None


def worst(statuses: Iterable[str]) -> HealthStatus:
    """Return the worst of `statuses`; unknown when there are none.

    >>> worst(["healthy", "critical", "unknown"]).value
    'critical'
    """
    return max(map(HealthStatus, statuses), key=_STATUS_ORDER.index, default=HealthStatus.UNKNOWN)


def status_of_rate(rate: Decimal | float, thresholds: Thresholds) -> HealthStatus:
    """Return healthy below the warning threshold, warning from it on, critical from the critical one on.

    >>> status_of_rate(Decimal("0.02"), Thresholds(0.02, 0.05)).value
    'warning'
    """
    # Through str, because Decimal(0.02) is a little more than 0.02 and would move the threshold.
    if Decimal(str(rate)) >= Decimal(str(thresholds.critical)):
        return HealthStatus.CRITICAL
    if Decimal(str(rate)) >= Decimal(str(thresholds.warning)):
        return HealthStatus.WARNING
    return HealthStatus.HEALTHY


def judge(measured: Measurements, thresholds: Thresholds) -> list[tuple[HealthStatus, str]]:
    """Return the status that each known measurement stands for, worst first, with the reason in words."""
    verdicts = []
    for name, rate in (("error rate", measured.error_rate), ("booking loss", measured.booking_loss_rate)):
        if rate is not None:
            status = status_of_rate(rate, thresholds)
            verdicts.append((status, f"{name} {_percent(rate)} {_against(status, thresholds)}"))
    for name, sync in (("rate sync", measured.pricing_sync_status), ("fee sync", measured.fees_sync_status)):
        if sync is not None:
            verdicts.append((_STATUS_OF_SYNC[SyncStatus(sync)], f"{name} {_SYNC_WORDS[SyncStatus(sync)]}"))
    return sorted(verdicts, key=lambda verdict: -_STATUS_ORDER.index(verdict[0]))


def status_of(measured: Measurements, thresholds: Thresholds) -> HealthStatus:
    """Return the worst status that the measurements stand for; unknown when nothing is known."""
    return worst(status for status, _ in judge(measured, thresholds))


def sync_status_of(severities: Iterable[str]) -> SyncStatus | None:
    """Return the sync status that the worst of these events' severities stands for; None without events."""
    ranked = sorted(map(Severity, severities), key=_SEVERITY_ORDER.index)
    return _SYNC_OF_SEVERITY[ranked[-1]] if ranked else None


def derive(
    events: Iterable[tuple[str, str]], *, error_rate: Decimal | None, booking_loss_rate: Decimal | None,
    pricing_sync_status: str | None = None, fees_sync_status: str | None = None,
) -> Measurements:  # fmt: skip
    """Return what is known of an integration after the events of the last hour.

    Parameters
    ----------
    events : pairs of event type and severity within the window that ends with the newest event.
    error_rate, booking_loss_rate : carried over from the newest observation; events say nothing about rates.
    pricing_sync_status, fees_sync_status : what somebody saw within the same window; used where the window holds no
        event of that kind, so that news about fees does not wipe out what is known about prices.

    Notes
    -----
    Lost bookings are an event type without a sync status of its own: they are counted and priced, and change the
    status through booking_loss_rate alone.
    """
    window = list(events)
    pricing = sync_status_of(severity for kind, severity in window if kind == EventType.PRICING_SYNC_ERROR)
    fees = sync_status_of(severity for kind, severity in window if kind == EventType.FEE_SYNC_ERROR)
    return Measurements(
        error_rate=error_rate,
        booking_loss_rate=booking_loss_rate,
        pricing_sync_status=pricing or pricing_sync_status,
        fees_sync_status=fees or fees_sync_status,
    )


def is_stale(last_checked: datetime | None, *, now: datetime, stale_after: timedelta) -> bool:
    """Return whether nobody has looked for longer than `stale_after`; True where nobody ever has."""
    return last_checked is None or now - last_checked > stale_after


def relative_change(current: float | Decimal, previous: float | Decimal) -> float | None:
    """Return (current - previous) / previous; None where the previous figure is 0.

    >>> relative_change(110, 100)
    0.1
    """
    return None if not previous else float((current - previous) / previous)  # type: ignore[operator]  # both of one type


def trend(current: float | Decimal | None, previous: float | Decimal | None) -> Trend:
    """Return the direction of a figure against the previous period.

    Parameters
    ----------
    current, previous : the figure in both periods, of one unit and at least 0; None where there is none.

    Returns
    -------
    Neutral where there is nothing to compare with, where both are zero, or where the relative change is under 1 %.

    >>> trend(5, 0).value, trend(100.5, 100).value, trend(None, 3).value
    ('up', 'neutral', 'neutral')
    """
    if current is None or previous is None or current == previous:
        return Trend.NEUTRAL
    change = relative_change(current, previous)
    if change is not None and abs(change) < NEUTRAL_CHANGE:
        return Trend.NEUTRAL
    return Trend.UP if current > previous else Trend.DOWN


def _percent(rate: Decimal) -> str:
    text = f"{rate * 100:.2f}".rstrip("0").rstrip(".")
    return f"{text} %"


def _against(status: HealthStatus, thresholds: Thresholds) -> str:
    if status == HealthStatus.CRITICAL:
        return f"is at or above {_percent(Decimal(str(thresholds.critical)))}"
    if status == HealthStatus.WARNING:
        return f"is at or above {_percent(Decimal(str(thresholds.warning)))}"
    return f"is below {_percent(Decimal(str(thresholds.warning)))}"
