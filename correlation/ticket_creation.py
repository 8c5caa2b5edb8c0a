"""Tickets made from here: prefilled, made once however often somebody asks, and those that are there already found."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from correlation.choices import TicketSource
from correlation.jira import Jira, JiraError, required_jira
from correlation.jira_texts import SUMMARY_MAX, Issue, is_project, label_of, quoted, related_jql
from correlation.models import Ticket, TicketRequest
from correlation.tickets import FULL, LINKS_MAX, Subject, TicketError, link_ticket, linked_keys, store_answer

log = structlog.get_logger("qa_observability.tickets")
RELATED_MAX = 20
DESCRIPTION_MAX = 10_000
# How long Jira may need until its search finds what it has just created.
SETTLES_IN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A ticket as it will be asked for."""

    project: str
    issue_type: str
    summary: str
    description: str


@dataclass(frozen=True, slots=True)
class Created:
    """A ticket that was created, or that was there already under the label of its subject.

    problem : what did not work after it was there; empty where all did.
    """

    ticket: Ticket
    is_new: bool
    problem: str = ""


def draft_for(subject: Subject) -> Draft:
    """Return a ticket about an incident or event with everything filled in that is known."""
    return Draft(
        project=subject.row.integration.jira_project_key or "",
        issue_type=settings.JIRA_ISSUE_TYPE,
        summary=subject.title[:SUMMARY_MAX],
        description=_description(subject),
    )


def related_tickets(subject: Subject, text: str = "") -> list[Issue]:
    """Return tickets that may be about the same and are not linked yet.

    Raises
    ------
    JiraError : where Jira does not answer.
    """
    integration = subject.row.integration
    project = (integration.jira_project_key or "").upper()
    jql = related_jql(project=project if is_project(project) else "", slug=integration.slug, text=text)
    linked = set(linked_keys(subject))
    return [
        issue for issue in required_jira().search(jql, at_most=RELATED_MAX + len(linked)) if issue.key not in linked
    ][:RELATED_MAX]


def create_ticket(subject: Subject, draft: Draft, *, user: Any, now: datetime) -> Created:
    """Create a ticket and link it; the one that is there already under the subject's label is linked instead.

    Of two people who ask at once, one is told to wait. After an answer that never came, the ticket is looked for
    before another is made, once Jira's search can be expected to find it.

    Raises
    ------
    TicketError : for a draft that cannot be one, and where the outcome of an earlier request is still open.
    JiraError : where Jira refuses, or does not answer.
    """
    _check(draft)
    jira = required_jira()
    if len(linked_keys(subject)) >= LINKS_MAX:
        raise TicketError(FULL)
    waits_until = _claim(subject, now)
    if waits_until:
        raise TicketError(f"Jira was asked a moment ago and has not said what came of it. Ask again after "
                          f"{waits_until:%H:%M:%S} UTC: it will be looked for first.")  # fmt: skip
    try:
        key = _existing(jira, subject)
        is_new = key is None
        if key is None:
            key = _create(jira, subject, draft)
    except JiraError as error:
        if not error.unclear:
            _release(subject)
        raise
    ticket, _ = link_ticket(subject, key, source=TicketSource.CREATED, user=user)
    _release(subject)
    problem = _finish(jira, subject, ticket.key, now=now)
    ticket.refresh_from_db()
    return Created(ticket, is_new, problem)


def _check(draft: Draft) -> None:
    if not is_project(draft.project):
        raise TicketError("The project is the key of a Jira project, such as PMS.")
    if not draft.summary.strip() or len(draft.summary) > SUMMARY_MAX:
        raise TicketError(f"The summary has 1 to {SUMMARY_MAX} characters.")
    if not draft.issue_type.strip() or len(draft.issue_type) > 60:
        raise TicketError("The type is the name of an issue type, such as Bug.")
    if len(draft.description) > DESCRIPTION_MAX:
        raise TicketError(f"The description has at most {DESCRIPTION_MAX:,} characters.")


def _claim(subject: Subject, now: datetime) -> datetime | None:
    """Note that Jira is being asked; return until when an earlier request keeps others waiting."""
    try:
        with transaction.atomic():
            TicketRequest.objects.create(label=subject.label, asked_at=now)
        return None
    except IntegrityError:
        settled = TicketRequest.objects.filter(label=subject.label, asked_at__lte=now - SETTLES_IN)
        if settled.update(asked_at=now):
            return None
    before = TicketRequest.objects.filter(label=subject.label).first()
    return before.asked_at + SETTLES_IN if before else now


def _release(subject: Subject) -> None:
    TicketRequest.objects.filter(label=subject.label).delete()


def _existing(jira: Jira, subject: Subject) -> str | None:
    found = jira.search(f"labels = {quoted(subject.label)}", at_most=1)
    return found[0].key if found else None


def _create(jira: Jira, subject: Subject, draft: Draft) -> str:
    labels = [subject.label, label_of(subject.row.integration.slug), "qa-observability"]
    try:
        return jira.create(
            project=draft.project,
            issue_type=draft.issue_type.strip(),
            summary=draft.summary,
            description=draft.description,
            labels=labels,
        )
    except JiraError as error:
        if not error.unclear:
            raise
        log.warning("ticket_creation_unclear", label=subject.label, error=str(error))
        key = _existing_after(error, jira, subject)
        if key is None:
            raise
        return key


def _existing_after(unclear: JiraError, jira: Jira, subject: Subject) -> str | None:
    """Look for the ticket that may have been created; whatever that comes to, it stays unclear until it is found."""
    try:
        return _existing(jira, subject)
    except JiraError:
        raise unclear from None


def _finish(jira: Jira, subject: Subject, key: str, *, now: datetime) -> str:
    """Read the ticket, and let it point back here; return what of that did not work."""
    try:
        store_answer(key, jira.issue(key), now=now)
        jira.link_back(key, global_id=f"obs={subject.kind}:{subject.row.pk}", url=subject.address, title=subject.title)
    except JiraError as error:
        return str(error)
    return ""


def _description(subject: Subject) -> str:
    row = subject.row
    if subject.kind == "incident":
        facts = [
            f"{row.events:,} failure event{'' if row.events == 1 else 's'} of {row.integration.name} from "
            f"{row.onset_at:%Y-%m-%d %H:%M} to {row.ended_at:%Y-%m-%d %H:%M} UTC.",
            *_warnings(row),
        ]
    else:
        facts = [
            f"{row.get_event_type_display()} of {row.integration.name}, severity {row.severity}, at "
            f"{row.occurred_at:%Y-%m-%d %H:%M} UTC.",
            row.message,
        ]
    return "\n\n".join([*facts, f"In QA Observability: {subject.address}"])


def _warnings(incident: Any) -> list[str]:
    rows = incident.warnings.select_related("test_case").order_by("first_red_at")[:5]
    return [f"{row.test_case.name} was red at {row.first_red_at:%Y-%m-%d %H:%M} UTC." for row in rows]
