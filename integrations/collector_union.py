"""What several collectors of one integration say together: each reads its part, and none wipes out another's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from integrations.inputs import ObservationInput
from integrations.models import Collector
from integrations.rules import Measurements, Thresholds, status_of, worst

RATES = ("error_rate", "booking_loss_rate")
SYNCS = ("pricing_sync_status", "fees_sync_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What another collector said when it was last heard; `is_well`: nothing has gone wrong with it since."""

    name: str
    status: str | None
    measured: Measurements
    is_well: bool


def as_said(observation: ObservationInput) -> dict[str, str]:
    """Return what is kept with a collector of what it said; a status only where it names one itself."""
    values = {name: getattr(observation, name) for name in ("status", *SYNCS, *RATES)}
    return {name: str(value) for name, value in values.items() if value is not None}


def others_said(row: Collector, *, now: datetime) -> list[Said]:
    """Return what the other collectors in use of the same integration said, the newest first. One query."""
    heard = Collector.objects.in_use().filter(
        integration=row.integration_id, succeeded_at__gte=now - settings.HEALTH_STALE_AFTER
    )
    return [_said(other) for other in heard.exclude(pk=row.pk).order_by("-succeeded_at") if other.said]


def united(
    observation: ObservationInput, asked: Iterable[str], others: Sequence[Said], limits: Thresholds
) -> ObservationInput:
    """Return an observation with what others said of that which this one does not ask for; the worst status counts.

    Parameters
    ----------
    asked : the measurements that this collector asks for; what it does not know of these stays unknown.
    others : newest first. Rates of one that fails are left out, for they enter means and sums; what it said last still
        counts for the status, and that it fails makes the integration out of date.
    """
    if not others:
        return observation
    found: dict[str, Any] = {}
    for name in {*SYNCS, *RATES} - set(asked):
        heard = [getattr(other.measured, name) for other in others if other.is_well or name not in RATES]
        found[name] = next((value for value in heard if value is not None), None)
    own = observation.status or status_of(observation.measurements, limits)
    theirs = [other.status or status_of(other.measured, limits) for other in others]
    return replace(observation, status=worst([own, *theirs]), **found)


def _said(row: Collector) -> Said:
    said: Mapping[str, str] = row.said
    return Said(
        name=row.name,
        status=said.get("status"),
        measured=Measurements(
            pricing_sync_status=said.get("pricing_sync_status"),
            fees_sync_status=said.get("fees_sync_status"),
            error_rate=_rate(said.get("error_rate")),
            booking_loss_rate=_rate(said.get("booking_loss_rate")),
        ),
        is_well=row.failing_since is None,
    )


def _rate(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
