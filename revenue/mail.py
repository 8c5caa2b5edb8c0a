"""The weekly report by e-mail: each week once to each recipient, whatever fails in between."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from time import sleep
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from qa_observability.periods import Period, start_of_day
from revenue.models import DeliveryState, ReportDelivery, ReportRecipient
from revenue.pdf import make_pdf
from revenue.presenter import Presentation, present
from revenue.reports import file_name
from revenue.services import impact_of

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=10)
ATTEMPTS = 3
KILLED = "The run ended while the mail server had the message; it may have been sent."
UNANSWERED = "The mail server had the message and did not say whether it took it: {}"


class MailError(Exception):
    """Some reports did not go out; the message says which and why."""


class RefusedError(Exception):
    """The mail server has certainly not taken the message, so it may be tried again."""


class UnansweredError(Exception):
    """The connection broke while the mail server had the message: nobody knows whether it was taken."""


def last_week(now: datetime) -> Period:
    """Return the whole week, Monday to Sunday in UTC, that ended last.

    >>> from datetime import UTC
    >>> last_week(datetime(2026, 3, 18, 14, tzinfo=UTC)).first_day.isoformat()
    '2026-03-09'
    """
    today = start_of_day(now.date())
    monday = today - timedelta(days=today.weekday())
    return Period(name="7d", start=monday - timedelta(days=7), end=monday, days=7)


def send_reports(*, now: datetime, pause: Callable[[float], None] = sleep) -> int:
    """Send the report on the week that ended last to everyone who has not got it; return how many went out.

    Guarantees
    ----------
    - A message goes out only after its row was claimed: set from waiting to sending by one conditional update, so
      two runs at once cannot both send it.
    - A claim is given back only where the mail server has certainly not taken the message. Where that is unclear
      (a broken connection, a killed worker), the row stays, is shown in the admin, and goes again only if a person
      says so.
    - What the mail server refused is tried up to three times at once, and again at every later run of the week.

    Raises
    ------
    MailError : after all were tried, where one or more did not go out, or no mail server is set.
    """
    period = last_week(now)
    give_up_on_killed(now)
    enrol(period.first_day)
    waiting = list(ReportDelivery.objects.waiting().filter(week=period.first_day).values_list("pk", "email"))
    if not waiting:
        return 0
    if not settings.EMAIL_URL:
        raise MailError("EMAIL_URL is not set: there is no mail server to send reports through.")
    shown = present(impact_of(period), now=now)
    pdf = make_pdf(shown)
    sent, problems = 0, []
    for pk, email in waiting:
        if not _claim(pk, now):
            continue
        problem = _deliver(pk, message(shown, pdf, email), now, pause)
        sent += not problem
        problems += [f"{email}: {problem}"] if problem else []
    if problems:
        raise MailError(f"{sent} sent, {len(problems)} not. {'; '.join(problems)}")
    return sent


def is_due(now: datetime) -> bool:
    """Whether somebody has not got the report on the week that ended last, or a run was killed while sending."""
    week = last_week(now).first_day
    deliveries = ReportDelivery.objects.filter(week=week)
    settled = deliveries.exclude(state__in=[DeliveryState.PENDING, DeliveryState.FAILED]).values("email")
    missing = {email.lower() for email in _recipients()} - {row["email"] for row in settled}
    killed = ReportDelivery.objects.filter(state=DeliveryState.SENDING, claimed_at__lt=now - LEASE)
    return bool(missing) or killed.exists()


def enrol(week: date) -> None:
    """Give every active recipient a row for this week; those who have one keep it. Drop who has left meanwhile."""
    emails = {email.lower() for email in _recipients()}
    ReportDelivery.objects.bulk_create(
        [ReportDelivery(week=week, email=email) for email in sorted(emails)], ignore_conflicts=True
    )
    ReportDelivery.objects.waiting().filter(week=week).exclude(email__in=emails).delete()


def give_up_on_killed(now: datetime) -> None:
    """Mark what was being sent when its run was killed: it may have gone out, so it does not go again by itself."""
    killed = ReportDelivery.objects.filter(state=DeliveryState.SENDING, claimed_at__lt=now - LEASE)
    killed.update(state=DeliveryState.UNCLEAR, error=KILLED, updated_at=now)


def send_again(pks: list[UUID], *, now: datetime) -> int:
    """Let unclear reports of the newest week go again, because a person has made sure that they did not arrive."""
    chosen = ReportDelivery.objects.filter(
        pk__in=pks, week=last_week(now).first_day, state__in=[DeliveryState.UNCLEAR, DeliveryState.FAILED]
    )
    return chosen.update(state=DeliveryState.PENDING, updated_at=now)


def message(shown: Presentation, pdf: bytes, email: str) -> EmailMessage:
    """Return the e-mail to one recipient: the figures as text, the report attached."""
    lines = [f"{kpi.label}: {kpi.value} ({kpi.change} against the week before)" for kpi in shown.kpis]
    link = f"{settings.SITE_ADDRESS}/dashboard/revenue/impact/"
    body = "\n".join([f"{shown.title}, {shown.dates} (UTC)", "", *lines, "", shown.source, "", f"More: {link}", ""])
    mail = EmailMessage(subject=f"{shown.title}, {shown.dates}: {shown.kpis[0].value} at risk", body=body, to=[email])
    mail.attach(file_name(shown, "pdf"), pdf, "application/pdf")
    return mail


def _recipients() -> list[str]:
    return list(ReportRecipient.objects.filter(is_active=True).values_list("email", flat=True))


def _claim(pk: UUID, now: datetime) -> bool:
    waiting = ReportDelivery.objects.waiting().filter(pk=pk)
    return waiting.update(state=DeliveryState.SENDING, claimed_at=now, attempts=F("attempts") + 1, updated_at=now) == 1


def _deliver(pk: UUID, mail: EmailMessage, now: datetime, pause: Callable[[float], None]) -> str:
    """Send a claimed message; return what went wrong, empty where nothing did."""
    retrying = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=1, max=10),
        retry=retry_if_exception_type(RefusedError),
        sleep=pause,
        reraise=True,
    )
    try:
        retrying(_send, mail)
        state, error = DeliveryState.SENT, ""
    except RefusedError as problem:
        state, error = DeliveryState.FAILED, str(problem)
    except UnansweredError as problem:
        state, error = DeliveryState.UNCLEAR, UNANSWERED.format(problem)
    sent_at = now if state == DeliveryState.SENT else None
    ReportDelivery.objects.filter(pk=pk).update(state=state, error=error[:1000], sent_at=sent_at, updated_at=now)
    log.info("weekly_report", delivery=str(pk), state=state)
    return error


def _send(mail: EmailMessage) -> None:
    """Hand a message to the mail server.

    Raises
    ------
    RefusedError : where it could not be reached or said no: it has not taken the message.
    UnansweredError : where the connection broke after that.
    """
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:  # smtplib's errors are OSErrors
        raise RefusedError(_words(error)) from error
    try:
        connection.send_messages([mail])
    except (SMTPResponseException, SMTPRecipientsRefused, SMTPSenderRefused) as error:
        raise RefusedError(_words(error)) from error
    except OSError as error:
        raise UnansweredError(_words(error)) from error
    finally:
        connection.close()


def _words(error: Exception) -> str:
    """Say what went wrong; smtplib's errors hold the server's answer as bytes."""
    if isinstance(error, SMTPRecipientsRefused):
        return _answer(*next(iter(error.recipients.values())))
    if isinstance(error, SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
