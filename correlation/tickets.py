"""Tickets beside incidents and events: linked, unlinked, and what Jira says of them kept with the time it said so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from correlation.choices import TicketSource
from correlation.jira import Jira, JiraError, configured_jira, required_jira
from correlation.jira_texts import Issue, keys_among, keys_jql, parse_key
from correlation.models import Incident, Ticket, TicketLink
from integrations.models import IntegrationEvent

BATCH = 50
LINKS_MAX = 50
FULL = f"At most {LINKS_MAX} tickets can be linked."
RUN_MAX = timedelta(seconds=200)
FAILED_MAX = 3  # more tickets that Jira cannot tell of, and it is Jira that is ill
KINDS = ("incident", "event")


class TicketError(ValueError):
    """What somebody asked for cannot be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An incident or an event that tickets can be about, with its integration at hand."""

    kind: str
    row: Any

    @property
    def label(self) -> str:
        """The label that a ticket about it has, and no other ticket."""
        return f"obs-{self.row.pk}"

    @property
    def title(self) -> str:
        integration = self.row.integration.name
        if self.kind == "incident":
            return f"{integration}: incident of {self.row.onset_at:%Y-%m-%d %H:%M} UTC"
        return (
            f"{integration}: {self.row.get_event_type_display().lower()} at {self.row.occurred_at:%Y-%m-%d %H:%M} UTC"
        )

    @property
    def address(self) -> str:
        """Its page with everything about it; of an event, that of its tickets."""
        if self.kind == "incident":
            return f"{settings.SITE_ADDRESS}{reverse('incidents:detail', args=[self.row.pk])}"
        return f"{settings.SITE_ADDRESS}{reverse('tickets:panel', args=[self.kind, self.row.pk])}"

    @property
    def named_keys(self) -> list[str]:
        """Keys that the event itself brought along."""
        return keys_among(self.row.metadata.get("ticketKeys", [])) if self.kind == "event" else []


@dataclass(frozen=True, slots=True)
class Shown:
    """A ticket of a subject as pages and API show it; one that only the event's metadata name has no link."""

    ticket: Ticket
    source: str
    linked_at: datetime | None

    @property
    def source_label(self) -> str:
        return str(TicketSource(self.source).label)


def find_subject(kind: str, pk: UUID) -> Subject:
    """Return an incident or an event.

    Raises
    ------
    ObjectDoesNotExist : where there is none.
    """
    if kind == "incident":
        return Subject(kind, Incident.objects.select_related("integration").get(pk=pk))
    return Subject("event", IntegrationEvent.objects.select_related("integration").get(pk=pk))


def tickets_of(subject: Subject) -> list[Shown]:
    """Return the tickets of a subject: the linked ones in their order, then those that only its metadata name."""
    links = TicketLink.objects.filter(**{subject.kind: subject.row}).select_related("ticket")
    found = [Shown(link.ticket, link.source, link.created_at) for link in links.order_by("created_at")]
    return found + _only_named([subject.named_keys], [found])[0]


def tickets_of_events(events: Sequence[IntegrationEvent]) -> dict[UUID, list[Shown]]:
    """Return the tickets of each of these events, in two queries."""
    links: dict[UUID | None, list[Shown]] = {}
    rows = TicketLink.objects.filter(event__in=[event.pk for event in events]).select_related("ticket")
    for link in rows.order_by("created_at"):
        links.setdefault(link.event_id, []).append(Shown(link.ticket, link.source, link.created_at))
    linked = [links.get(event.pk, []) for event in events]
    named = _only_named([keys_among(event.metadata.get("ticketKeys", [])) for event in events], linked)
    return {event.pk: have + more for event, have, more in zip(events, linked, named, strict=True)}


def _only_named(named: Sequence[list[str]], linked: Sequence[list[Shown]]) -> list[list[Shown]]:
    have = [{shown.ticket.key for shown in row} for row in linked]
    wanted = {key for keys, known in zip(named, have, strict=True) for key in keys if key not in known}
    tickets = Ticket.objects.in_bulk(wanted) if wanted else {}
    return [
        [Shown(tickets.get(key) or Ticket(key=key), TicketSource.EVENT, None) for key in keys if key not in known]
        for keys, known in zip(named, have, strict=True)
    ]


def link_ticket(subject: Subject, text: str, *, source: TicketSource, user: Any) -> tuple[Ticket, bool]:
    """Link a ticket by its key, without asking Jira; return it, and whether the link is new.

    Raises
    ------
    TicketError : where the text holds no key, or the subject has LINKS_MAX tickets already.
    """
    key = parse_key(text)
    if key is None:
        raise TicketError("This is no key of a ticket: it looks like PMS-12, or like the address of one.")
    with transaction.atomic():
        type(subject.row).objects.select_for_update().get(pk=subject.row.pk)
        mine = TicketLink.objects.filter(**{subject.kind: subject.row})
        if mine.count() >= LINKS_MAX and not mine.filter(ticket=key).exists():
            raise TicketError(FULL)
        ticket, _ = Ticket.objects.get_or_create(key=key)
        who = user if user and user.is_authenticated else None
        _, is_new = TicketLink.objects.get_or_create(
            ticket=ticket, **{subject.kind: subject.row}, defaults={"source": source, "created_by": who}
        )
    return ticket, is_new


def unlink_ticket(subject: Subject, key: str) -> bool:
    """Take a link away; return whether there was one. The ticket itself is not touched."""
    with transaction.atomic():
        gone, _ = TicketLink.objects.filter(ticket=key, **{subject.kind: subject.row}).delete()
        Ticket.objects.filter(key=key, links=None).delete()
    return bool(gone)


def refresh_subject(subject: Subject, *, user: Any, now: datetime) -> int:
    """Ask Jira about the tickets of a subject now; those that its metadata name are linked; return how many there are.

    Raises
    ------
    JiraError : where Jira does not answer; what was known stays.
    """
    for key in subject.named_keys:
        link_ticket(subject, key, source=TicketSource.EVENT, user=user)
    keys = [shown.ticket.key for shown in tickets_of(subject)]
    failed: list[JiraError] = []
    done = _ask(required_jira(), keys, failed, now=now, is_over=lambda: False)
    if failed:
        raise failed[0]
    return done


def refresh_tickets(*, now: datetime, clock: Any = None) -> int:
    """Ask Jira about every linked ticket that nobody has asked about lately; return how many answers were stored.

    Each answer is stored before the next is asked for: a run that is killed has done some, and the next goes on.

    Raises
    ------
    JiraError : where Jira does not answer, or cannot tell of a ticket, once it was asked about the others; what was
        known stays, with its age.
    """
    jira = configured_jira(patient=True)
    if jira is None:
        return 0

    def is_over() -> bool:
        return clock is not None and clock() - now > RUN_MAX

    done, failed = 0, list[JiraError]()
    keys = list(Ticket.objects.due(now).values_list("key", flat=True)[:2000])
    for start in range(0, len(keys), BATCH):
        if is_over() or len(failed) >= FAILED_MAX:
            break
        done += _ask(jira, keys[start : start + BATCH], failed, now=now, is_over=is_over)
    if failed:
        raise failed[0]
    return done


def _ask(
    jira: Jira, keys: Sequence[str], failed: list[JiraError], *, now: datetime, is_over: Callable[[], bool]
) -> int:
    """Store what Jira says of these tickets as it says it; one that it does not return is asked for by itself.

    Of these, one that Jira cannot tell of, which is added to `failed`, keeps none of the others waiting.
    """
    if not keys:
        return 0
    try:
        found = {issue.key: issue for issue in jira.search(keys_jql(keys), at_most=len(keys))}
    except JiraError as error:
        if error.status != 400:
            raise
        found = {}  # one key that nobody knows makes Jira refuse the whole question
    done = 0
    for key in sorted(keys, key=lambda key: key not in found):
        if key not in found and (is_over() or len(failed) >= FAILED_MAX):
            break
        try:
            store_answer(key, found.get(key) or jira.issue(key), now=now)
            done += 1
        except JiraError as error:
            failed.append(JiraError(f"{key}: {error}", status=error.status, unclear=error.unclear))
    return done


def store_answer(key: str, issue: Issue | None, *, now: datetime) -> None:
    """Keep what Jira says of a ticket; where it says nothing, what it said before stays beside that."""
    if issue is None:
        Ticket.objects.filter(key=key).update(is_missing=True, fetched_at=now)
        return
    Ticket.objects.filter(key=key).update(
        title=issue.title, status=issue.status, status_category=issue.category, is_missing=False, fetched_at=now
    )


def linked_keys(subject: Subject) -> "QuerySet[TicketLink, str]":
    return TicketLink.objects.filter(**{subject.kind: subject.row}).values_list("ticket_id", flat=True)
