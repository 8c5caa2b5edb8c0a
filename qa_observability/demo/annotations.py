"""What the people of the story wrote about its incidents, once the engine has found them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from correlation import annotations
from correlation.choices import RootCause
from correlation.models import Incident as FoundIncident
from qa_observability.demo.incidents import Grade, Incident

NEAR = timedelta(hours=1)
MINUTES = timedelta(minutes=1)
# By grade: why it needed nobody else, a note, and what was behind it. One of each is enough.
WORDS = {
    Grade.OUTAGE: (
        "Vrbo confirmed the outage of their fee endpoint; we wait for them",
        "Fees sent again for all listings after the endpoint came back. Guests who booked meanwhile paid no cleaning "
        "fee.",
        RootCause.CHANNEL_OUTAGE,
        "Vrbo's fee endpoint refused every update between 19:00 and 02:00 UTC.",
    ),
    Grade.BAD_WEEKEND: (
        "On-call is rolling back Friday's release",
        "The Booking Flow Test had warned before it; nobody looks at it on a Saturday.",
        RootCause.OUR_DEPLOYMENT,
        "Friday's release sent rates in the listing's currency instead of the account's.",
    ),
    Grade.HARD_BURST: ("Known: their rate limit at the full hour", "", RootCause.THIRD_PARTY, ""),
}


def annotate(incidents: Iterable[Incident], *, user: Any) -> int:
    """Write about the first incident of each grade that the engine found; return how many it wrote about."""
    written: set[Grade] = set()
    for incident in incidents:
        if incident.grade not in WORDS or incident.grade in written:
            continue
        near = (incident.onset - NEAR, incident.onset + NEAR)
        found = FoundIncident.objects.filter(integration=incident.channel, onset_at__range=near).first()
        if found is None:
            continue
        reason, note, cause, explanation = WORDS[incident.grade]
        onset = incident.onset
        annotations.acknowledge(found.pk, user=user, reason=reason, now=onset + 25 * MINUTES)
        if note:
            annotations.add_note(found.pk, user=user, text=note, now=incident.end + 90 * MINUTES)
        annotations.set_root_cause(
            found.pk, user=user, root_cause=cause, text=explanation, now=incident.end + 120 * MINUTES
        )
        written.add(incident.grade)
    return len(written)
