"""Incidents of one integration as marks on a drawing of its time."""

from dataclasses import dataclass
from datetime import datetime

from correlation.models import Incident
from correlation.wording import span

MOST = 300  # the newest; a drawing of more would be one red area


@dataclass(frozen=True, slots=True)
class IncidentBand:
    """An incident with its length in words."""

    incident: Incident
    length: str

    @property
    def start(self) -> datetime:
        return self.incident.onset_at

    @property
    def end(self) -> datetime:
        return self.incident.ended_at

    @property
    def title(self) -> str:
        events = f", {self.incident.events:,} event{'s' if self.incident.events != 1 else ''}"
        return f"Incident {self.start:%Y-%m-%d %H:%M} UTC, {self.length}{events if self.incident.events else ''}"


def incident_bands(slug: str, start: datetime, end: datetime) -> list[IncidentBand]:
    """Return the incidents of an integration that overlap [start, end), newest first. One query."""
    known = Incident.objects.found().filter(integration=slug, onset_at__lt=end, ended_at__gte=start)
    found = known.order_by("-onset_at")
    return [
        IncidentBand(incident, span((incident.ended_at - incident.onset_at).total_seconds()))
        for incident in found[:MOST]
    ]
