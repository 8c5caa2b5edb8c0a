"""The weekly report by e-mail, against a mail server at a socket."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest

from integrations.models import JobRun
from revenue import mail
from revenue.models import DeliveryState, ReportDelivery, ReportRecipient
from revenue.tasks import send_weekly_report
from tests.conftest import NOW
from tests.revenue.smtp import MailServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
LAST_MONDAY = date(2026, 3, 9)


@pytest.fixture
def serve(settings) -> Iterator[Callable[..., MailServer]]:
    servers = []

    def start(behave=lambda command: None) -> MailServer:
        """Start a mail server and let the product use it."""
        server = MailServer(behave)
        servers.append(server)
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def recipients(db) -> list[str]:
    ReportRecipient.objects.create(email="Ann@example.com", name="Ann")
    ReportRecipient.objects.create(email="bob@example.com")
    ReportRecipient.objects.create(email="gone@example.com", is_active=False)
    return ["ann@example.com", "bob@example.com"]


def send(now=NOW):
    return mail.send_reports(now=now, pause=lambda seconds: None)


def states():
    return list(ReportDelivery.objects.order_by("email").values_list("state", flat=True))


def refuse(start, answer):
    return lambda command: answer if command.upper().startswith(start) else None


def test_the_report_on_last_week_goes_to_every_active_recipient(serve, recipients, record):
    server = serve()
    record("vrbo", "fee_sync_error", days_ago=3, lossAmount=575.5)  # Sunday 15 March
    record("vrbo", "fee_sync_error", days_ago=2, lossAmount=1000)  # Monday 16 March: this week
    assert send() == 2
    assert sorted(server.recipients) == recipients
    message = server.messages[0]
    assert message["Subject"] == "Revenue impact, 09 Mar 2026 to 15 Mar 2026: $575.50 at risk"
    assert "Revenue at risk: $575.50" in message.get_body().get_content()
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_filename() == "revenue-impact-2026-03-09-to-2026-03-15.pdf"
    assert attachment.get_content().startswith(b"%PDF-")


def test_it_is_never_sent_twice(serve, recipients):
    server = serve()
    assert send() == 2
    assert send() == 0
    assert send(NOW + timedelta(days=4)) == 0  # Sunday, the same week
    assert len(server.messages) == 2
    assert send(NOW + timedelta(days=5)) == 2  # Monday
    assert set(ReportDelivery.objects.values_list("week", flat=True)) == {LAST_MONDAY, date(2026, 3, 16)}


def test_a_claimed_report_is_left_to_the_run_that_claimed_it(serve, recipients):
    server = serve()
    mail.enrol(LAST_MONDAY)
    ReportDelivery.objects.filter(email="ann@example.com").update(state=DeliveryState.SENDING, claimed_at=NOW)
    assert send() == 1
    assert server.recipients == ["bob@example.com"]


def test_who_becomes_a_recipient_gets_the_report_and_who_left_does_not(serve, recipients):
    server = serve()
    mail.enrol(LAST_MONDAY)
    ReportRecipient.objects.filter(email="bob@example.com").delete()
    ReportRecipient.objects.create(email="cy@example.com")
    assert send() == 2
    assert sorted(server.recipients) == ["ann@example.com", "cy@example.com"]


@pytest.mark.parametrize("start", ["MAIL", "RCPT", "DATA", "<MESSAGE>"])
def test_a_refusal_is_retried_at_once_and_at_the_next_run(serve, recipients, start):
    server = serve(refuse(start, "451 come back later"))
    with pytest.raises(mail.MailError, match=r"0 sent, 2 not\. ann@example\.com: 451 come back later"):
        send()
    assert states() == [DeliveryState.FAILED, DeliveryState.FAILED]
    server.behave = lambda command: None
    server.messages.clear()
    assert send() == 2
    assert len(server.messages) == 2
    assert states() == [DeliveryState.SENT, DeliveryState.SENT]


def test_a_server_that_recovers_within_a_run_is_no_failure(serve, recipients):
    answers = iter(["451 busy", "451 busy"])
    server = serve(lambda command: next(answers, None) if command.startswith("mail") else None)
    assert send() == 2
    assert len(server.messages) == 2


def test_one_bad_address_does_not_keep_the_report_from_others(serve, recipients):
    server = serve(lambda command: "550 no such user" if "ann@" in command else None)
    with pytest.raises(mail.MailError, match="1 sent, 1 not"):
        send()
    assert [message["To"] for message in server.messages] == ["bob@example.com"]
    assert states() == [DeliveryState.FAILED, DeliveryState.SENT]


def test_a_server_that_is_down_is_retried(serve, recipients):
    serve().stop()
    with pytest.raises(mail.MailError, match="Connection refused"):
        send()
    assert states() == [DeliveryState.FAILED, DeliveryState.FAILED]


def test_a_connection_lost_with_the_message_is_not_sent_again_by_itself(serve, recipients):
    server = serve(refuse("<MESSAGE>", "drop"))
    with pytest.raises(mail.MailError, match="did not say whether it took it"):
        send()
    assert states() == [DeliveryState.UNCLEAR, DeliveryState.UNCLEAR]
    server.behave = lambda command: None
    assert send() == 0
    assert mail.send_again(list(ReportDelivery.objects.values_list("pk", flat=True)), now=NOW) == 2
    assert send() == 2


def test_a_run_that_was_killed_while_sending_is_unclear(serve, recipients):
    server = serve()
    mail.enrol(LAST_MONDAY)
    ReportDelivery.objects.update(state=DeliveryState.SENDING, claimed_at=NOW - timedelta(minutes=11))
    assert send() == 0
    assert states() == [DeliveryState.UNCLEAR, DeliveryState.UNCLEAR]
    assert server.messages == []


def test_without_a_mail_server_nothing_is_said_to_be_sent(recipients, settings):
    settings.EMAIL_URL = ""
    with pytest.raises(mail.MailError, match="EMAIL_URL is not set"):
        send()
    assert states() == [DeliveryState.PENDING, DeliveryState.PENDING]


def test_the_job_leaves_a_trace_only_where_there_was_something_to_do(serve, settings):
    serve()
    assert send_weekly_report() == 0
    assert not JobRun.objects.exists()
    ReportRecipient.objects.create(email="ann@example.com")
    assert send_weekly_report() == 1
    assert send_weekly_report() == 0
    run = JobRun.objects.get()
    assert (run.name, run.state, run.rows) == ("weekly_revenue_report", "succeeded", 1)


def test_a_failing_mail_server_is_shown_as_the_error_of_the_job(settings, recipients):
    settings.EMAIL_URL = ""
    with pytest.raises(mail.MailError):
        send_weekly_report()
    run = JobRun.objects.get()
    assert run.state == "failed"
    assert "EMAIL_URL is not set" in run.error


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        ("2026-03-15T23:59:59Z", "2026-03-02"),
        ("2026-03-16T00:00:00Z", "2026-03-09"),
        ("2026-03-22T23:59:59Z", "2026-03-09"),
    ],
)
def test_a_week_is_monday_to_sunday(moment, monday):
    week = mail.last_week(datetime.fromisoformat(moment))
    assert str(week.first_day) == monday
    assert week.last_day - week.first_day == timedelta(days=6)
