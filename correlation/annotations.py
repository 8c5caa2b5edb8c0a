"""What people write about incidents: every write of it, and how it stays with an incident that is regrouped."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from correlation.choices import EntryKind, RootCause
from correlation.models import Incident, IncidentAlias, IncidentEntry, TicketLink

REASON_MAX = 500
TEXT_MAX = 5000


class UnknownIncidentError(LookupError):
    """There is no incident of this id, and none that it became a part of."""


class AnnotationError(ValueError):
    """What was written cannot be taken; `field` names what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def current_id(pk: UUID) -> UUID | None:
    """Return the id itself, or that of the incident that it became a part of; None for an unknown one."""
    if Incident.objects.filter(pk=pk).exists():
        return pk
    return IncidentAlias.objects.filter(pk=pk).values_list("incident_id", flat=True).first()


@transaction.atomic
def acknowledge(pk: UUID, *, user: Any, reason: str, now: datetime) -> Incident:
    """Note that somebody takes care of an incident, and why it needs nobody else; a later one replaces the former.

    Raises
    ------
    UnknownIncidentError, AnnotationError : the latter without a reason, and for one of more than 500 characters.
    """
    text = _text("reason", reason, REASON_MAX)
    incident = _locked(pk)
    incident.acknowledged_at, incident.acknowledged_by, incident.acknowledged_because = now, user, text
    incident.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledged_because", "updated_at"])
    _write(incident, EntryKind.ACKNOWLEDGEMENT, text=text, author=user, now=now)
    return incident


@transaction.atomic
def add_note(pk: UUID, *, user: Any, text: str, now: datetime) -> IncidentEntry:
    """Add a note to the history of an incident; notes are never changed.

    Raises
    ------
    UnknownIncidentError, AnnotationError : the latter for an empty note, and for one of more than 5000 characters.
    """
    return _write(_locked(pk), EntryKind.NOTE, text=_text("text", text, TEXT_MAX), author=user, now=now)


@transaction.atomic
def set_root_cause(pk: UUID, *, user: Any, root_cause: str, text: str, now: datetime) -> Incident:
    """Say what was behind an incident; what was said before stays in its history.

    Raises
    ------
    UnknownIncidentError, AnnotationError : the latter for an unknown root cause, and a text of more than 5000
        characters.
    """
    if root_cause not in RootCause.values:
        raise AnnotationError("root_cause", f"Choose one of {', '.join(RootCause.values)}.")
    text = _text("text", text, TEXT_MAX, required=False)
    incident = _locked(pk)
    if (incident.root_cause, incident.root_cause_text) == (root_cause, text):
        return incident
    incident.root_cause, incident.root_cause_text = root_cause, text
    incident.save(update_fields=["root_cause", "root_cause_text", "updated_at"])
    _write(incident, EntryKind.ROOT_CAUSE, text=text, root_cause=root_cause, author=user, now=now)
    return incident


def noted_among(pks: Collection[UUID]) -> set[UUID]:
    """Return those of these incidents that people have attached something to; they are never deleted.

    The rows must be locked, so that nobody writes while it is decided what becomes of them. Whatever else comes to be
    attached to incidents is asked for here, and handed over below.
    """
    written = IncidentEntry.objects.filter(incident__in=pks).order_by().values_list("incident_id", flat=True)
    linked = TicketLink.objects.filter(incident__in=pks).order_by().values_list("incident_id", flat=True)
    return {*written, *linked}


def hand_over(absorbed: Incident, heir: Incident, *, is_noted: bool, now: datetime) -> None:
    """Move everything that hangs on an incident to the one that it is a part of now, and delete it.

    The acknowledgement and the root cause of the heir stay, where it has them; those of the other one are in the
    history that moves.
    """
    IncidentAlias.objects.filter(incident=absorbed).update(incident=heir)
    IncidentAlias.objects.create(pk=absorbed.pk, incident=heir)
    if is_noted:
        IncidentEntry.objects.filter(incident=absorbed).update(incident=heir)
        known = list(TicketLink.objects.filter(incident=heir).values_list("ticket_id", flat=True))
        TicketLink.objects.filter(incident=absorbed).exclude(ticket__in=known).update(incident=heir)
        note_regrouping(heir, f"The incident of {_when(absorbed)} is a part of this one now, with its notes.", now=now)
        changed = []
        if absorbed.acknowledged_at and not heir.acknowledged_at:
            changed += _take_over(absorbed, heir, "acknowledged_at", "acknowledged_by", "acknowledged_because")
        if absorbed.root_cause and not heir.root_cause:
            changed += _take_over(absorbed, heir, "root_cause", "root_cause_text")
        if changed:
            heir.save(update_fields=[*changed, "updated_at"])
    absorbed.delete()


def note_regrouping(incident: Incident, text: str, *, now: datetime) -> None:
    """Tell in the history of a noted incident how the engine groups its events now."""
    _write(incident, EntryKind.ENGINE, text=text, author=None, now=now)


def drop(incidents: Iterable[Incident], *, now: datetime) -> None:
    """Mark noted incidents that a refresh did not find again; they are kept."""
    for incident in incidents:
        if incident.dropped_at is None:
            incident.dropped_at = now
            incident.save(update_fields=["dropped_at", "updated_at"])
            note_regrouping(incident, "The engine no longer finds this incident; it is kept for its notes.", now=now)


def _locked(pk: UUID) -> Incident:
    """Return the incident, or the one that it became a part of, locked until the transaction ends."""
    for _ in range(3):  # it may be absorbed between the two questions
        found = current_id(pk)
        if found is None:
            break
        incident = Incident.objects.select_for_update().filter(pk=found).first()
        if incident is not None:
            return incident
    raise UnknownIncidentError(str(pk))


def _text(field: str, given: str, longest: int, *, required: bool = True) -> str:
    text = given.replace("\r\n", "\n").strip()
    if required and not text:
        raise AnnotationError(field, "This field may not be blank.")
    if len(text) > longest:
        raise AnnotationError(field, f"Use at most {longest:,} characters.")
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise AnnotationError(field, "This is no text.")
    return text


def _write(
    incident: Incident, kind: EntryKind, *, text: str, author: Any, now: datetime, root_cause: str = ""
) -> IncidentEntry:
    return IncidentEntry.objects.create(
        incident=incident, kind=kind, text=text, root_cause=root_cause, author=author, written_at=now
    )


def _take_over(absorbed: Incident, heir: Incident, *names: str) -> list[str]:
    for name in names:
        setattr(heir, name, getattr(absorbed, name))
    return list(names)


def _when(incident: Incident) -> str:
    return f"{incident.onset_at:%Y-%m-%d %H:%M} UTC"
